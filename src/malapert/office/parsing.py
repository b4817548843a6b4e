"""Text from users read in a process of its own, within a time limit: what it holds, or every mistake in it."""

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from malapert.errors import InputError

T = TypeVar("T")
LIMIT_S = 10.0


class Reader:
    """One worker process; a text that takes too long costs it its life, and the next text gets another."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pool: ProcessPoolExecutor | None = None

    def offer(self, text: str) -> dict[str, Any]:
        """The offer in a text: its row, and the tables it adds; InputError with every mistake."""
        return self._ask(_offer, text)

    def joined(self, programme: str, text: str) -> str:
        """A programme's TOML with the offer in it; InputError with every mistake."""
        return self._ask(_joined, programme, text)

    def whole(self, programme: str) -> str:
        """A shipped programme's, or a file's, merged TOML."""
        return self._ask(_whole, programme)

    def glance(self, programme: str) -> dict[str, Any]:
        """What a form needs of a programme: flights, crews, partners and interfaces by name and title."""
        return self._ask(_glance, programme)

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            self._end()

    def _ask(self, function: Callable[..., T], *words: str) -> T:
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(1, get_context("spawn"))
            try:
                # The first answer waits for the worker's imports too.
                return self._pool.submit(function, *words).result(timeout=LIMIT_S)
            except TimeoutError:
                self._end()
                raise InputError(f"the text took more than {LIMIT_S:.0f} s to read; make it simpler") from None
            except BrokenProcessPool:
                self._end()
                raise InputError("the text could not be read; make it simpler") from None

    def _end(self) -> None:
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):
                process.kill()
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def _in_a_folder(work: Callable[[], T]) -> T:
    """Work done where files have plain names, so that complaints name `offer.toml` and nothing of the machine."""
    with tempfile.TemporaryDirectory(prefix="malapert-") as folder:
        os.chdir(folder)
        try:
            return work()
        except InputError as error:
            raise InputError(str(error)) from None  # as plain text: what it holds need not cross processes
        finally:
            os.chdir("/")


def _offer(text: str) -> dict[str, Any]:
    from malapert.programme.offer import read_offer

    def work() -> dict[str, Any]:
        Path("offer.toml").write_text(text, encoding="utf-8")
        file = read_offer(Path("offer.toml"))
        return {"offer": file.offer.model_dump(mode="json"), "tables": file.merged.tree}

    return _in_a_folder(work)


def _joined(programme: str, text: str) -> str:
    from malapert.programme.offer import read_offer, with_offer

    def work() -> str:
        Path("programme.toml").write_text(programme, encoding="utf-8")
        Path("offer.toml").write_text(text, encoding="utf-8")
        return with_offer("programme.toml", read_offer(Path("offer.toml")))[1]

    return _in_a_folder(work)


def _whole(programme: str) -> str:
    from malapert.programme import load, merged_toml

    try:
        load(programme)
        return merged_toml(programme)
    except InputError as error:
        raise InputError(str(error)) from None


def _glance(programme: str) -> dict[str, Any]:
    from malapert.programme import load

    def work() -> dict[str, Any]:
        Path("programme.toml").write_text(programme, encoding="utf-8")
        loaded = load("programme.toml")
        named = {
            table: [(name, row.title or name) for name, row in getattr(loaded, table).items()]
            for table in ("flight", "crew", "partner", "interface")
        }
        about = {key: getattr(loaded, key) for key in ("name", "title", "summary", "as_of", "station")}
        return about | named | {"start": f"{loaded.start:%Y-%m-%d}", "end": f"{loaded.end:%Y-%m-%d}"}

    return _in_a_folder(work)
