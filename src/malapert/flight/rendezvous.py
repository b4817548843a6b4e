"""From a lower or higher orbit to docking: phasing and transfer in the full field, then hops between hold points.

Relative motion is on the target's local axes: x up, y along the flight, z along the orbit's normal. Hops are aimed by
the Clohessy-Wiltshire equations and corrected until the propagated paths meet; both misses are said.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import ConvergenceError, InputError
from malapert.flight.conics import unit
from malapert.flight.forces import Forces, gms_km3_s2
from malapert.flight.propagate import propagate
from malapert.flight.targeting import solve
from malapert.flight.transfer import Maneuver

Array = NDArray[np.float64]

BEYOND: Final = (0.01, 0.05, 0.15)  # how far over the target's height the transfer aims, of the height between them
MOST_TILT_DEG: Final = 3.0
MOST_ECCENTRICITY: Final = 0.1
AIM_KM: Final = 1e-6


@dataclass(frozen=True)
class Hold:
    """A point on the target's axes (m), reached after hop_s of coasting and held for hold_s."""

    x_m: float
    y_m: float
    z_m: float = 0.0
    hop_s: float = 1200.0
    hold_s: float = 300.0

    def __post_init__(self) -> None:
        if not (np.isfinite([self.x_m, self.y_m, self.z_m]).all() and self.hop_s > 0.0 and self.hold_s >= 0.0):
            raise InputError(f"a hold point is finite, its hop lasts and its hold is not negative (got {self})")


# The first is the transfer's aim: its hop_s is not used.
APPROACH: Final = (
    Hold(0.0, -5000.0, hold_s=600.0),
    Hold(0.0, -1000.0),
    Hold(0.0, -200.0, hop_s=900.0),
    Hold(0.0, 0.0, hop_s=600.0, hold_s=0.0),
)


@dataclass(frozen=True)
class Rendezvous:
    """A flown rendezvous: maneuvers in order, and the approach on the target's axes from the first hold (s, m).

    open_loop_m: the greatest miss of a hop flown on Clohessy and Wiltshire alone; miss_m: of those flown.
    """

    maneuvers: tuple[Maneuver, ...]
    docked_tdb_s: float
    chaser_state: Array
    wait_s: float
    transfer_m_s: float
    approach_m_s: float
    contact_m_s: float
    miss_m: float
    open_loop_m: float
    approach: dict[str, Array]
    forces: dict[str, str]

    @property
    def delta_v_m_s(self) -> float:
        return sum(maneuver.delta_v_m_s for maneuver in self.maneuvers)


def local_axes(state: Array) -> tuple[Array, Array]:
    """Rows up, along, normal (3, 3) of a state (6,), and their angular velocity (3,), rad/s, in the state's frame."""
    h = np.cross(state[:3], state[3:6])
    up, normal = unit(state[:3]), unit(h)
    return np.array([up, np.cross(normal, up), normal]), h / float(state[:3] @ state[:3])


def relative_state(target: Array, other: Array) -> Array:
    """Position (km) and velocity (km/s) (6,) of another craft on the target's turning axes."""
    axes, spin = local_axes(target)
    apart = other[:3] - target[:3]
    return np.concatenate([axes @ apart, axes @ (other[3:6] - target[3:6] - np.cross(spin, apart))])


def clohessy_wiltshire(rate_rad_s: float, time_s: float) -> Array:
    """Transition (6, 6) of small motion about a circle; Clohessy and Wiltshire 1960, J. Aerospace Sci. 27:653."""
    n = rate_rad_s
    s, c, nt = math.sin(n * time_s), math.cos(n * time_s), n * time_s
    return np.array(
        [
            [4.0 - 3.0 * c, 0.0, 0.0, s / n, 2.0 * (1.0 - c) / n, 0.0],
            [6.0 * (s - nt), 1.0, 0.0, 2.0 * (c - 1.0) / n, (4.0 * s - 3.0 * nt) / n, 0.0],
            [0.0, 0.0, c, 0.0, 0.0, s / n],
            [3.0 * n * s, 0.0, 0.0, c, 2.0 * s, 0.0],
            [6.0 * n * (c - 1.0), 0.0, 0.0, -2.0 * s, 4.0 * c - 3.0, 0.0],
            [0.0, 0.0, -n * s, 0.0, 0.0, c],
        ]
    )


