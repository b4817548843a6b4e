"""Where each key of a TOML text stands, so that a complaint can name its line; tomllib itself does not say."""

import re
from collections.abc import Iterator

Path = tuple[str, ...]

_KEY = re.compile(r"""[ \t]*(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*""")
_SKIP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_VALUE_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*|[\[{]|[\]}]|\n|[^\"'#\[\]{}\n]+",
    re.DOTALL,
)


def line_index(text: str) -> dict[Path, int]:
    """Line number (from 1) of every table header and key, by path; keys inside inline tables have their parent's."""
    index: dict[Path, int] = {}
    for path, at in _statements(text):
        for depth in range(1, len(path) + 1):
            index.setdefault(path[:depth], text.count("\n", 0, at) + 1)
    return index


def line_of(index: dict[Path, int], path: Path) -> int:
    """Line of a path, or of its nearest ancestor that has one; 0 when none has."""
    while path:
        if path in index:
            return index[path]
        path = path[:-1]
    return 0


def _statements(text: str) -> Iterator[tuple[Path, int]]:
    header: Path = ()
    repeats: dict[Path, int] = {}
    at = _SKIP.match(text, 0).end()  # type: ignore[union-attr]
    while at < len(text):
        brackets = 2 if text.startswith("[[", at) else 1 if text[at] == "[" else 0
        keys, end = _dotted(text, at + brackets)
        if not keys:
            return
        if brackets:
            header = _numbered(keys, repeats, new=brackets == 2)
            yield header, at
            end = text.find("\n", end)
            end = len(text) if end < 0 else end
        else:
            yield header + keys, at
            end = _past_value(text, end + 1)
        at = _SKIP.match(text, end).end()  # type: ignore[union-attr]


def _dotted(text: str, at: int) -> tuple[Path, int]:
    keys: list[str] = []
    while match := _KEY.match(text, at):
        keys.append(next(group for group in match.groups() if group is not None))
        at = match.end()
        if not text.startswith(".", at):
            break
        at += 1
    return tuple(keys), at


def _numbered(keys: Path, repeats: dict[Path, int], *, new: bool) -> Path:
    """A header's path with the index of each array of tables put in."""
    path: Path = ()
    for depth, key in enumerate(keys, 1):
        path += (key,)
        if new and depth == len(keys):
            repeats[path] = repeats.get(path, -1) + 1
        if path in repeats:
            path += (str(repeats[path]),)
    return path


def _past_value(text: str, at: int) -> int:
    depth = 0
    while match := _VALUE_TOKEN.match(text, at):
        token = match.group()
        if token == "\n" and depth <= 0:
            return at
        depth += token in ("[", "{")
        depth -= token in ("]", "}")
        at = match.end()
    return len(text) if at >= len(text) else at + 1
