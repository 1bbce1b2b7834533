"""What counts: marks, lateness and previews, as functions of plain data, without a database."""
