"""The dice: everything random in a history, drawn from a generator of its own so that histories stand alone."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from malapert.constants import SECONDS_PER_DAY
from malapert.errors import InputError
from malapert.logistics.clock import tdb_of
from malapert.logistics.plan import FlightOption, Plan
from malapert.programme import Programme
from malapert.programme.vehicles import Launcher, Spacecraft
from malapert.risk.assumptions import ASCENTS, DUST_SIGMA, LIVES, SLIP_SIGMA

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]
_YEAR_S = 365.25 * SECONDS_PER_DAY


@dataclass(frozen=True)
class Levers:
    """Factors on what a board may decide or doubt, 1 as declared; the same dice are thrown whatever they are."""

    launch_failure: float = 1.0
    landing_failure: float = 1.0
    launch_delay: float = 1.0
    refly_delay: float = 1.0
    element_failure: float = 1.0
    repair_delay: float = 1.0
    illness: float = 1.0
    withdrawal: float = 1.0
    dust: float = 1.0
    solar_power: float = 1.0
    firm_power: float = 1.0
    storage: float = 1.0
    consumables: float = 1.0
    injection_error: float = 1.0
    navigation_error: float = 1.0


LEVERS = tuple(field.name for field in fields(Levers))


@dataclass(frozen=True)
class Scatter:
    """Where one flight comes down: mean (3) and root of the covariance (3 x 3, row by row) of metres east and north of
    its site and of m/s beyond the plan's descent; how far away it is of use, how many m/s more it has, and the part of
    its touchdowns on ground too steep for it."""

    mean: tuple[float, ...]
    root: tuple[float, ...]
    radius_m: float
    spare_m_s: float
    steep: float


NO_SCATTER = Scatter((0.0,) * 3, (0.0,) * 9, np.inf, np.inf, 0.0)


@dataclass(frozen=True)
class Dice:
    """What the draws are made with; vehicles first all launchers, then all families that land, then a certain one."""

    seed: int
    wins: Array
    losses: Array
    launcher: Indices
    """(flights,), which vehicle launches"""
    lander: Indices
    """(flights,), which vehicle lands; the last, certain one where none does"""
    slip_s: Array
    """(flights,), median delay"""
    failures_s: Array
    """(deliveries,), failures a second of use"""
    withdrawals_s: Array
    """(partners,), withdrawals a second"""
    start_tdb_s: float
    illness_s: Array
    """(stays,), illnesses that end a stay, a second"""
    spare: Array
    """(flights,), how many times its flown correction a flight can make"""
    scatter: tuple[Scatter, ...]
    """(flights,)"""
    levers: Levers


@dataclass(frozen=True)
class Draws:
    """n histories; the last axis of the flights' draws is the first flight and its replacement."""

    slip_s: Array
    """(n, flights, 2), launch delays"""
    launched: Flags
    """(n, flights, 2)"""
    landed: Flags
    """(n, flights, 2), true where the flight does not land"""
    corrected: Flags
    """(n, flights, 2), the propellant holds for the injection error and the descent drawn"""
    reached: Flags
    """(n, flights, 2), it comes down where it is of use"""
    life_s: Array
    """(n, deliveries, lives), time in use until each failure"""
    withdrawn_tdb_s: Array
    """(n, partners)"""
    ill_s: Array
    """(n, stays), time on the surface until an illness ends the stay"""
    ascends: Flags
    """(n, stays)"""
    dust: Array
    """(n,), factor on the dust of every array"""
    ageing: Array
    """(n,), factor on the yearly degradation of every array"""


def lander_of(programme: Programme, option: FlightOption) -> str:
    """The spacecraft that lands on this flight; nothing when it stays in orbit."""
    flight = programme.flight[option.name]
    if option.route == "surface":
        return flight.spacecraft
    if option.route == "crewed_landing" and flight.lander_flight in programme.flight:
        return programme.flight[flight.lander_flight].spacecraft
    return ""


def dice(
    programme: Programme,
    options: tuple[FlightOption, ...],
    plan: Plan,
    seed: int,
    levers: Levers | None = None,
    spare: Mapping[str, float] | None = None,
    scatter: Mapping[str, Scatter] | None = None,
) -> Dice:
    """The dice of a programme. InputError for a record with more failures than attempts.

    `spare`: by flight, how many times its flown correction it can make; without limit where it is not said. `scatter`:
    where it comes down; at its site where it is not said.
    """
    levers = levers or Levers()
    launchers = sorted({programme.flight[option.name].launcher for option in options})
    landers = sorted({lander_of(programme, option) for option in options} - {""})
    wins, losses = _posterior(programme, launchers, landers)
    certain = len(launchers) + len(landers)
    landing = [lander_of(programme, option) for option in options]
    slip_d = [programme.launcher[programme.flight[option.name].launcher].slip_d for option in options]
    rates = [programme.elements[delivery.element].failures_per_year for delivery in plan.deliveries]
    leaving = [partner.withdrawals_per_year for partner in programme.partner.values()]
    falls_ill = [len(stay.members) * programme.crew[stay.crew].illnesses_per_year for stay in plan.stays]
    return Dice(
        seed,
        wins,
        losses,
        np.array([launchers.index(programme.flight[o.name].launcher) for o in options], dtype=np.int64),
        np.array([len(launchers) + landers.index(name) if name else certain for name in landing], dtype=np.int64),
        np.array(slip_d, dtype=float) * SECONDS_PER_DAY * levers.launch_delay,
        np.array(rates, dtype=float) / _YEAR_S * levers.element_failure,
        np.array(leaving, dtype=float) / _YEAR_S * levers.withdrawal,
        tdb_of(programme.start),
        np.array(falls_ill, dtype=float) / _YEAR_S * levers.illness,
        np.array([(spare or {}).get(option.name, np.inf) for option in options], dtype=float),
        tuple((scatter or {}).get(option.name, NO_SCATTER) for option in options),
        levers,
    )


