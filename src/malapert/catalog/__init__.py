"""Shipped, sourced facts in TOML: vehicles, elements, sites, ground stations, crew rates, programmes, horizons.

Rows leave it through `malapert.programme`; horizons by name through `horizon_path`.
"""

from functools import cache
from importlib import resources
from pathlib import Path


def folder() -> Path:
    """Where the catalogue lies."""
    return Path(str(resources.files(__name__)))


@cache
def horizons() -> dict[str, Path]:
    """Near-field horizon files by name."""
    return {path.stem: path for path in sorted((folder() / "horizons").glob("*.toml"))}
