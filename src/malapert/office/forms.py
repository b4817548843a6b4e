"""The guided form: its fields are made from the rows that check offers, and what it writes is the offer's TOML."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic.fields import FieldInfo

from malapert.errors import InputError
from malapert.programme.elements import ELEMENT_TABLES, Need
from malapert.programme.merge import as_toml
from malapert.programme.offer import Offer
from malapert.units import stem, unit_of

Kind = Literal["text", "words", "number", "whole", "date", "choice", "many"]
# What a form asks of an element, where its row has it; the rest is for those who write TOML.
ELEMENT_KEYS = (
    "title", "objective", "mass_kg", "load_kw", "keep_alive_kw", "wanted_h", "data_mbit_s", "crew_h", "needs", "ready",
    "power_kw", "capacity_kwh", "charge_kw", "discharge_kw", "charge_efficiency", "discharge_efficiency", "kind",
    "efficiency", "volume_m3", "crew", "range_km", "resource", "supply_v",
)  # fmt: skip
OFFER_KEYS = (
    "level", "flight", "deliver_by", "least_fulfilment", "rule", "share", "volume_m3", "planetary_protection",
    "end_of_life",
)  # fmt: skip
PORTS = ("power", "data", "radio", "thermal", "robotic", "docking", "units")
WORDS = ("planetary_protection", "end_of_life")


@dataclass(frozen=True)
class Field:
    """One question of the form."""

    name: str
    label: str
    unit: str
    hint: str
    kind: Kind
    value: str | tuple[str, ...]
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = False


def tables() -> tuple[tuple[str, str], ...]:
    """What may be offered by form: element tables by name, in words."""
    return tuple((table, table.replace("_", " ")) for table in ELEMENT_TABLES)


def fields(
    table: str, about: Mapping[str, Any], values: Mapping[str, Any]
) -> tuple[tuple[str, tuple[Field, ...]], ...]:
    """The questions in groups, filled with what was answered before."""
    if table not in ELEMENT_TABLES:
        raise InputError(f"table: one of {', '.join(ELEMENT_TABLES)}")
    model = ELEMENT_TABLES[table].model_fields
    asked = {
        "What it is": [_field("offer.name", Offer.model_fields["name"], values, {}, required=True)],
        "What it needs": [],
        "When and how": [],
        "What is asked in return": [],
    }
    for key in ELEMENT_KEYS:
        if key in model:
            group = "What it is" if key in ("title", "objective", "mass_kg") else "What it needs"
            asked[group].append(_field(f"element.{key}", model[key], values, about))
    asked["What it needs"] += [_port(kind, about, values) for kind in PORTS[:4]]
    for key in OFFER_KEYS:
        group = "What is asked in return" if key in ("rule", "share", "least_fulfilment") else "When and how"
        asked[group].append(_field(f"offer.{key}", Offer.model_fields[key], values, about))
    return tuple((group, tuple(questions)) for group, questions in asked.items())


def _field(
    name: str, field: FieldInfo, values: Mapping[str, Any], about: Mapping[str, Any], required: bool = False
) -> Field:
    key = name.partition(".")[2]
    unit = unit_of(key)
    kind, choices = _kind(key, field, about)
    plain = field.default if isinstance(field.default, str) else f"{field.default:g}" if _is_number(field) else ""
    default = "" if field.is_required() else plain
    empty: Any = () if kind == "many" else default
    label = stem(key).replace("_", " ").capitalize()
    must = required or field.is_required()
    return Field(
        name, label, unit.symbol if unit else "", field.description or "", kind, values.get(name, empty), choices, must
    )


def _is_number(field: FieldInfo) -> bool:
    return isinstance(field.default, int | float) and not isinstance(field.default, bool)


def _kind(key: str, field: FieldInfo, about: Mapping[str, Any]) -> tuple[Kind, tuple[tuple[str, str], ...]]:
    if key == "needs":
        return "many", tuple((need, need.replace("_", " ")) for need in get_args(Need))
    if key == "flight":
        return "choice", (("", "any with room"), *(tuple(pair) for pair in about.get("flight", ())))
    options = get_args(field.annotation)
    if options and all(isinstance(option, str | int) for option in options):
        return "choice", tuple((str(option), str(option).replace("_", " ")) for option in options)
    text = str(field.annotation)
    if "datetime" in text:
        return "date", ()
    if key in WORDS:
        return "words", ()
    return ("whole" if "int" in text else "number" if "float" in text else "text"), ()


def _port(kind: str, about: Mapping[str, Any], values: Mapping[str, Any]) -> Field:
    known = [(name, row.get("title", name)) for name, row in about.get("interfaces", {}).items() if row["kind"] == kind]
    hint = f"Interface of its {kind} port; what is not public is answered with unknown."
    choices = (("", "none"), *known)
    return Field(
        f"port.{kind}", f"{kind} port".capitalize(), "", hint, "choice", values.get(f"port.{kind}", ""), choices
    )


def toml_of(table: str, partner: str, values: Mapping[str, Any]) -> str:
    """The offer that the answers make, as TOML; empty answers are left out."""
    if table not in ELEMENT_TABLES:
        raise InputError(f"table: one of {', '.join(ELEMENT_TABLES)}")
    name = str(values.get("offer.name", "")).strip()
    offer = {"name": name, "title": str(values.get("element.title", "")).strip(), "partner": partner}
    offer |= _answered("offer", Offer.model_fields, OFFER_KEYS, values)
    model = ELEMENT_TABLES[table].model_fields
    element = _answered("element", model, ELEMENT_KEYS, values)
    element["source"] = dict.fromkeys((key for key in element if isinstance(element[key], int | float)), "offer")
    tree: dict[str, Any] = {"format": 1, "offer": {k: v for k, v in offer.items() if v != ""}, table: {name: element}}
    ports = {
        f"{name}_{kind}": {"on": name, "interface": str(values[f"port.{kind}"])}
        for kind in PORTS
        if values.get(f"port.{kind}")
    }
    return as_toml(tree | ({"port": ports} if ports else {}))


def _answered(
    prefix: str, model: Mapping[str, FieldInfo], keys: tuple[str, ...], values: Mapping[str, Any]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in keys:
        value = values.get(f"{prefix}.{key}", "")
        if key in model and value not in ("", ()):
            found[key] = _typed(f"{prefix}.{key}", _kind(key, model[key], {})[0], value)
    return found


def _typed(name: str, kind: Kind, value: Any) -> Any:
    """An answer as TOML has it; InputError when it is no number or date."""
    if kind == "many":
        return list(value)
    text = str(value).strip()
    try:
        if kind == "number":
            return float(text)
        if kind == "whole" or (kind == "choice" and text.isdigit()):
            return int(text)
        if kind == "date":
            return tomllib.loads(f"d = {text[:10]}T00:00:00Z")["d"]
    except ValueError:
        raise InputError(f"{name}: not a {'date' if kind == 'date' else 'number'} (got {text[:40]!r})") from None
    return text


def values_of(text: str) -> tuple[str, dict[str, Any]] | None:
    """The answers behind an offer's TOML and its table; None when it holds more than the form can show."""
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return None
    offer, ports = tree.get("offer"), tree.get("port", {})
    found = [table for table in ELEMENT_TABLES if table in tree]
    if not isinstance(offer, dict) or len(found) != 1 or set(tree) - {"format", "offer", "port", *found}:
        return None
    rows = tree[found[0]]
    if not isinstance(rows, dict) or list(rows) != [offer.get("name")] or not isinstance(ports, dict):
        return None
    element = rows[offer["name"]]
    shown = (*ELEMENT_KEYS, "source")
    if not isinstance(element, dict) or set(element) - set(shown):
        return None
    if set(offer) - {"name", "title", "partner", *OFFER_KEYS}:
        return None
    values: dict[str, Any] = {f"offer.{key}": _shown(value) for key, value in offer.items()}
    values |= {f"element.{key}": _shown(value) for key, value in element.items() if key != "source"}
    for name, port in ports.items():
        kind = str(name).rpartition("_")[2]
        if not isinstance(port, dict) or set(port) != {"on", "interface"} or kind not in PORTS:
            return None
        values[f"port.{kind}"] = str(port["interface"])
    return found[0], values


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(str(one) for one in value)
    return f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else str(value)
