"""The dice: everything random in a history, drawn from a generator of its own so that histories stand alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from malapert.constants import SECONDS_PER_DAY
from malapert.errors import InputError
from malapert.logistics.plan import FlightOption, Plan
from malapert.programme import Programme
from malapert.programme.vehicles import Launcher, Spacecraft
from malapert.risk.assumptions import SLIP_SIGMA

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]
_YEAR_S = 365.25 * SECONDS_PER_DAY


@dataclass(frozen=True)
class Draws:
    """n histories; the last axis of the flights' draws is the first flight and its replacement."""

    slip_s: Array
    """(n, flights, 2), launch delays"""
    launched: Flags
    """(n, flights, 2)"""
    landed: Flags
    """(n, flights, 2), true where the flight does not land"""
    life_s: Array
    """(n, deliveries), time in use until failure"""


def lander_of(programme: Programme, option: FlightOption) -> str:
    """The spacecraft that lands on this flight; nothing when it stays in orbit."""
    flight = programme.flight[option.name]
    if option.route == "surface":
        return flight.spacecraft
    if option.route == "crewed_landing" and flight.lander_flight in programme.flight:
        return programme.flight[flight.lander_flight].spacecraft
    return ""


def nominal(options: tuple[FlightOption, ...], plan: Plan) -> Draws:
    """One history in which everything goes as planned."""
    shape = (1, len(options), 2)
    never = np.full((1, len(plan.deliveries)), np.inf)
    return Draws(np.zeros(shape), np.ones(shape, dtype=bool), np.ones(shape, dtype=bool), never)


def drawn(programme: Programme, options: tuple[FlightOption, ...], plan: Plan, seed: int, n: int) -> Draws:
    """n histories of one seed; history k is the same whatever n is. InputError when n is not positive."""
    if n < 1:
        raise InputError(f"histories: at least one is needed (got {n})")
    launchers = sorted({programme.flight[option.name].launcher for option in options})
    landers = sorted({lander_of(programme, option) for option in options} - {""})
    of_launcher = [launchers.index(programme.flight[option.name].launcher) for option in options]
    of_lander = [landers.index(name) if (name := lander_of(programme, option)) else len(landers) for option in options]
    wins, losses = _posterior(programme, launchers, landers)
    median_s = (
        np.array([programme.launcher[programme.flight[o.name].launcher].slip_d for o in options]) * SECONDS_PER_DAY
    )
    rate_s = np.array([programme.elements[d.element].failures_per_year for d in plan.deliveries]) / _YEAR_S

    flights, kinds = len(options), len(launchers)
    slip, uniform = np.empty((n, flights, 2)), np.empty((n, flights, 2, 2))
    odds, life = np.ones((n, kinds + len(landers) + 1)), np.empty((n, len(plan.deliveries)))
    for k in range(n):
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy=seed, spawn_key=(k,))))
        slip[k] = rng.standard_normal((flights, 2))
        uniform[k] = rng.random((flights, 2, 2))
        life[k] = rng.standard_exponential(len(plan.deliveries))
        odds[k, :-1] = rng.beta(wins, losses)
    launch_odds, landing_odds = odds[:, of_launcher], odds[:, [kinds + index for index in of_lander]]
    lasting = np.divide(life, rate_s, out=np.full_like(life, np.inf), where=rate_s > 0.0)
    return Draws(
        median_s[None, :, None] * np.exp(SLIP_SIGMA * slip),
        uniform[..., 0] < launch_odds[:, :, None],
        uniform[..., 1] < landing_odds[:, :, None],
        lasting,
    )


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
