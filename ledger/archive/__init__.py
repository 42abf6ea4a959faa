"""Archives: journals written to a file that stands alone, and put back from it into a database."""
