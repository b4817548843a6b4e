"""Files into one tree of keys: catalogue, parents, variants and `--set` laid over each other, each key's place kept."""

import copy
import datetime
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from malapert import catalog
from malapert.data.kernel_files import sha256
from malapert.errors import InputError, Problem, ProgrammeError, one_problem
from malapert.programme.lines import line_index, line_of
from malapert.programme.suggest import did_you_mean

Tree = dict[str, Any]
Key = tuple[str, ...]
LARGEST_FILE_BYTES = 2_000_000


@dataclass(frozen=True)
class Merged:
    """A tree of keys and, for each leaf, the file and line it was last set in."""

    tree: Tree
    places: dict[Key, tuple[str, int]]
    variants: dict[str, "Merged"] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def place(self, key: Key) -> tuple[str, int]:
        """File and line of a key, or of its nearest ancestor."""
        for depth in range(len(key), -1, -1):
            if key[:depth] in self.places:
                return self.places[key[:depth]]
        return "", 0

    def problem(self, key: Key, what: str, do: str = "") -> Problem:
        """A mistake at one key."""
        file, line = self.place(key)
        return Problem(file, line, ".".join(key), what, do)


# Tables whose rows are files of the user's.
FILE_TABLES = ("kernel", "raster")


def shipped() -> dict[str, Path]:
    """The programmes that come with Malapert, by name."""
    folder = catalog.folder() / "programmes"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def find(programme: str | Path) -> Path:
    """Path of a programme given as a file or by the name of a shipped one; InputError when there is neither."""
    path = Path(programme)
    if path.is_file():
        return path
    if str(programme) in shipped():
        return shipped()[str(programme)]
    if path.is_dir():
        raise InputError(f"{programme}: is a folder; name a programme file or one of: {', '.join(shipped())}")
    hint = did_you_mean(str(programme), shipped())
    raise InputError(
        f"{programme}: no such file, and no shipped programme of that name{hint}; shipped: {', '.join(shipped())}"
    )


def read_merged(
    programme: str | Path,
    variant: str = "",
    sets: tuple[str, ...] = (),
    over: Callable[[Merged], Merged] | None = None,
) -> Merged:
    """The whole tree of one programme; order: catalogue < parent < file < variant < `--set` < what `over` lays on."""
    merged = _with_parents(find(programme), ())
    if variant:
        if variant not in merged.variants:
            known = ", ".join(merged.variants) or "none"
            raise InputError(
                f"variant {variant!r}: not in this programme{did_you_mean(variant, merged.variants)}; it has: {known}"
            )
        merged = overlay(merged, merged.variants[variant])
    for setting in sets:
        merged = overlay(merged, _from_set(setting))
    return _with_catalogue(over(merged) if over else merged)


def overlay(under: Merged, over: Merged) -> Merged:
    """One tree laid over another, key by key."""
    tree = _laid_over(under.tree, over.tree)
    return Merged(tree, {**under.places, **over.places}, {**under.variants, **over.variants})


def _laid_over(under: Any, over: Any) -> Any:
    """`over` on top of `under`; a figure that changes loses the source of the figure it replaces."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return copy.deepcopy(over)
    both = {key: _laid_over(under[key], over[key]) if key in under else copy.deepcopy(over[key]) for key in over}
    merged = {**copy.deepcopy({key: value for key, value in under.items() if key not in over}), **both}
    if isinstance(under.get("source"), dict) and isinstance(merged.get("source"), dict):
        said = over["source"] if isinstance(over.get("source"), dict) else {}
        stale = {key for key in over if key in under["source"] and key not in said and over[key] != under.get(key)}
        merged["source"] = {key: value for key, value in merged["source"].items() if key not in stale}
    return merged


def _with_parents(path: Path, children: tuple[Path, ...]) -> Merged:
    own = read_file(path)
    if path.resolve() in children:
        chain = " -> ".join(p.name for p in (*children, path))
        raise ProgrammeError(
            [own.problem(("extends",), f"extends in a circle ({chain})", "let one of them stand alone")]
        )
    parent = own.tree.pop("extends", None)
    if parent is None:
        return own
    if not isinstance(parent, str):
        raise ProgrammeError([own.problem(("extends",), f"must be a file or a shipped programme (got {parent!r})")])
    beside = path.parent / parent
    try:
        found = beside if beside.is_file() else find(parent)
    except InputError as error:
        raise ProgrammeError([own.problem(("extends",), str(error))]) from None
    return overlay(_with_parents(found, (*children, path.resolve())), own)


def read_file(path: Path) -> Merged:
    """One file's own tree, its variants taken apart; ProgrammeError when it is no TOML."""
    name = str(path)
    size = path.stat().st_size
    if size > LARGEST_FILE_BYTES:
        raise one_problem(
            name,
            f"{size / 1e6:.1f} MB is no programme (at most {LARGEST_FILE_BYTES / 1e6:.0f} MB)",
            "name another file",
        )
    try:
        text = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise one_problem(name, f"not UTF-8 text (byte {error.start})", "save it as UTF-8") from None
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProgrammeError([_toml_problem(name, text, str(error))]) from None
    except RecursionError:
        raise one_problem(name, "nested too deeply to be a programme", "name another file") from None
    except ValueError as error:  # tomllib lets some bad numbers and dates through to Python's own constructors
        raise one_problem(name, f"not TOML ({error})", "correct the value") from None
    return _split(name, tree, line_index(text))