def two_impulses(relative: Array, aim_km: Array, rate_rad_s: float, time_s: float) -> tuple[Array, Array]:
    """Velocity changes (3,), (3,) on the local axes that lead from a relative state (6,) to rest at aim_km (3,).

    Raises InputError where the time is a whole or half number of revolutions, which leaves a direction out of reach.
    """
    phi = clohessy_wiltshire(rate_rad_s, time_s)
    if not time_s > 0.0 or np.linalg.cond(phi[:3, 3:] * rate_rad_s) > 1e6:
        raise InputError(f"no two impulses reach every point in {time_s:.0f} s (a half or whole revolution); change it")
    wanted = np.linalg.solve(phi[:3, 3:], aim_km - phi[:3, :3] @ relative[:3])
    return wanted - relative[3:], -(phi[3:, :3] @ relative[:3] + phi[3:, 3:] @ wanted)


@dataclass(frozen=True)
class _Pair:
    """Both craft at an epoch, and the forces they fly in."""

    chaser: Array
    target: Array
    epoch_s: float
    forces: Forces
    center: str

    def later(self, time_s: float) -> "_Pair":
        if time_s == 0.0:
            return self
        flown = [propagate(one, self.epoch_s, time_s, self.forces, center=self.center).end_state
                 for one in (self.chaser, self.target)]  # fmt: skip
        return _Pair(flown[0], flown[1], self.epoch_s + time_s, self.forces, self.center)

    def pushed(self, change: Array) -> "_Pair":
        chaser = self.chaser.copy()
        chaser[3:] += change
        return _Pair(chaser, self.target, self.epoch_s, self.forces, self.center)

    @property
    def relative(self) -> Array:
        return relative_state(self.target, self.chaser)


def _aimed(pair: _Pair, aim_km: Array, time_s: float, guess: Array, what: str) -> tuple[Array, "_Pair"]:
    """The change of velocity that brings the chaser to aim_km on the target's axes, and both craft then."""
    target = propagate(pair.target, pair.epoch_s, time_s, pair.forces, center=pair.center).end_state

    def misses(change: Array) -> Array:
        end = propagate(pair.pushed(change).chaser, pair.epoch_s, time_s, pair.forces, center=pair.center).end_state
        return np.asarray(relative_state(target, end)[:3] - aim_km)

    names = ("miss up (km)", "miss along (km)", "miss across (km)")
    change = solve(misses, guess, [1e-6] * 3, names, [AIM_KM] * 3, what=what).unknowns
    return change, pair.pushed(change).later(time_s)


def _at_rest(pair: _Pair, closing_km_s: Array) -> Array:
    """The change of velocity that leaves the chaser with closing_km_s (3,) on the target's turning axes."""
    axes, _ = local_axes(pair.target)
    return np.asarray(axes.T @ (closing_km_s - pair.relative[3:]))


def _lead_rad(pair: _Pair) -> float:
    """Angle by which the target leads the chaser along its orbit, 0 to a turn."""
    axes, _ = local_axes(pair.target)
    x, y, _ = axes @ pair.chaser[:3]
    return -math.atan2(y, x) % (2.0 * math.pi)


def _rate(state: Array, gm: float) -> float:
    a = 1.0 / (2.0 / float(np.linalg.norm(state[:3])) - float(state[3:] @ state[3:]) / gm)
    return math.sqrt(gm / a**3)


