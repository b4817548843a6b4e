"""PDS3 labels (Object Description Language): the statements that say what a planetary raster's samples mean."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from malapert.errors import InputError

# A label is kilobytes; an attached one ends at its END statement, far inside this.
LONGEST_LABEL_BYTES = 1_000_000
DEEPEST_OBJECT = 20
# PDS Standards Reference 3.8, chapter 12 (ODL): comments, text, symbols, units, punctuation, words.
TOKEN = re.compile(
    r"\s+|/\*[^\n]*?(?:\*/|(?=\n)|\Z)|\"(?P<text>[^\"]*)\"|'(?P<symbol>[^'\n]*)'|<(?P<unit>[^<>\n]*)>"
    r"|(?P<mark>[=(){},])|(?P<word>(?:(?!/\*)[^\s=(){},<>\"'])+)",
    re.DOTALL,
)
Token = tuple[str, str, int]


@dataclass(frozen=True)
class Value:
    """What a statement assigns: one (text, unit) or, for a sequence or set, several, flattened."""

    parts: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The first part's text, blanks folded."""
        return " ".join(self.parts[0][0].split())

    @property
    def unit(self) -> str:
        """The first part's unit in lower case, empty when the label gives none."""
        return self.parts[0][1].strip().lower()


@dataclass
class Label:
    """The statements of a label or of one of its objects; `objects` holds what is nested, in order."""

    file: str
    name: str = ""
    values: dict[str, Value] = field(default_factory=dict)
    objects: list["Label"] = field(default_factory=list)

    def find(self, name: str) -> "Label | None":
        """The first object of a name, at any depth."""
        for inner in self.objects:
            if inner.name == name:
                return inner
            if (deeper := inner.find(name)) is not None:
                return deeper
        return None

    def value(self, key: str) -> Value:
        """A statement that must be there; raises InputError."""
        if key not in self.values:
            where = f"object {self.name}" if self.name else "label"
            raise InputError(f"{self.file}: the {where} has no {key}; use the label that came with the product")
        return self.values[key]

    def number(self, key: str, default: float | None = None) -> float:
        """A statement's number; raises InputError when it is absent without a default, or no number."""
        if default is not None and key not in self.values:
            return default
        text = self.value(key).text
        try:
            return float(text)
        except ValueError:
            raise InputError(f"{self.file}: {key} must be a number, got {text[:40]!r}") from None

    def whole(self, key: str, default: int | None = None) -> int:
        """A statement's whole number of at least one; raises InputError."""
        number = self.number(key, default)
        if not (1 <= number <= 2**53 and number == int(number)):
            raise InputError(f"{self.file}: {key} must be a whole number above zero, got {number:g}")
        return int(number)


def is_label(path: Path) -> bool:
    """Whether a file begins as a PDS3 label does (possibly after an SFDU line)."""
    try:
        with path.open("rb") as stream:
            return b"PDS_VERSION_ID" in stream.read(1024)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error


def read_label(path: Path) -> Label:
    """The label at the head of a file, attached or alone; raises InputError."""
    try:
        with path.open("rb") as stream:
            head = stream.read(LONGEST_LABEL_BYTES)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
    return parse_label(head.decode("latin-1"), str(path))


def parse_label(text: str, file: str) -> Label:
    """The statements of a label up to END; raises InputError with the line where the text stops being one."""
    start = text.find("PDS_VERSION_ID")
    if start < 0:
        raise InputError(f"{file}: no PDS3 label (PDS_VERSION_ID is missing); give the product's own .lbl")
    top = Label(file)
    open_objects = [top]
    tokens = _Tokens(text, start, file)
    while True:
        kind, key, at = tokens.take()
        if kind != "word":
            raise tokens.complaint(at, f"a keyword was expected, found {key[:20]!r}")
        if key == "END" and len(open_objects) == 1:
            # Whatever stands behind it, an '=' too, is the product's data.
            return top
        if key.startswith("END_"):
            if tokens.next_is("="):
                tokens.take()
                tokens.take()
            if len(open_objects) == 1:
                raise tokens.complaint(at, f"{key} closes nothing")
            open_objects.pop()
        elif not tokens.next_is("="):
            raise tokens.complaint(at, f"{key[:40]} has no '='")
        else:
            tokens.take()
            value = tokens.value()
            if key in ("OBJECT", "GROUP", "BEGIN_OBJECT", "BEGIN_GROUP"):
                if len(open_objects) > DEEPEST_OBJECT:
                    raise tokens.complaint(at, f"objects are nested more than {DEEPEST_OBJECT} deep")
                inner = Label(file, value.text)
                open_objects[-1].objects.append(inner)
                open_objects.append(inner)
            else:
                open_objects[-1].values.setdefault(key, value)


class _Tokens:
    """Tokens of a label's text, one ahead; binary data after END is never looked at."""

    def __init__(self, text: str, start: int, file: str) -> None:
        self._text, self._at, self._file = text, start, file
        self._ahead: Token | None = None

    def complaint(self, at: int, what: str) -> InputError:
        line = self._text.count("\n", 0, at) + 1
        return InputError(f"{self._file}:{line}: not a PDS3 label: {what}; use the label that came with the product")

    def take(self) -> Token:
        if self._ahead is not None:
            token, self._ahead = self._ahead, None
            return token
        while self._at < len(self._text):
            found = TOKEN.match(self._text, self._at)
            if found is None:
                raise self.complaint(self._at, f"unexpected {self._text[self._at : self._at + 20]!r}")
            at, self._at = self._at, found.end()
            if found.lastgroup:
                return found.lastgroup, found.group(found.lastgroup), at
        return "end", "", len(self._text)

    def next_is(self, mark: str) -> bool:
        if self._ahead is None:
            try:
                self._ahead = self.take()
            except InputError:
                return False
        return self._ahead[:2] == ("mark", mark)

    def value(self) -> Value:
        """One value, or the flat parts of a sequence or set, each with the unit that follows it."""
        parts: list[tuple[str, str]] = []
        depth = 0
        while True:
            kind, word, at = self.take()
            if kind == "mark" and word in "({":
                depth += 1
            elif kind == "mark" and word in ")}" and depth:
                depth -= 1
            elif kind in ("text", "symbol", "word"):
                parts.append((word, ""))
            elif not (kind == "mark" and word == "," and depth):
                raise self.complaint(at, f"a value was expected, found {word[:20]!r}")
            if self._unit_is_next() and parts:
                parts[-1] = (parts[-1][0], self.take()[1])
            if depth == 0:
                return Value(tuple(parts) or (("", ""),))

    def _unit_is_next(self) -> bool:
        self.next_is("")
        return self._ahead is not None and self._ahead[0] == "unit"