def _toml_problem(name: str, text: str, message: str) -> Problem:
    what, _, where = message.partition(" (at ")
    digits = [int(part) for part in where.replace(",", " ").replace(")", " ").split() if part.isdigit()]
    line = digits[0] if digits else text.count("\n") + 1
    return Problem(name, line, "", f"not TOML: {what[:200]}", "correct this line")


def _split(name: str, tree: Tree, index: dict[Key, int]) -> Merged:
    """A file's tree with its variants taken apart."""
    raw = tree.pop("variants", {})
    if not isinstance(raw, dict) or not all(isinstance(value, dict) for value in raw.values()):
        raise one_problem(
            name, "must hold tables, [variants.NAME.table.row]", line=line_of(index, ("variants",)), key="variants"
        )
    variants = {
        key: Merged(
            value, {(): (name, 0)} | {path: (name, line_of(index, ("variants", key, *path))) for path in _leaves(value)}
        )
        for key, value in raw.items()
    }
    places = {path: (name, line_of(index, path)) for path in _leaves(tree)}
    return Merged(tree, {(): (name, 0)} | places, variants)


def _leaves(tree: Any, path: Key = ()) -> list[Key]:
    """Every path of a tree, tables and rows as well as keys."""
    own = [path] if path else []
    if not isinstance(tree, dict):
        return own
    return own + [leaf for key, value in tree.items() for leaf in _leaves(value, (*path, str(key)))]


def _from_set(setting: str) -> Merged:
    keys, equals, text = setting.partition("=")
    path = tuple(part.strip() for part in keys.split("."))
    if not equals or not all(path):
        raise InputError(f"--set {setting}: must read table.name.key=value, e.g. --set reactor.main.power_kw=20")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        value = text
    tree: Any = value
    for key in reversed(path):
        tree = {key: tree}
    place = ("--set", 0)
    return Merged(tree, {path: place} | dict.fromkeys(_leaves(value, path), place))


@cache
def catalogue() -> Merged:
    """Every shipped row, from every catalogue file."""
    folder = catalog.folder()
    merged = Merged({}, {})
    for path in sorted(folder.glob("*.toml")):
        merged = overlay(merged, read_file(path))
    return merged


def _with_catalogue(merged: Merged) -> Merged:
    """Rows that say `like` filled with the row they are like, and the crew rates every programme may name."""
    tree = copy.deepcopy(merged.tree)
    places = dict(merged.places)
    problems: list[Problem] = []
    for table, rows in tree.items():
        for name, row in rows.items() if isinstance(rows, dict) else ():
            if isinstance(row, dict) and "like" in row:
                tree[table][name] = _followed(merged, table, name, row, places, problems)
    _add_referenced(tree, places)
    _name_files(tree, replace(merged, places=places))
    return replace(merged, tree=tree, places=places, problems=tuple(problems))


