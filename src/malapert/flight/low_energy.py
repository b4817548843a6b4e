"""Ballistic transfer to a halo orbit: out past the weak stability boundary, where the Sun turns the path, and in.

Flown backwards from the halo orbit after a small burn there. Most such paths come nowhere near a parking orbit; a scan
over the moment and the burn keeps those that do, and the burn is then shot until perigee and inclination are met
(Belbruno and Miller 1993, J. Guid. Control Dyn. 16:770; the Sun's part: Parker and Anderson 2014, "Low-Energy Lunar
Trajectory Design", chapter 3).
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight import conics
from malapert.flight.earth_return import impact_miss_km
from malapert.flight.elements import lunar_elements
from malapert.flight.forces import CISLUNAR, Forces, gms_km3_s2, model, point_mass
from malapert.flight.injection import DAY_S, PARKING, Parking
from malapert.flight.nrho import Nrho
from malapert.flight.propagate import EventRule, propagate, recentre
from malapert.flight.propagate import fly as fly_state
from malapert.flight.targeting import Solution, solve
from malapert.flight.transfer import Maneuver, Transfer, joined

Array = NDArray[np.float64]

STEP_S: Final = DAY_S / 8.0
BURNS_KM_S: Final = (
    0.005,
    0.010,
    0.020,
    0.030,
    0.045,
    -0.005,
    -0.010,
    -0.020,
    -0.030,
    -0.045,
)  # along the velocity on the halo orbit
ROUGH: Final = 1e-9
TOLERANCE: Final = 1e-13
NEAR_PERIGEE_KM: Final = 300_000.0  # what a metre or a few a second of the burn can bring down to a parking orbit
LEAST_FARTHEST_KM: Final = 900_000.0  # nearer than this it is not the Sun that turned it
SAFE_MOON_KM: Final = constants.RADIUS_MOON_KM + 100.0
LEAST_ON_HALO_KM: Final = 15_000.0  # near perilune a burn is worth little and its error much
MOST_TRIES: Final = 40
ENOUGH: Final = 3
# How much angular momentum (km2/s) a km/s of the burn may be worth: more, and nothing linear can be foreseen.
WORTH_KM: Final = (1e8, 6e9)
MOST_BURN_KM_S: Final = 0.12
MOST_FORESEEN_KM_S: Final = 0.4
EVENTS: Final = np.array([EventRule(*rule).row() for rule in (("periapsis", "earth"), ("periapsis", "moon"),
                                                             ("apoapsis", "earth"))])  # fmt: skip
CONDITIONS: Final = ("perigee at injection (km)", "parking inclination (deg)")
ALLOWED: Final = (0.5, 0.01)  # rounding on the way moves the perigee by a tenth of a kilometre
TURN_DEG: Final = 6.0  # of the plane at a time


@dataclass(frozen=True)
class _Candidate:
    """A burn on the halo orbit (3,) at an epoch, the perigee it is reached from, and the burn foreseen in the end."""

    halo_s: float
    burn: Array
    perigee_s: float
    foreseen_km_s: float = math.inf


def design_ballistic(
    departure_tdb_s: float,
    *,
    orbit: Nrho,
    parking: Parking = PARKING,
    window_d: float = 15.0,
    flight_d: tuple[float, float] = (80.0, 130.0),
    forces: Forces = CISLUNAR,
    samples: int = 1500,
    name: str = "ballistic transfer to the halo orbit",
) -> Transfer:
    """Injection far out and a small insertion months later, leaving within window_d of departure_tdb_s.

    The halo orbit must span the arrivals, from departure + flight_d[0] to departure + window_d + flight_d[1]. The scan
    flies point masses, the last corrections the whole field. Raises InputError, ConvergenceError.
    """
    if not (window_d > 0.0 and 40.0 <= flight_d[0] <= flight_d[1] <= 250.0):
        raise InputError(
            f"a ballistic transfer needs a window above zero and flights of 40 to 250 d (got {window_d:g} d, "
            f"{flight_d[0]:g} to {flight_d[1]:g} d)"
        )
    rough = point_mass(forces)
    window = (departure_tdb_s, departure_tdb_s + window_d * DAY_S)
    passing = [_foreseen(one, orbit, parking, rough) for one in _scan(orbit, window, flight_d, rough)]
    candidates = sorted(
        (one for one in passing if one.foreseen_km_s < MOST_FORESEEN_KM_S), key=lambda one: one.foreseen_km_s
    )
    tried = (
        f"{len(passing)} paths from the halo orbit came within {NEAR_PERIGEE_KM:.0f} km of the Earth in time, "
        f"{len(candidates)} with promise"
    )
    shots: list[tuple[float, _Candidate, Solution]] = []
    reasons = []
    for candidate in candidates[:MOST_TRIES]:
        try:
            shot = _shoot(candidate, orbit, parking, rough)
            shot = _shoot(replace(candidate, burn=shot.unknowns), orbit, parking, forces)
            _must_be_inside(candidate, shot, orbit, window, forces)
        except ConvergenceError as error:
            reasons.append(f"insertion at {candidate.halo_s:.0f} s: {error}")
            continue
        shots.append((float(np.linalg.norm(shot.unknowns)), candidate, shot))
        if len(shots) == ENOUGH:
            break
    if not shots:
        raise ConvergenceError(f"{name}: {tried}, of which none could be shot; " + "; ".join(reasons[:3]))
    _, best, shot = min(shots, key=lambda one: one[0])
    return _record(best, shot, orbit, parking, forces, samples, name)


def _scan(orbit: Nrho, window: tuple[float, float], flight_d: tuple[float, float], forces: Forces) -> list[_Candidate]:
    """Paths that come from low perigees inside the window after a while beyond the Moon's orbit."""
    first = max(window[0] + flight_d[0] * DAY_S, float(orbit.epochs_tdb_s[0]))
    last = min(window[1] + flight_d[1] * DAY_S, float(orbit.epochs_tdb_s[-1]))
    path = orbit.arc(first, last, STEP_S)
    kernel = model(forces, "earth")
    found = []
    for epoch, state in zip(path.epochs_tdb_s, path.states, strict=True):
        if np.linalg.norm(state[:3]) < LEAST_ON_HALO_KM:
            continue
        for size in BURNS_KM_S:
            burn = size * conics.unit(state[3:])
            start = recentre(state - np.concatenate([np.zeros(3), burn]), float(epoch), "moon", "earth")
            back_s = max(window[0], float(epoch) - flight_d[1] * DAY_S)
            try:
                events = fly_state(
                    start, float(epoch), back_s, kernel, rules=EVENTS, tolerance=ROUGH, capacity=400
                )[4]  # fmt: skip
            except ConvergenceError:
                continue  # a path into the Moon is no transfer
            best = _lowest(events, float(epoch), min(window[1], float(epoch) - flight_d[0] * DAY_S))
            if best is not None:
                found.append(_Candidate(float(epoch), burn, best))
    return found


