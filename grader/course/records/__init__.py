"""A course in a database: the tables, the transactions that change them, and their integrity."""
