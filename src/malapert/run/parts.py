"""A growing set of rows on disk: Parquet parts that appear whole or not at all, under a statement of what they are."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from malapert.errors import InputError
from malapert.run import store

SET = "set.json"


@dataclass(frozen=True)
class Parts:
    """Rows 0, 1, ... in parts of `size` rows; `made_from` says of what, and a set of anything else is refused."""

    folder: Path
    size: int
    made_from: dict[str, Any]

    def open(self, resume: bool) -> None:
        """Begin or take up; InputError when the folder holds something else, or parts nobody asked to take up."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{self.folder}: cannot be made ({error.strerror}); name another with --out") from None
        said = self.folder / SET
        wanted = {"rows_in_part": self.size, **self.made_from}
        if said.is_file():
            found = _read(said)
            differs = [key for key in wanted if found.get(key) != wanted[key]]
            if differs:
                key = differs[0]
                raise InputError(
                    f"{self.folder}: holds another set ({key} is {_short(found.get(key))}, not {_short(wanted[key])}); "
                    "name another folder with --out"
                )
            if not resume and (held := len(self._files())):
                raise InputError(
                    f"{self.folder}: holds {held} finished part{'s' * (held != 1)} of this already; go on with "
                    "--resume, or name another folder with --out"
                )
        elif any(self.folder.iterdir()):
            raise InputError(f"{self.folder}: is not empty and no set of histories; name another folder with --out")
        for left in self.folder.glob(".*.partial"):
            left.unlink(missing_ok=True)
        store.write_text(said, store.as_json(wanted))

    def spans(self, rows: int) -> list[tuple[int, int]]:
        """[first, last) of every part of so many rows."""
        return [(first, min(first + self.size, rows)) for first in range(0, rows, self.size)]

    def missing(self, rows: int) -> list[tuple[int, int]]:
        """Those spans that are not on disk with all their rows."""
        return [span for span in self.spans(rows) if self._held(span) < span[1] - span[0]]

    def write(self, span: tuple[int, int], table: dict[str, Any]) -> None:
        """One part, whole or not at all."""
        path = self._path(span)
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        pq.write_table(pa.table(table), partial, compression="zstd")
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)

    def read(self, rows: int, columns: list[str] | None = None) -> dict[str, Any]:
        """The first `rows` rows as columns of numbers or text (rows,)."""
        tables = [
            pq.read_table(self._path(span), columns=columns, partitioning=None).slice(0, span[1] - span[0])
            for span in self.spans(rows)
        ]
        whole = pa.concat_tables(tables)
        return {name: np.asarray(whole[name].to_numpy()) for name in whole.column_names}

    def _held(self, span: tuple[int, int]) -> int:
        try:
            return int(pq.read_metadata(self._path(span)).num_rows)
        except (OSError, pa.ArrowInvalid):
            return 0

    def _path(self, span: tuple[int, int]) -> Path:
        return self.folder / f"part-{span[0]:09d}.parquet"

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("part-*.parquet"))


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise InputError(f"{path}: cannot be read; name another folder with --out")
    return found


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} in {len(each)}" for key, each in value.items())
    text = str(value)
    return text if len(text) <= 24 else f"{text[:12]}..."