def _lowest(events: Array, halo_s: float, latest_s: float) -> float | None:
    """Epoch of the lowest perigee before an epoch, if the path has been far out since and safe at the Moon."""
    perigees = events[(events[:, 0] == 0.0) & (events[:, 1] <= latest_s)]
    if not len(perigees):
        return None
    row = perigees[int(np.argmin(np.linalg.norm(perigees[:, 2:5], axis=1)))]
    since = events[(events[:, 1] > row[1]) & (events[:, 1] < halo_s - 3600.0)]
    apogees = np.linalg.norm(since[since[:, 0] == 2.0][:, 2:5], axis=1)
    lunar = [
        np.linalg.norm(recentre(one[2:8], float(one[1]), "earth", "moon")[:3]) for one in since[since[:, 0] == 1.0]
    ]
    is_low = float(np.linalg.norm(row[2:5])) < NEAR_PERIGEE_KM
    is_far = len(apogees) > 0 and float(apogees.max()) > LEAST_FARTHEST_KM
    return float(row[1]) if is_low and is_far and min(lunar, default=math.inf) > SAFE_MOON_KM else None


def _foreseen(candidate: _Candidate, orbit: Nrho, parking: Parking, forces: Forces) -> _Candidate:
    """The candidate moved by the linear step to the parking orbit's angular momentum, on the side of the Earth whose
    plane is nearer, and the burn that and the turn of the plane would take in the end."""
    perigees = _Perigees(candidate, orbit, parking, forces)
    try:
        epoch, y, _ = perigees.at(candidate.burn)
    except ConvergenceError:
        return candidate
    h, (left, size, right) = np.cross(y[:3], y[3:]), perigees.momentum(candidate.burn)
    if not WORTH_KM[0] < size[0] < WORTH_KM[1]:
        return candidate
    u, wanted = left[:, 0], math.sqrt(2.0 * constants.GM_EARTH_KM3_S2 * parking.radius_km)
    across = h - (h @ u) * u
    short = wanted**2 - float(across @ across)
    best = candidate
    for side in (1.0, -1.0):
        end = across + side * math.sqrt(max(short, 0.0)) * u
        step = float((end - h) @ u) / size[0]
        lean = math.acos(float(conics.unit(end) @ conics.earth_pole_icrf(epoch))) - math.radians(
            parking.inclination_deg
        )
        turn = (abs(lean) * wanted + math.sqrt(max(-short, 0.0))) / size[1]
        total = float(np.linalg.norm(candidate.burn)) + abs(step) + turn
        if total < best.foreseen_km_s:
            best = replace(candidate, burn=candidate.burn + step * right[0], foreseen_km_s=total)
    return best


