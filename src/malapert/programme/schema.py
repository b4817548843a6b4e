"""The JSON Schema of programme files, made from the same rows that check them."""

from typing import Any

from malapert.programme.model import LOADER_KEYS, TABLES, Programme

TITLE = "Malapert programme, format 1"


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12). Keys that a row may take from `like`, a parent or a variant are not marked required."""
    schema: dict[str, Any] = Programme.model_json_schema()
    for key in LOADER_KEYS:
        schema["properties"].pop(key)
    for definition in schema.get("$defs", {}).values():
        definition.pop("required", None)
    schema.pop("required", None)
    tables = {table: schema["properties"][table] for table in TABLES}
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "One parent: a file beside this one, or a shipped programme.",
    }
    schema["properties"]["variants"] = {
        "type": "object",
        "description": "Named sets of keys laid over the file by --variant.",
        "additionalProperties": {"type": "object", "properties": {**tables}},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": TITLE}
