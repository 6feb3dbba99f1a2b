"""Chores that `make` calls and that need a program of their own."""
