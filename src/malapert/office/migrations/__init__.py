"""Migrations of the office's database, in order."""
