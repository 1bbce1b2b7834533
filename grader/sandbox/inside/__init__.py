"""What runs on the student's side of the wall. Imports nothing of the rest of the grader."""