def _perigee(burn: Array, candidate: _Candidate, orbit: Nrho, forces: Forces) -> tuple[float, Array, Array]:
    """Epoch, state (6,) and partials (6, 3) by the burn of the perigee nearest to the candidate's."""
    state = orbit.state(candidate.halo_s)
    start = recentre(state - np.concatenate([np.zeros(3), burn]), candidate.halo_s, "moon", "earth")
    full = np.concatenate([start, np.eye(6).ravel()])
    events = fly_state(
        full, candidate.halo_s, candidate.perigee_s - 4.0 * DAY_S, model(forces, "earth"), rules=EVENTS[:1],
        tolerance=TOLERANCE, capacity=400,
    )[4]  # fmt: skip
    if not len(events):
        raise ConvergenceError("the path no longer comes from the Earth")
    row = events[int(np.argmin(np.abs(events[:, 1] - candidate.perigee_s)))]
    return float(row[1]), row[2:8], -row[8:44].reshape(6, 6)[:, 3:]


def _shoot(candidate: _Candidate, orbit: Nrho, parking: Parking, forces: Forces) -> Solution:
    """The burn (3,) km/s near the candidate's whose path comes from the parking orbit.

    Angular momentum at the Earth hangs on one direction of the burn a hundred times more than on the others: along it
    the perigee is met first; then the plane is turned little by little by the others.
    """
    perigee = _Perigees(candidate, orbit, parking, forces)
    start = perigee.solve(candidate.burn, None)
    now, wanted = perigee.inclination_deg(start), parking.inclination_deg
    for aim in np.linspace(now, wanted, max(2, 1 + math.ceil(abs(wanted - now) / TURN_DEG)))[1:]:
        start = perigee.solve(start, float(aim))
    return perigee.last


class _Perigees:
    """The perigee a candidate's path comes from, as a function of the burn; the latest is kept."""

    def __init__(self, candidate: _Candidate, orbit: Nrho, parking: Parking, forces: Forces) -> None:
        self.candidate, self.orbit, self.parking, self.forces = candidate, orbit, parking, forces
        self.key, self.found = b"", (0.0, np.empty(0), np.empty(0))
        self.last: Solution

    def at(self, x: Array) -> tuple[float, Array, Array]:
        if x.tobytes() != self.key:
            self.found = _perigee(x, self.candidate, self.orbit, self.forces)
            self.key = x.tobytes()
        return self.found

    def inclination_deg(self, x: Array) -> float:
        epoch, y, _ = self.at(x)
        return conics.earth_inclination_deg(y, epoch)

    def momentum(self, x: Array) -> tuple[Array, Array, Array]:
        """Singular values and vectors of the angular momentum at perigee as the burn changes it."""
        _, y, partials = self.at(x)
        slope = (np.cross(partials[:3].T, y[3:]) + np.cross(y[:3], partials[3:].T)).T
        left, size, right = np.linalg.svd(slope)
        return left, size, right

    def solve(self, start: Array, inclination_deg: float | None) -> Array:
        """The burn nearest to a start that meets the perigee, and an inclination if one is given."""
        count = 1 if inclination_deg is None else 2

        def closed(y: Array, epoch_s: float) -> Array:
            values = [impact_miss_km(y, self.parking.radius_km, 0.0)]
            if inclination_deg is not None:
                values.append(conics.earth_inclination_deg(y, epoch_s) - inclination_deg)
            return np.array(values)

        def misses(x: Array) -> Array:
            epoch, y, _ = self.at(x)
            return closed(y, epoch)

        def jacobian(x: Array) -> Array:
            epoch, y, partials = self.at(x)
            steps = np.array([1e-2] * 3 + [1e-5] * 3)
            columns = [
                (closed(y + d, epoch) - closed(y - d, epoch)) / (2.0 * h)
                for h, d in zip(steps, np.diag(steps), strict=True)
            ]
            return np.asarray(np.stack(columns, axis=1) @ partials)

        self.last = solve(
            misses, start, [1e-7] * 3, CONDITIONS[:count], ALLOWED[:count], what="ballistic transfer",
            jacobian=jacobian, limit=20.0, iterations=14,
        )  # fmt: skip
        return self.last.unknowns