def _shape(here_km: float, there_km: float, beyond: float, gm: float) -> tuple[float, float, float]:
    """Time, swept angle (rad) and speed at the start of a transfer between circles, aiming beyond the second."""
    top = there_km + beyond * (there_km - here_km)
    a, e = 0.5 * (here_km + top), (top - here_km) / (top + here_km)
    anomaly = math.acos((1.0 - there_km / a) / e)
    swept = 2.0 * math.atan2(math.sqrt(1.0 + e) * math.sin(0.5 * anomaly), math.sqrt(1.0 - e) * math.cos(0.5 * anomaly))
    return math.sqrt(a**3 / gm) * (anomaly - e * math.sin(anomaly)), swept, math.sqrt(gm * (2.0 / here_km - 1.0 / a))


def _transfer(
    pair: _Pair, aim: Hold, beyond: float, most_wait_s: float, gm: float
) -> tuple[float, list[Maneuver], _Pair]:
    """Wait, burn, coast and stop at the first hold point."""
    rate = _rate(pair.target, gm)
    start, wait = pair, 0.0
    there = float(np.linalg.norm(pair.target[:3]))
    offset = aim.y_m / 1000.0 / there
    for attempt in range(4):
        here = float(np.linalg.norm(start.chaser[:3]))
        time, swept, speed = _shape(here, there + aim.x_m / 1000.0, beyond, gm)
        drift = _rate(start.chaser, gm) - rate
        short = (_lead_rad(start) - (swept - rate * time - offset)) / drift
        turn = 2.0 * math.pi / abs(drift)
        short = short % turn if attempt == 0 else (short + 0.5 * turn) % turn - 0.5 * turn
        wait += short
        if wait > most_wait_s:
            raise ConvergenceError(
                f"the chaser needs {wait / 3600.0:.1f} h to come into phase (allowed {most_wait_s / 3600.0:.1f} h; "
                f"it gains {math.degrees(drift) * 3600.0:.2f} deg an hour); wait longer or phase in another orbit"
            )
        start = pair.later(max(wait, 0.0))
    heading = unit(np.cross(np.cross(start.chaser[:3], start.chaser[3:]), start.chaser[:3]))
    aim_km = np.array([aim.x_m, aim.y_m, aim.z_m]) / 1000.0
    change, arrived = _aimed(
        start, aim_km, time, speed * heading - start.chaser[3:], "transfer to the first hold point"
    )
    stop = _at_rest(arrived, np.zeros(3))
    burns = [Maneuver("transfer", start.epoch_s, change), Maneuver("arrival", arrived.epoch_s, stop)]
    return wait, burns, arrived.pushed(stop)


def _check(pair: _Pair, gm: float) -> None:
    for name, state in (("chaser", pair.chaser), ("target", pair.target)):
        if state.shape != (6,) or not np.isfinite(state).all() or not np.any(state[:3]):
            raise InputError(f"the {name}'s state is six finite numbers, km and km/s (got {state!r})")
        r, v = state[:3], state[3:]
        e = np.linalg.norm(np.cross(v, np.cross(r, v)) / gm - unit(r))
        if e > MOST_ECCENTRICITY:
            raise InputError(f"the {name}'s orbit is not near-circular (eccentricity {e:.3f}); make it so first")
    normals = [unit(np.cross(state[:3], state[3:])) for state in (pair.chaser, pair.target)]
    tilt = math.degrees(math.acos(float(np.clip(normals[0] @ normals[1], -1.0, 1.0))))
    if tilt > MOST_TILT_DEG:
        raise InputError(f"the two planes are {tilt:.2f} deg apart, more than {MOST_TILT_DEG} deg; change plane first")


