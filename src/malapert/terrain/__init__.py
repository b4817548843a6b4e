"""The terrain room."""
