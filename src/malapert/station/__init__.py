"""The station room."""
