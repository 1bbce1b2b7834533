"""Who is in a class, and which file of each student is graded."""
