"""Flights of record with a line changed, and what they are then refused for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from malapert.flight.phases import fly_file
from malapert.programme.flight_file import flights_of_record, load_flight


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """A flight of record's file with each (old, new) replaced once."""

    def file(name: str, *changes: tuple[str, str]) -> Path:
        text = flights_of_record()[name].read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / f"{name}.toml"
        path.write_text(text)
        return path

    return file


@pytest.fixture
def refuses() -> Callable[[Path, type[Exception], str], None]:
    """Flying a file raises an error that names it."""

    def refused(path: Path, error: type[Exception], match: str) -> None:
        with pytest.raises(error, match=match) as found:
            fly_file(load_flight(path))
        assert path.name in str(found.value)

    return refused
