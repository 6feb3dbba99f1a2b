"""The HTTP side: an app factory, one table of problems, and one folder per audience."""
