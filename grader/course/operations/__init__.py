"""What people do with a course: submissions taken and graded, marks changed, regrades, exports."""
