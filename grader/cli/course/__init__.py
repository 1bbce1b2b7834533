"""`grader course`: what people do with a course, a command each."""
