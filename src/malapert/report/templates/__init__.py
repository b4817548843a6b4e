"""The pages' templates, and the one way to lay a page out."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from malapert.report.prose import prose

TEMPLATES = Path(__file__).parent


def laid(template: str, **values: Any) -> str:
    """A page as one HTML file; text is escaped, and a value that is missing is an error."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = prose
    return environment.get_template(template).render(**values)
