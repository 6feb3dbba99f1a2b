"""Licenses: issued, looked up, changed, each under its own lock."""
