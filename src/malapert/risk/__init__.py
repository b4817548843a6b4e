"""The risk room."""
