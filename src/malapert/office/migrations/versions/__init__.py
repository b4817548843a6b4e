"""One file a schema that was released."""
