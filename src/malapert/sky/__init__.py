"""The sky room."""
