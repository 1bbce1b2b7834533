"""From a student's answers to points: candidates, checks, leniency, and the result."""
