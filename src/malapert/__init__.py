"""Malapert."""
