"""Stage masses: the propellant a stack of stages needs for its manoeuvres, and the cargo that leaves.

Stages burn in the order listed; one is dropped when it runs empty with work left, or after the manoeuvre it names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf
from typing import Final

from scipy.optimize import brentq

from malapert.constants import STANDARD_GRAVITY_M_S2
from malapert.errors import ConvergenceError, InputError
from malapert.flight.rocket import delta_v_m_s, propellant_kg
from malapert.programme.vehicles import Stage

Manoeuvres = Sequence[tuple[str, float]]

# Speed that counts as nothing: rounding of the rocket equation over a whole flight stays far below it.
_NOTHING_M_S: Final = 1e-7
_LOADING_ROUNDS: Final = 2000
_LOADED_KG: Final = 1e-9
_SETTLED_M_S: Final = 1e-6


@dataclass(frozen=True)
class Burn:
    """One stage's part of one manoeuvre; `index` is its place in the stack."""

    manoeuvre: str
    stage: str
    delta_v_m_s: float
    propellant_kg: float
    before_kg: float
    after_kg: float
    index: int


@dataclass(frozen=True)
class Drop:
    """What was left behind, during or after a manoeuvre: a stage with what it still held, or cargo (index -1)."""

    what: str
    manoeuvre: str
    mass_kg: float
    index: int


@dataclass(frozen=True)
class StackFlight:
    """A stack flown through its manoeuvres: initial_kg = final_kg + propellant burned + mass dropped.

    `loaded_kg` and `left_kg` are per stage in the order given (left when dropped or at the end); `lacking_m_s` is
    the delta-v that no stage could give, 0 when everything was flown.
    """

    burns: tuple[Burn, ...]
    drops: tuple[Drop, ...]
    loaded_kg: tuple[float, ...]
    left_kg: tuple[float, ...]
    initial_kg: float
    final_kg: float
    lacking_m_s: float


def fly_stack(
    stages: Sequence[Stage],
    loaded_kg: Sequence[float],
    manoeuvres: Manoeuvres,
    cargo_kg: float,
    cargo_dropped_after: str = "",
) -> StackFlight:
    """Burn given loads (kg per stage) through the manoeuvres (name, m/s) in order."""
    left = list(loaded_kg)
    there = list(range(len(stages)))
    mass = initial = sum(stage.dry_kg for stage in stages) + sum(left) + cargo_kg
    burns: list[Burn] = []
    drops: list[Drop] = []
    lacking = 0.0

    def drop(index: int, manoeuvre: str) -> float:
        there.remove(index)
        drops.append(Drop(stages[index].name, manoeuvre, stages[index].dry_kg + left[index], index))
        return mass - drops[-1].mass_kg

    for name, wanted_m_s in manoeuvres:
        wanted = wanted_m_s
        while wanted > _NOTHING_M_S and there:
            active = there[0]
            isp = stages[active].isp_s
            possible = delta_v_m_s(mass, mass - left[active], isp)
            given = min(wanted, possible)
            burned = left[active] if possible <= wanted else min(left[active], propellant_kg(mass, given, isp))
            if burned > 0.0:
                burns.append(Burn(name, stages[active].name, given, burned, mass, mass - burned, active))
            left[active] -= burned
            mass -= burned
            wanted -= given
            if wanted > _NOTHING_M_S:
                if len(there) == 1:
                    break
                mass = drop(active, name)
        if wanted > _NOTHING_M_S:
            lacking += wanted
        for index in [i for i in there if stages[i].drop_after == name]:
            mass = drop(index, name)
        if cargo_dropped_after == name:
            drops.append(Drop("cargo", name, cargo_kg, -1))
            mass -= cargo_kg
    return StackFlight(tuple(burns), tuple(drops), tuple(loaded_kg), tuple(left), initial, mass, lacking)


def burn(
    stages: Sequence[Stage], manoeuvres: Manoeuvres, cargo_kg: float, cargo_dropped_after: str = ""
) -> StackFlight:
    """The stack flown with just the propellant it needs; with full tanks when even they are not enough.

    Starts from full tanks and takes out what was left: the lighter stack needs less again, so the loads fall
    towards the least that fly with earlier stages used as far as they go.
    """
    _check(manoeuvres, cargo_kg)
    loads = [stage.propellant_kg for stage in stages]
    for _ in range(_LOADING_ROUNDS):
        flight = fly_stack(stages, loads, manoeuvres, cargo_kg, cargo_dropped_after)
        if flight.lacking_m_s > 0.0 or max(flight.left_kg) <= _LOADED_KG:
            return flight
        loads = _needed_kg(stages, loads, flight, manoeuvres, cargo_kg)
    raise ConvergenceError(f"propellant loads of {stages[0].name} did not settle within {_LOADING_ROUNDS} rounds")


