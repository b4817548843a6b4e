"""To and from a near-rectilinear halo orbit: from a parking orbit about the Earth, and to and from low lunar orbit."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight import conics
from malapert.flight.elements import icrf_to_moon_fixed, lunar_elements
from malapert.flight.forces import CISLUNAR, Forces, gms_km3_s2, model, point_mass
from malapert.flight.injection import DAY_S, PARKING, Guess, Parking, guesses
from malapert.flight.nrho import Nrho, grow_nrho
from malapert.flight.propagate import EventRule, Trajectory, fly, propagate, recentre
from malapert.flight.targeting import Solution, solve
from malapert.flight.transfer import Maneuver, Transfer, joined

Array = NDArray[np.float64]
SHOOTING_TOLERANCE = 1e-10
PERILUNE_ROW = np.array([EventRule("periapsis", "moon", stop_after=1).row()])


def _geocentric(orbit: Nrho, epochs: Array) -> Array:
    """States (n, 6) of the halo orbit from the Earth at scattered epochs, read off an hourly path by cubic Hermite."""
    path = orbit.arc(float(epochs.min()), float(epochs.max()) + 1.0)
    t, states = path.epochs_tdb_s, path.states_from("earth")
    k = np.clip(np.searchsorted(t, epochs, side="right") - 1, 0, len(t) - 2)
    h = (t[k + 1] - t[k])[:, None]
    x = (epochs - t[k])[:, None] / h
    y0, y1, d0, d1 = states[k, :3], states[k + 1, :3], h * states[k, 3:], h * states[k + 1, 3:]
    place = y0 + x * (d0 + x * (3 * (y1 - y0) - 2 * d0 - d1 + x * (2 * (y0 - y1) + d0 + d1)))
    velocity = (d0 + x * (2 * (3 * (y1 - y0) - 2 * d0 - d1) + 3 * x * (2 * (y0 - y1) + d0 + d1))) / h
    return np.hstack([place, velocity])


def design_nrho_transfer(
    departure_tdb_s: float,
    *,
    orbit: Nrho | None = None,
    parking: Parking = PARKING,
    window_d: float = 6.5,
    flight_d: tuple[float, float] = (4.0, 5.8),
    is_free: bool = True,
    forces: Forces = CISLUNAR,
    samples: int = 200,
    name: str = "transfer to the halo orbit",
) -> Transfer:
    """Two burns from a parking orbit about the Earth to a halo orbit: injection and insertion, both free in time.

    The cheapest conics over the window are shot in turn and the cheapest result kept, then, if is_free, moved in
    departure and flight time as long as that saves more than 0.5 m/s; the search flies point masses, the last shot
    the whole field. Raises InputError, ConvergenceError.
    """
    if orbit is None:
        orbit = grow_nrho(departure_tdb_s + 6.0 * DAY_S, 3)

    def cost(_epochs: Array, relative: Array) -> Array:
        return np.asarray(np.linalg.norm(relative, axis=1))

    inside, rough = orbit, point_mass(forces)
    tries, reasons = [], []
    for guess in guesses(departure_tdb_s, window_d, parking, flight_d, cost, lambda t: _geocentric(inside, t), count=3):
        try:
            tries.append((guess, _shoot_to_orbit(guess, orbit, parking, rough)))
        except ConvergenceError as error:
            reasons.append(f"departure {guess.departure_tdb_s:.0f} s, flight {guess.flight_s / DAY_S:.2f} d: {error}")
    if not tries:
        raise ConvergenceError(f"{name}: none of {len(reasons)} guesses converged: " + "; ".join(reasons))
    guess, solution = min(tries, key=lambda pair: _total(pair[0], pair[1].unknowns, orbit, parking, rough))
    if is_free:
        guess, solution = _improve(guess, solution, orbit, parking, rough)
    arcs = solution.evaluations
    solution = _shoot_to_orbit(guess, orbit, parking, forces, solution.unknowns)
    solution = replace(solution, evaluations=arcs + solution.evaluations)
    return _record_insertion(guess, solution, orbit, parking, forces, samples, name)


def _cruise(guess: Guess, x: Array, parking: Parking, forces: Forces) -> Array:
    """Geocentric state (6,) after the flight time."""
    axes = conics.icrf_to_earth_equator(guess.departure_tdb_s)
    state = parking.state(x[0], x[1], x[2], axes)
    start = guess.departure_tdb_s
    return fly(state, start, start + guess.flight_s, model(forces, "earth"), tolerance=SHOOTING_TOLERANCE)[2]


def _shoot_to_orbit(
    guess: Guess, orbit: Nrho, parking: Parking, forces: Forces, start: Array | None = None
) -> Solution:
    arrival = guess.departure_tdb_s + guess.flight_s
    target = recentre(orbit.state(arrival), arrival, "moon", "earth")[:3]

    def misses(x: Array) -> Array:
        return _cruise(guess, x, parking, forces)[:3] - target

    first = [guess.node_deg, guess.argument_of_latitude_deg, guess.injection_km_s] if start is None else start
    return solve(
        misses, first, [1e-5, 1e-5, 1e-7], ("x (km)", "y (km)", "z (km)"), [0.01] * 3,
        what="injection to the halo orbit", limit=100.0, iterations=30,
    )  # fmt: skip


def _total(guess: Guess, x: Array, orbit: Nrho, parking: Parking, forces: Forces) -> float:
    """Injection and insertion together, km/s."""
    arrival = guess.departure_tdb_s + guess.flight_s
    target = recentre(orbit.state(arrival), arrival, "moon", "earth")
    return float(x[2] + np.linalg.norm(target[3:] - _cruise(guess, x, parking, forces)[3:]))


def _improve(guess: Guess, solution: Solution, orbit: Nrho, parking: Parking, forces: Forces) -> tuple[Guess, Solution]:
    """Move departure and flight time downhill, halving the step, from 4 h to 1 h."""
    best = _total(guess, solution.unknowns, orbit, parking, forces)
    step = 4.0 * 3600.0
    evaluations = solution.evaluations
    while step >= 3600.0:
        moved = False
        for later, longer in ((step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step), (step, -step), (-step, step)):
            new = replace(guess, departure_tdb_s=guess.departure_tdb_s + later, flight_s=guess.flight_s + longer)
            last = orbit.epochs_tdb_s[-1]
            if not orbit.epochs_tdb_s[0] <= new.departure_tdb_s + new.flight_s <= last:
                continue
            try:
                found = _shoot_to_orbit(new, orbit, parking, forces, solution.unknowns)
            except ConvergenceError:
                continue  # a neighbour that cannot be reached is no improvement
            evaluations += found.evaluations
            total = _total(new, found.unknowns, orbit, parking, forces)
            if total < best - 5e-4:
                guess, solution, best, moved = new, found, total, True
                break
        if not moved:
            step *= 0.5
    return guess, replace(solution, evaluations=evaluations)


def _record_insertion(
    guess: Guess, shot: Solution, orbit: Nrho, parking: Parking, forces: Forces, samples: int, name: str
) -> Transfer:
    axes = conics.icrf_to_earth_equator(guess.departure_tdb_s)
    x = shot.unknowns
    start = guess.departure_tdb_s
    injected = parking.state(x[0], x[1], x[2], axes)
    path = propagate(
        injected, start, guess.flight_s, forces, center="earth", output_step_s=guess.flight_s / samples,
        tolerance=SHOOTING_TOLERANCE,
    )  # fmt: skip
    arrival = path.end_tdb_s
    reached = orbit.state(arrival)
    insertion = reached[3:] - path.states_from("moon")[-1, 3:]
    gm = float(gms_km3_s2(forces)[1])
    stay_s = min(arrival + orbit.period_s, float(orbit.epochs_tdb_s[-1]))
    return Transfer(
        name,
        (
            Maneuver("translunar injection", start, injected[3:] - parking.state(x[0], x[1], 0.0, axes)[3:]),
            Maneuver("halo orbit insertion", arrival, insertion),
        ),
        joined([path, orbit.arc(arrival, stay_s)], "earth"),
        "moon",
        arrival,
        reached,
        lunar_elements(reached, arrival, gm),
        shot.residuals,
        {
            "parking_node_deg": float(x[0]) % 360.0,
            "parking_altitude_km": parking.altitude_km,
            "parking_inclination_deg": parking.inclination_deg,
            "distance_at_insertion_km": float(np.linalg.norm(reached[:3])),
            "halo_orbit_gap_km": orbit.gap_km,
        },
        shot.evaluations,
    )


def design_nrho_to_llo(
    orbit: Nrho,
    earliest_tdb_s: float,
    *,
    altitude_km: float = 100.0,
    inclination_deg: float | None = 90.0,
    coast_h: tuple[float, ...] = (8.0, 10.0, 12.0, 16.0, 20.0, 26.0),
    outbound: bool = True,
    forces: Forces = CISLUNAR,
    samples: int = 150,
    name: str = "",
) -> Transfer:
    """Between a halo orbit and a circular low lunar orbit, by the halo orbit's next perilune after earliest_tdb_s.

    outbound: down to low orbit, leaving the halo orbit one of coast_h before its perilune; otherwise up from low
    orbit, the same flown backwards. The burn on the halo orbit is the smallest that meets altitude and inclination;
    the cheapest coast is kept. Raises InputError, ConvergenceError.
    """
    sign = 1.0 if outbound else -1.0
    radius = constants.RADIUS_MOON_KM + altitude_km
    longest = max(coast_h) * 3600.0
    after = [t for t, _ in orbit.perilunes() if t >= earliest_tdb_s + (longest if outbound else 0.0)]
    if not after or after[0] + longest > orbit.epochs_tdb_s[-1]:
        raise InputError("the halo orbit has no perilune late enough; grow it with more revolutions")
    best: tuple[float, float, Solution] | None = None
    reasons = []
    for hours in coast_h:
        epoch = after[0] - sign * hours * 3600.0
        try:
            shot = _shoot_to_perilune(orbit.state(epoch), epoch, sign, radius, inclination_deg, forces)
        except ConvergenceError as error:
            reasons.append(f"{hours} h: {error}")
            continue
        total = float(np.linalg.norm(shot.unknowns)) + _circular_burn(orbit, epoch, shot.unknowns, sign, forces)
        if best is None or total < best[0]:
            best = (total, epoch, shot)
    if best is None:
        raise ConvergenceError("between halo and low orbit no coast time converged: " + "; ".join(reasons))
    title = name or ("halo orbit to low lunar orbit" if outbound else "low lunar orbit to halo orbit")
    return _record_low(orbit, best[1], best[2], sign, radius, forces, samples, title)


def design_llo_to_nrho(orbit: Nrho, earliest_tdb_s: float, **options: Any) -> Transfer:
    """`design_nrho_to_llo` flown the other way; arrival_state is on the halo orbit."""
    return design_nrho_to_llo(orbit, earliest_tdb_s, outbound=False, **options)


def _perilune(state: Array, epoch_s: float, sign: float, forces: Forces) -> tuple[float, Array]:
    """First perilune ahead (sign +1) or behind (-1)."""
    found = fly(
        state, epoch_s, epoch_s + sign * 3.0 * DAY_S, model(forces, "moon"), rules=PERILUNE_ROW,
        tolerance=SHOOTING_TOLERANCE,
    )[4]  # fmt: skip
    if not len(found):
        raise ConvergenceError("no perilune within three days")
    return float(found[0, 1]), found[0, 2:8]


def _burned(state: Array, burn: Array, sign: float) -> Array:
    """The state on the transfer at its halo end: after the burn going down, before it coming up."""
    out = state.copy()
    out[3:] += sign * burn
    return out


def _shoot_to_perilune(
    state: Array, epoch_s: float, sign: float, radius_km: float, inclination_deg: float | None, forces: Forces
) -> Solution:
    def misses(x: Array) -> Array:
        epoch, y = _perilune(_burned(state, x, sign), epoch_s, sign, forces)
        miss = [float(np.linalg.norm(y[:3])) - radius_km]
        if inclination_deg is not None:
            normal = conics.unit(np.cross(y[:3], y[3:]))
            inclination = math.degrees(math.acos(float(normal @ icrf_to_moon_fixed(epoch)[2])))
            miss.append(inclination - inclination_deg)
        return np.array(miss)

    wanted = 1 if inclination_deg is None else 2
    return solve(
        misses, np.zeros(3), [1e-6] * 3, ("perilune radius (km)", "inclination (deg)")[:wanted],
        (0.01, 1e-3)[:wanted], what="halo orbit to perilune", smallest_norm_of=(0, 1, 2), limit=50.0, settled=20.0,
        iterations=60,
    )  # fmt: skip


def _circular_burn(orbit: Nrho, epoch_s: float, burn: Array, sign: float, forces: Forces) -> float:
    _, low = _perilune(_burned(orbit.state(epoch_s), burn, sign), epoch_s, sign, forces)
    gm = float(gms_km3_s2(forces)[1])
    return float(np.linalg.norm(low[3:])) - math.sqrt(gm / float(np.linalg.norm(low[:3])))


def _record_low(
    orbit: Nrho, epoch_s: float, shot: Solution, sign: float, radius_km: float, forces: Forces, samples: int, name: str
) -> Transfer:
    state = orbit.state(epoch_s)
    gm = float(gms_km3_s2(forces)[1])
    perilune_s, low = _perilune(_burned(state, shot.unknowns, sign), epoch_s, sign, forces)
    circle = low.copy()
    circle[3:] *= math.sqrt(gm / float(np.linalg.norm(low[:3]))) / float(np.linalg.norm(low[3:]))
    path = propagate(
        _burned(state, shot.unknowns, sign), epoch_s, perilune_s - epoch_s, forces,
        output_step_s=abs(perilune_s - epoch_s) / samples, tolerance=SHOOTING_TOLERANCE,
    )  # fmt: skip
    if sign < 0.0:
        path = Trajectory(path.epochs_tdb_s[::-1], path.states[::-1], "moon", path.forces, steps=path.steps)
    halo = Maneuver("halo orbit departure" if sign > 0 else "halo orbit insertion", epoch_s, shot.unknowns)
    insertion = Maneuver(
        "low lunar orbit insertion" if sign > 0 else "low lunar orbit departure",
        perilune_s,
        sign * (circle[3:] - low[3:]),
    )
    reached, arrival_s = (circle, perilune_s) if sign > 0 else (state, epoch_s)
    low_orbit = lunar_elements(circle, perilune_s, gm)
    return Transfer(
        name,
        (halo, insertion) if sign > 0 else (insertion, halo),
        joined([path], "moon"),
        "moon",
        arrival_s,
        reached,
        lunar_elements(reached, arrival_s, gm),
        shot.residuals,
        {
            "low_orbit_altitude_km": float(np.linalg.norm(circle[:3])) - constants.RADIUS_MOON_KM,
            "low_orbit_inclination_deg": low_orbit.inclination_deg,
            "low_orbit_node_deg": low_orbit.node_deg,
            "low_orbit_normal_x": float(conics.unit(np.cross(circle[:3], circle[3:]))[0]),
            "low_orbit_normal_y": float(conics.unit(np.cross(circle[:3], circle[3:]))[1]),
            "low_orbit_normal_z": float(conics.unit(np.cross(circle[:3], circle[3:]))[2]),
            "target_radius_km": radius_km,
        },
        shot.evaluations,
    )
