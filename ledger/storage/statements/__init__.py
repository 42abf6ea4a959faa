"""Statements: what is said to a database, built from the schema by SQLAlchemy Core and compiled once for each dialect.

What executes them is the driver itself: a batch has a fixed number of statements, and their fixed cost is what a single
command pays. Lists go in as one parameter, so the text of a statement never depends on their length.
"""