def nominal(thrown: Dice) -> Draws:
    """One history in which everything goes as planned."""
    flights, deliveries, stays = len(thrown.launcher), len(thrown.failures_s), len(thrown.illness_s)
    well = np.ones((1, flights, 2), dtype=bool)
    return Draws(
        np.zeros((1, flights, 2)),
        well,
        well,
        well,
        well,
        np.full((1, deliveries, LIVES), np.inf),
        np.full((1, len(thrown.withdrawals_s)), np.inf),
        np.full((1, stays), np.inf),
        np.ones((1, stays), dtype=bool),
        np.ones(1),
        np.ones(1),
    )


def drawn(thrown: Dice, first: int, last: int) -> Draws:
    """Histories [first, last) of a seed; each is the same whatever is drawn with it. InputError when there is none."""
    if not 0 <= first < last:
        raise InputError(f"histories: at least one is needed (got {first} to {last})")
    n, flights, deliveries, stays = (
        last - first,
        len(thrown.launcher),
        len(thrown.failures_s),
        len(thrown.illness_s),
    )
    slip, uniform = np.empty((n, flights, 2)), np.empty((n, flights, 2, 2))
    odds, life = np.ones((n, len(thrown.wins) + 1)), np.empty((n, deliveries, LIVES))
    leaves, ill = np.empty((n, len(thrown.withdrawals_s))), np.empty((n, stays))
    rises, spread = np.empty((n, stays), dtype=bool), np.empty((n, 2))
    error, aside = np.empty((n, flights, 2, 3)), np.empty((n, flights, 2, 3))
    for row, k in enumerate(range(first, last)):
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy=thrown.seed, spawn_key=(k,))))
        slip[row] = rng.standard_normal((flights, 2))
        uniform[row] = rng.random((flights, 2, 2))
        life[row] = rng.standard_exponential((deliveries, LIVES))
        odds[row, :-1] = rng.beta(thrown.wins, thrown.losses)
        leaves[row] = rng.standard_exponential(len(thrown.withdrawals_s))
        ill[row] = rng.standard_exponential(stays)
        rises[row] = rng.random(stays) < rng.beta(ASCENTS[0], ASCENTS[1])
        spread[row] = rng.standard_normal(2)
        error[row] = rng.standard_normal((flights, 2, 3))
        aside[row] = rng.standard_normal((flights, 2, 3))
    lost, levers = 1.0 - odds, thrown.levers
    launch = 1.0 - np.minimum(lost[:, thrown.launcher] * levers.launch_failure, 1.0)
    land = 1.0 - np.minimum(lost[:, thrown.lander] * levers.landing_failure, 1.0)
    land *= np.array([1.0 - one.steep for one in thrown.scatter])
    # Errors alike in all directions whose mean square is the declared one's; the correction grows with their size.
    size = levers.injection_error * np.sqrt(np.mean(error**2, axis=-1))
    held, reached = _down(thrown, aside)
    return Draws(
        thrown.slip_s[None, :, None] * np.exp(SLIP_SIGMA * slip),
        uniform[..., 0] < launch[:, :, None],
        uniform[..., 1] < land[:, :, None],
        (size <= thrown.spare[None, :, None]) & held,
        reached,
        _waits(life, thrown.failures_s[None, :, None]),
        thrown.start_tdb_s + _waits(leaves, thrown.withdrawals_s[None, :]),
        _waits(ill, thrown.illness_s[None, :]),
        rises,
        levers.dust * np.exp(DUST_SIGMA * spread[:, 0]),
        np.exp(DUST_SIGMA * spread[:, 1]),
    )


def _down(thrown: Dice, normal: Array) -> tuple[Flags, Flags]:
    """Whether the propellant of each descent holds, and whether it ends in reach of its site (n, flights, 2)."""
    mean = np.array([one.mean for one in thrown.scatter]).reshape(-1, 1, 3)
    root = np.array([one.root for one in thrown.scatter]).reshape(-1, 3, 3) * thrown.levers.navigation_error
    place = mean + np.einsum("fij,nfkj->nfki", root, normal)
    radius, spare = (np.array([getattr(one, key) for one in thrown.scatter]) for key in ("radius_m", "spare_m_s"))
    held: Flags = place[..., 2] <= spare[:, None]
    reached: Flags = np.hypot(place[..., 0], place[..., 1]) <= radius[:, None]
    return held, reached


def _waits(unit: Array, rate_s: Array) -> Array:
    """Exponential waits of unit mean stretched to a rate; inf where the rate is zero."""
    rates = np.broadcast_to(rate_s, unit.shape)
    return np.divide(unit, rates, out=np.full_like(unit, np.inf), where=rates > 0.0)


def _posterior(programme: Programme, launchers: list[str], landers: list[str]) -> tuple[Array, Array]:
    """Beta parameters (successes, failures) of every launcher, then every lander: its prior and its record."""
    tries: list[tuple[str, Launcher | Spacecraft, int, int]] = []
    for name, launcher in ((name, programme.launcher[name]) for name in launchers):
        tries.append((name, launcher, launcher.attempts, launcher.failures))
    for name, craft in ((name, programme.spacecraft[name]) for name in landers):
        tries.append((name, craft, craft.landing_attempts, craft.landing_failures))
    wins, losses = np.empty(len(tries)), np.empty(len(tries))
    for k, (name, row, attempts, failures) in enumerate(tries):
        if failures > attempts:
            raise InputError(f"{name}: {failures} failures in {attempts} attempts; correct the record")
        wins[k], losses[k] = attempts - failures + row.prior_successes, failures + row.prior_failures
    return wins, losses