def _must_be_inside(
    candidate: _Candidate, shot: Solution, orbit: Nrho, window: tuple[float, float], forces: Forces
) -> None:
    """Refuse what the correction has carried too far: a large burn, a departure outside the window."""
    burn = float(np.linalg.norm(shot.unknowns))
    epoch = _perigee(shot.unknowns, candidate, orbit, forces)[0]
    if burn > MOST_BURN_KM_S:
        raise ConvergenceError(f"it takes an insertion of {1000.0 * burn:.0f} m/s")
    if not window[0] - DAY_S <= epoch <= window[1] + DAY_S:
        raise ConvergenceError(f"it leaves {(epoch - window[0]) / DAY_S:.1f} d into the window")


def _record(
    candidate: _Candidate, shot: Solution, orbit: Nrho, parking: Parking, forces: Forces, samples: int, name: str
) -> Transfer:
    guess_s = _perigee(shot.unknowns, candidate, orbit, forces)[0]
    reached = orbit.state(candidate.halo_s)
    before = reached - np.concatenate([np.zeros(3), shot.unknowns])
    path = propagate(
        recentre(before, candidate.halo_s, "moon", "earth"), candidate.halo_s, guess_s - 3600.0 - candidate.halo_s,
        forces, center="earth", output_step_s=(candidate.halo_s - guess_s) / samples,
        rules=(EventRule("periapsis", "earth"), EventRule("periapsis", "moon")), tolerance=TOLERANCE, max_events=400,
    )  # fmt: skip
    # Months of flight shift the perigee by seconds from one integration to the next: this one's own is the injection.
    passed = min(
        (one for one in path.events if one.rule.body == "earth"), key=lambda one: abs(one.epoch_tdb_s - guess_s)
    )
    epoch, injected = passed.epoch_tdb_s, passed.state
    kept = path.epochs_tdb_s > epoch + 1.0
    flown = replace(
        path, epochs_tdb_s=np.append(path.epochs_tdb_s[kept], epoch)[::-1],
        states=np.vstack([path.states[kept], injected])[::-1], events=(), _views={},
    )  # fmt: skip
    farthest = float(np.max(np.linalg.norm(flown.states[:, :3], axis=1)))
    radius, speed = float(np.linalg.norm(injected[:3])), float(np.linalg.norm(injected[3:]))
    burn = injected[3:] * (1.0 - math.sqrt(constants.GM_EARTH_KM3_S2 / radius) / speed)
    stay_s = min(candidate.halo_s + orbit.period_s, float(orbit.epochs_tdb_s[-1]))
    lunar = [float(np.linalg.norm(recentre(one.state, one.epoch_tdb_s, "earth", "moon")[:3]))
             for one in path.events if one.rule.body == "moon"]  # fmt: skip
    plane = conics.earth_elements(injected, epoch)
    return Transfer(
        name,
        (
            Maneuver("translunar injection", epoch, burn),
            Maneuver("halo orbit insertion", candidate.halo_s, shot.unknowns),
        ),
        joined([flown, orbit.arc(candidate.halo_s, stay_s)], "earth"),
        "moon",
        candidate.halo_s,
        reached,
        lunar_elements(reached, candidate.halo_s, float(gms_km3_s2(forces)[1])),
        shot.residuals,
        {
            "parking_altitude_km": radius - constants.RADIUS_EARTH_EQUATOR_KM,
            "parking_inclination_deg": plane.inclination_deg,
            "parking_node_deg": plane.node_deg,
            "farthest_from_earth_km": farthest,
            "lowest_lunar_altitude_km": min(lunar, default=math.inf) - constants.RADIUS_MOON_KM,
            "distance_at_insertion_km": float(np.linalg.norm(reached[:3])),
            "halo_orbit_gap_km": orbit.gap_km,
        },
        shot.evaluations,
    )
