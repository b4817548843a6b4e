"""The programme office: one process that keeps accounts, offers, fits, versions and a log, as pages and JSON.

`create_app` leaves: a FastAPI application over one SQLite or PostgreSQL database.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from malapert.office.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """The application, imported when first asked for."""
    if name == "create_app":
        from malapert.office.app import create_app

        return create_app
    raise AttributeError(f"module 'malapert.office' has no attribute {name!r}")