def fly_rendezvous(
    chaser: Array,
    target: Array,
    epoch_tdb_s: float,
    *,
    center: str = "moon",
    forces: Forces | None = None,
    approach: Sequence[Hold] = APPROACH,
    contact_m_s: float = 0.05,
    most_wait_s: float = 48.0 * 3600.0,
) -> Rendezvous:
    """Bring a chaser to a target from near-circular orbits, ICRF states (6,) about the Moon or the Earth.

    It coasts until the phase is right, transfers to the first hold point, and hops to the last, met at contact_m_s
    along the target's flight. Planes up to 3 deg apart are brought together by the same burns. Raises InputError for
    orbits that cannot be phased, ConvergenceError naming what was not met.
    """
    if center not in ("earth", "moon") or not approach:
        raise InputError(f"a rendezvous is about 'earth' or 'moon', through one hold point at least (got {center!r})")
    if forces is None:
        forces = Forces(moon_degree=20) if center == "moon" else Forces(earth_degree=4)
    gm = float(gms_km3_s2(forces)[1 if center == "moon" else 0])
    pair = _Pair(np.array(chaser, dtype=float), np.array(target, dtype=float), epoch_tdb_s, forces, center)
    _check(pair, gm)
    apart = abs(_rate(pair.chaser, gm) / _rate(pair.target, gm) - 1.0)
    if apart < 1e-3:
        raise InputError(
            f"both craft have the same period within {apart:.1e}: the phase does not change; lower or raise the chaser"
        )
    tried = []
    reasons = []
    for beyond in BEYOND:
        try:
            tried.append(_transfer(pair, approach[0], beyond, most_wait_s, gm))
        except ConvergenceError as error:
            reasons.append(str(error))
    if not tried:
        raise ConvergenceError(f"no transfer found in {len(BEYOND)} shapes; the last: {reasons[-1]}")
    wait, burns, here = min(tried, key=lambda one: sum(burn.delta_v_m_s for burn in one[1]))
    return _hops(here, burns, wait, approach, contact_m_s, gm)


def _hops(
    here: _Pair, burns: list[Maneuver], wait: float, approach: Sequence[Hold], contact_m_s: float, gm: float
) -> Rendezvous:
    transfer = sum(burn.delta_v_m_s for burn in burns)
    began, open_loop, miss = here.epoch_s, 0.0, 0.0
    track = [np.append(0.0, 1000.0 * here.relative[:3])]
    here = here.later(approach[0].hold_s)
    for k, hold in enumerate(approach[1:], start=1):
        aim = np.array([hold.x_m, hold.y_m, hold.z_m]) / 1000.0
        axes, _ = local_axes(here.target)
        first, _ = two_impulses(here.relative, aim, _rate(here.target, gm), hold.hop_s)
        alone = here.pushed(axes.T @ first).later(hold.hop_s)
        open_loop = max(open_loop, 1000.0 * float(np.linalg.norm(alone.relative[:3] - aim)))
        change, arrived = _aimed(here, aim, hold.hop_s, axes.T @ first, f"hop to hold point {k + 1}")
        track += _along(here.pushed(change), hold.hop_s, began)
        last = k == len(approach) - 1
        stop = _at_rest(arrived, np.array([0.0, contact_m_s / 1000.0 if last else 0.0, 0.0]))
        burns += [Maneuver(f"hop {k}", here.epoch_s, change), Maneuver(f"stop {k}", arrived.epoch_s, stop)]
        miss = max(miss, 1000.0 * float(np.linalg.norm(arrived.relative[:3] - aim)))
        here = arrived.pushed(stop).later(0.0 if last else hold.hold_s)
    rows = np.array(track)
    return Rendezvous(
        tuple(burns), here.epoch_s, here.chaser, wait, transfer, sum(burn.delta_v_m_s for burn in burns) - transfer,
        1000.0 * float(np.linalg.norm(here.relative[3:])), miss, open_loop,
        {"time_s": rows[:, 0], "x_m": rows[:, 1], "y_m": rows[:, 2], "z_m": rows[:, 3]}, here.forces.describe(),
    )  # fmt: skip


def _along(pair: _Pair, time_s: float, began_s: float, count: int = 20) -> list[Array]:
    """Rows time, x, y, z (m) of a hop."""
    epochs = pair.epoch_s + np.linspace(0.0, time_s, count)
    both = [
        propagate(one, pair.epoch_s, time_s, pair.forces, center=pair.center, output_epochs_tdb_s=epochs).states[:count]
        for one in (pair.target, pair.chaser)
    ]
    places = [1000.0 * relative_state(t, c)[:3] for t, c in zip(*both, strict=True)]
    return [np.append(epoch - began_s, place) for epoch, place in zip(epochs, places, strict=True)]
