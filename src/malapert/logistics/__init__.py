"""The logistics room."""