def _followed(
    merged: Merged, table: str, name: str, row: Tree, places: dict[Key, tuple[str, int]], problems: list[Problem]
) -> Tree:
    """`row` over the row it is like, and so on up the chain; the programme's own rows come before the catalogue's."""
    seen = {name}
    result = row
    like = row["like"]
    in_file = merged.tree.get(table, {})
    while like:
        source = in_file if like in in_file and like not in seen else catalogue().tree.get(table, {})
        if like in seen and like not in source:
            problems.append(
                merged.problem(
                    (table, name, "like"), f"like in a circle ({name} -> {like})", "take one of them from the catalogue"
                )
            )
            return result
        if not isinstance(like, str) or not isinstance(source.get(like), dict):
            known = [*in_file, *catalogue().tree.get(table, {})]
            hint = did_you_mean(str(like), known)
            problems.append(
                merged.problem((table, name, "like"), f"no {table} {like!r} in this file or the catalogue{hint}")
            )
            return result
        seen.add(like)
        base = source[like]
        for path in _leaves(base, (table, like)):
            places.setdefault((table, name, *path[2:]), (merged if source is in_file else catalogue()).place(path))
        result = _laid_over({key: value for key, value in base.items() if key != "like"}, result)
        like = base.get("like") if source is in_file else None
    return result


def _name_files(tree: Tree, merged: Merged) -> None:
    """Kernels and rasters by whole path and hash, so that the merged tree says which file was meant."""
    named = [(table, name, row) for table in FILE_TABLES for name, row in _rows(tree, table)]
    for table, name, row in named:
        if isinstance(row, dict) and isinstance(row.get("file"), str) and row["file"].strip():
            named_in, line = merged.place((table, name, "file"))
            path = (Path(named_in).parent if line else Path()) / row["file"].strip()
            row["file"] = str(path.resolve())
            if path.is_file() and not row.get("sha256"):
                row["sha256"] = sha256(path)


def _rows(tree: Tree, table: str) -> list[tuple[str, Any]]:
    rows = tree.get(table, {})
    return list(rows.items()) if isinstance(rows, dict) else []


# Tables whose rows a programme may name without writing them down: they are facts, not choices.
REFERENCE_TABLES = ("launcher", "spacecraft", "crew_rates", "partner", "interface")


def _add_referenced(tree: Tree, places: dict[Key, tuple[str, int]]) -> None:
    """Catalogue rows that the programme names, under whatever it says of them itself."""
    for table in REFERENCE_TABLES:
        known = catalogue().tree.get(table, {})
        declared = tree.get(table, {})
        if not isinstance(declared, dict):
            continue
        wanted = _named(tree) if table != "crew_rates" else _named(tree) | {"simoc"}
        plain = {name: row for name, row in declared.items() if isinstance(row, dict) and "like" not in row}
        added = {
            name: _laid_over(row, plain.get(name, {}))
            for name, row in known.items()
            if name in plain or name in wanted - declared.keys()
        }
        if added:
            tree[table] = {**declared, **added}
            for name, row in added.items():
                for path in _leaves(row, (table, name)):
                    places.setdefault(path, catalogue().place(path))


_NAMING_KEYS = ("partner", "launcher", "spacecraft", "rates", "members", "interface")


def _named(tree: Tree) -> set[str]:
    """Every name that a row or setting refers to in the tables of REFERENCE_TABLES, the vehicles' partners included."""
    names: set[str] = set()
    rows = [row for rows in tree.values() if isinstance(rows, dict) for row in rows.values() if isinstance(row, dict)]
    for row in [tree, *rows]:
        for key in _NAMING_KEYS:
            value = row.get(key)
            names.update(
                [value]
                if isinstance(value, str)
                else [v for v in value if isinstance(v, str)]
                if isinstance(value, list)
                else []
            )
    return names


def as_toml(tree: Tree) -> str:
    """A tree written out as TOML again, for the run folder."""
    return "\n".join(_toml_lines(tree, ())) + "\n"


def _toml_lines(tree: Tree, path: Key) -> list[str]:
    plain = {key: value for key, value in tree.items() if not isinstance(value, dict)}
    lines = [f"[{'.'.join(_toml_key(key) for key in path)}]"] if path and (plain or not tree) else []
    lines += [f"{_toml_key(key)} = {_toml_value(value)}" for key, value in plain.items()]
    for key, value in tree.items():
        if isinstance(value, dict):
            lines += ["", *_toml_lines(value, (*path, key))]
    return lines


def _toml_key(key: str) -> str:
    return key if key and all(c.isascii() and (c.isalnum() or c in "_-") for c in key) else _toml_value(key)


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = "".join(c if c >= " " and c not in '"\\\x7f' else f"\\u{ord(c):04x}" for c in value)
        return f'"{escaped}"'
    if isinstance(value, datetime.datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml_key(k)} = {_toml_value(v)}" for k, v in value.items()) + "}"
    return repr(value) if isinstance(value, float | int) else str(value)
