"""Did you mean: the nearest known word, or the same key in the unit it is kept in."""

import difflib
from collections.abc import Iterable

from malapert.units import convert, stem, unit_of


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)`, or nothing when no known word is near."""
    near = difflib.get_close_matches(word[:80], list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""


def key_advice(key: str, value: object, known: Iterable[str]) -> tuple[str, str]:
    """What is wrong with an unknown key, and what to do about it."""
    known = list(known)
    same = [other for other in known if stem(other) == stem(key) and unit_of(other)]
    if same and isinstance(value, int | float) and not isinstance(value, bool):
        converted = convert(float(value), key, same[0])
        unit = unit_of(same[0])
        assert unit is not None
        if converted is not None:
            return f"is kept in {unit.symbol} (got {key} = {value!r})", f"write {same[0]} = {converted:.12g}"
        return f"is kept in {unit.symbol} (got {key} = {value!r})", f"write {same[0]} = ... in {unit.symbol}"
    hint = did_you_mean(key, known)
    do = "" if hint else "known keys: " + ", ".join(sorted(known)) if len(known) <= 40 else ""
    return f"unknown key{hint}", do or "correct or remove it"
