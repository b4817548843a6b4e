"""The flight room."""