def capacity_kg(
    stages: Sequence[Stage], manoeuvres: Manoeuvres, tli_kg: float, cargo_limit_kg: float, cargo_dropped_after: str = ""
) -> float:
    """Largest cargo with which the stack flies its manoeuvres and leaves the Earth within `tli_kg`.

    InputError says what is lacking when it does not even fly empty.
    """
    empty = burn(stages, manoeuvres, 0.0, cargo_dropped_after)
    names = " + ".join(stage.name for stage in stages)
    if empty.lacking_m_s > 0.0:
        lacking = f"lacks {empty.lacking_m_s:.0f} m/s even without cargo"
        raise InputError(f"{names}: {lacking}; give it more propellant or less to do")
    if empty.initial_kg > tli_kg:
        raise InputError(f"{names}: {empty.initial_kg:.0f} kg without cargo on a launcher that injects {tli_kg:.0f} kg")

    def spare_kg(cargo_kg: float) -> float:
        """Margin that vanishes at the largest cargo: launch mass, or minus what more the tanks would have to hold."""
        flown = burn(stages, manoeuvres, cargo_kg, cargo_dropped_after)
        return -1.0 - flown.lacking_m_s if flown.lacking_m_s > 0.0 else tli_kg - flown.initial_kg

    if spare_kg(cargo_limit_kg) >= 0.0:
        return cargo_limit_kg
    edge = float(brentq(spare_kg, 0.0, cargo_limit_kg, xtol=1e-7, rtol=1e-14, maxiter=200))  # type: ignore[no-untyped-call]
    while spare_kg(edge) < 0.0:  # brentq may stop beyond the edge by its tolerance; what is reported must fly
        edge -= 1e-6
    return max(edge, 0.0)


def most_of(
    manoeuvre: str,
    stages: Sequence[Stage],
    manoeuvres: Manoeuvres,
    tli_kg: float,
    cargo_kg: float,
    limit_m_s: float,
    cargo_dropped_after: str = "",
) -> float:
    """Most delta-v (m/s, up to a limit) of one manoeuvre with which the stack still flies all others and leaves the
    Earth within `tli_kg`; -inf when it does not fly even without that manoeuvre."""

    def flies(delta_v: float) -> bool:
        wanted = [(name, delta_v if name == manoeuvre else own) for name, own in manoeuvres]
        flown = burn(stages, wanted, cargo_kg, cargo_dropped_after)
        return flown.lacking_m_s <= 0.0 and flown.initial_kg <= tli_kg

    if flies(limit_m_s):
        return limit_m_s
    if not flies(0.0):
        return -inf
    low, high = 0.0, limit_m_s
    while high - low > _SETTLED_M_S:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if flies(middle) else (low, middle)
    return low


def _needed_kg(
    stages: Sequence[Stage], loads: list[float], flight: StackFlight, manoeuvres: Manoeuvres, cargo_kg: float
) -> list[float]:
    """Loads with which each stage that had propellant left gives just the delta-v it gave, worked backwards."""
    given = {(b.manoeuvre, b.index): b.delta_v_m_s for b in flight.burns}
    first = {b.index: b.manoeuvre for b in reversed(flight.burns)}
    dropped_at = {drop.index: drop.manoeuvre for drop in flight.drops}
    need = [0.0] * len(stages)
    mass = 0.0 if -1 in dropped_at else cargo_kg
    mass += sum(stage.dry_kg for index, stage in enumerate(stages) if index not in dropped_at)
    for name, _ in reversed(manoeuvres):
        mass += cargo_kg if dropped_at.get(-1) == name else 0.0
        for index in reversed(range(len(stages))):
            mass += stages[index].dry_kg if dropped_at.get(index) == name else 0.0
            before = mass * exp(given.get((name, index), 0.0) / (STANDARD_GRAVITY_M_S2 * stages[index].isp_s))
            need[index] += before - mass
            mass = before
            if flight.left_kg[index] <= _LOADED_KG and first.get(index) == name:
                mass += loads[index] - need[index]
                need[index] = loads[index]
    return need


def _check(manoeuvres: Manoeuvres, cargo_kg: float) -> None:
    names = [name for name, _ in manoeuvres]
    if len(set(names)) != len(names):
        raise InputError(f"manoeuvres of one flight need different names (got {', '.join(names)})")
    if any(not delta_v >= 0.0 for _, delta_v in manoeuvres) or not cargo_kg >= 0.0:
        raise InputError(f"delta-v and cargo cannot be negative (got {list(manoeuvres)}, {cargo_kg} kg)")
