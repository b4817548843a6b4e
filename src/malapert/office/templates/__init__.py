"""The office's pages as templates; a template is named by code, never by a user."""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import malapert
from malapert.report.prose import prose
from malapert.report.wording import percent

HERE = Path(__file__).parent
REPORT = HERE.parents[1] / "report" / "templates"


@cache
def environment() -> Environment:
    """Templates of the office, and the report's own for what both show."""
    made = Environment(
        loader=FileSystemLoader([HERE, REPORT]), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {"prose": prose, "percent": percent, "day": lambda text: text[:10], "minute": _minute}
    return made


def _minute(text: str) -> str:
    return text[:16].replace("T", " ") + " UTC"


def page(
    request: Request, name: str, status: int = 200, headers: dict[str, str] | None = None, **words: Any
) -> HTMLResponse:
    """A page, with who is signed in and where they are."""
    account = getattr(request.state, "account", None)
    here = getattr(request.scope.get("route"), "name", "")
    text = environment().get_template(name).render(account=account, here=here, version_of=malapert.__version__, **words)
    return HTMLResponse(text, status, headers)
