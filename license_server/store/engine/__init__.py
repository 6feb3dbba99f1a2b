"""SQLite or PostgreSQL behind one Store."""
