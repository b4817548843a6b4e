"""Phases in space: states and orbits to start from, coasting, burning, impulses, things let go."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.data.pack import GravityField
from malapert.errors import InputError
from malapert.flight.elements import Elements, elements_from_state, state_from_elements
from malapert.flight.entry_motion import MARS
from malapert.flight.events import EventRule
from malapert.flight.forces import NO_FIELDS, Forces, own_fields
from malapert.flight.maneuvers import Burn as BurnLaw
from malapert.flight.maneuvers import Impulse as Jump
from malapert.flight.maneuvers import fly_maneuvers
from malapert.flight.phases.base import EQUATORS_KM, Craft, Flyer, Piece, moved_states, must_fly, said
from malapert.flight.propagate import Trajectory, propagate
from malapert.flight.rocket import delta_v_m_s, propellant_kg
from malapert.flight.state_file import state_from_table
from malapert.flight.surface import Craft as Surfaces
from malapert.programme.phases import orbital as rows
from malapert.sky.rotation import rotation
from malapert.sky.time import tdb_s

Array = NDArray[np.float64]

GMS_KM3_S2 = {
    "earth": constants.GM_EARTH_KM3_S2,
    "moon": constants.GM_MOON_KM3_S2,
    "mars": constants.GM_MARS_SYSTEM_KM3_S2,
    "sun": constants.GM_SUN_KM3_S2,
}
FIXED = {"earth": "ITRF", "moon": "MOON_ME", "mars": "MARS"}
# States on a coast's path: enough to see and to search, spread over its length.
STATES = 2000
BURN_STATES = 100
# An epoch written to the millisecond is the same epoch.
SAME_S = 2e-3


def epoch_s(epoch: Any) -> float:
    """TDB seconds of a declared epoch."""
    return float(tdb_s(epoch.replace(tzinfo=None).isoformat() + "Z"))


def state(row: rows.State, craft: Craft | None) -> Piece:
    """Begin with a published state, or go on from one."""
    table = {
        "epoch": row.epoch.replace(tzinfo=None).isoformat() + "Z",
        "time_scale": "UTC",
        "center": row.center,
        "frame": row.frame,
        "position_km": list(row.position_km),
        "velocity_km_s": list(row.velocity_km_s),
    }
    given = state_from_table(table)
    mass_kg = row.mass_kg or (1000.0 if craft is None else craft.mass_kg)
    here = Craft(given.epoch_tdb_s, given.state_icrf, row.center, mass_kg)
    if craft is None:
        return _begin(row, here, {})
    if abs(craft.epoch_tdb_s - here.epoch_tdb_s) > SAME_S:
        raise InputError(
            f"the flight is taken up again at {said(here.epoch_tdb_s)}, and the phase before it ends at "
            f"{said(craft.epoch_tdb_s)}; coast until then"
        )
    off = here.state - craft.about(here.center).state
    return _begin(
        row, here, {"off_km": float(np.linalg.norm(off[:3])), "off_m_s": 1000.0 * float(np.linalg.norm(off[3:]))}
    )


def orbit(row: rows.Orbit, craft: Craft | None) -> Piece:
    """Begin in a published orbit."""
    t = epoch_s(row.epoch)
    radius_km = row.mean_radius_km or EQUATORS_KM[row.center]
    low, high = radius_km + row.periapsis_km, radius_km + row.apoapsis_km
    elements = Elements(
        0.5 * (low + high), (high - low) / (high + low), row.inclination_deg, row.node_deg,
        row.periapsis_argument_deg, row.anomaly_deg,
    )  # fmt: skip
    on_equator = state_from_elements(elements, GMS_KM3_S2[row.center])
    turn = equator(row.center, t)
    start = Craft(t, np.concatenate([turn.T @ on_equator[:3], turn.T @ on_equator[3:]]), row.center, row.mass_kg)
    return _begin(row, start, {"period_min": elements.period_s(GMS_KM3_S2[row.center]) / 60.0})


def equator(center: str, t_tdb_s: float) -> Array:
    """ICRF to the body's equator of date (3, 3): x towards its ascending node on the ICRF equator, z its pole."""
    if center == "sun":
        return np.eye(3)
    pole = rotation(FIXED[center], t_tdb_s).matrix[2]
    node = np.cross([0.0, 0.0, 1.0], pole)
    # Of the Earth the node is the equinox to a few arcminutes, and x is taken from ICRF's own.
    node = np.array([1.0, 0.0, 0.0]) - pole[0] * pole if center == "earth" else node
    x = node / np.linalg.norm(node)
    return np.array([x, np.cross(pole, x), pole])


def _begin(row: Any, start: Craft, values: dict[str, float]) -> Piece:
    return Piece(
        row.name, row.type, start.center, np.array([start.epoch_tdb_s]), start.state[None], np.array([start.mass_kg]),
        values | orbit_values(start) if row.type == "orbit" else values,
    )  # fmt: skip


def orbit_values(craft: Craft) -> dict[str, float]:
    """Osculating orbit of a craft about its body; inclination to the body's equator."""
    gm, turn = GMS_KM3_S2[craft.center], equator(craft.center, craft.epoch_tdb_s)
    on_equator = np.concatenate([turn @ craft.state[:3], turn @ craft.state[3:]])
    elements = elements_from_state(on_equator, gm)
    speed, r = np.linalg.norm(craft.state[3:]), np.linalg.norm(craft.state[:3])
    climb = float(craft.state[:3] @ craft.state[3:] / (r * speed))
    return {
        "end_period_min": elements.period_s(gm) / 60.0,
        "end_periapsis_height_km": elements.periapsis_radius_km - EQUATORS_KM[craft.center],
        "end_apoapsis_height_km": elements.apoapsis_radius_km - EQUATORS_KM[craft.center],
        "end_inclination_deg": elements.inclination_deg,
        "end_c3_km2_s2": float(speed**2 - 2.0 * gm / r),
        "end_flight_path_deg": float(np.degrees(np.arcsin(np.clip(climb, -1.0, 1.0)))),
    }


def coast(row: rows.Coast, craft: Craft | None) -> Piece:
    """Fall free until a time or an event."""
    start = must_fly(craft, row.name)
    if row.to_center is not None:
        start = start.about(row.to_center)
    forces = _forces(row, start)
    rules: tuple[EventRule, ...] = ()
    length = row.duration_s or row.longest_s
    if row.until is not None:
        length = epoch_s(row.until) - start.epoch_tdb_s
        if length <= 0.0:
            raise InputError(f"phase {row.name}: it is {said(start.epoch_tdb_s)} when the coast to {row.until} begins")
    if row.event is not None:
        body = "moon" if row.event == "moon_periapsis" else start.center
        rules = (EventRule(row.event.removeprefix("moon_"), body, row.height_km or 0.0, stop_after=1),)
    flown = propagate(
        start.state, start.epoch_tdb_s, length, forces, center=start.center, output_step_s=max(length / STATES, 1.0),
        rules=rules,
    )  # fmt: skip
    if rules and not flown.stopped_by_event:
        raise InputError(f"phase {row.name}: no {rules[0].words()} within {length / 86400.0:.3g} d")
    path = _fine(flown, start, forces) if rules else flown
    end = Craft(path.end_tdb_s, path.end_state, start.center, start.mass_kg)
    masses = np.full(path.epochs_tdb_s.size, start.mass_kg)
    return Piece(
        row.name, row.type, start.center, path.epochs_tdb_s, path.states, masses,
        _path_values(path, start.center) | orbit_values(end), models=path.forces,
    )  # fmt: skip


def _fine(flown: Trajectory, start: Craft, forces: Forces) -> Trajectory:
    """The same arc with as many states when it ended long before it might have."""
    length = flown.end_tdb_s - start.epoch_tdb_s
    step = max(length / STATES, 1.0)
    return propagate(start.state, start.epoch_tdb_s, length, forces, center=start.center, output_step_s=step)


def _forces(row: rows.Coast, start: Craft) -> Forces:
    craft = None
    if row.sun_area_m2 or row.drag_area_m2:
        craft = Surfaces(start.mass_kg, row.sun_area_m2, 1.0, row.drag_area_m2, 1.0)
    far = start.center in ("sun", "mars")
    return Forces(
        row.moon_degree, row.earth_degree, venus=far, mars=far, jupiter=far, saturn=far, craft=craft,
        mars_degree=row.mars_degree, fields=own_fields(mars=_mars_field()) if row.mars_degree else NO_FIELDS,
    )  # fmt: skip


@cache
def _mars_field() -> GravityField:
    """The bulge of Mars alone, as entries have it."""
    c = np.zeros((3, 3))
    c[0, 0], c[2, 0] = 1.0, -MARS.j2 / np.sqrt(5.0)
    return GravityField("J2 of GMM-3 (Genova et al. 2016)", "MARS", MARS.gm_km3_s2, MARS.radius_km, c, np.zeros((3, 3)))


def _path_values(path: Trajectory, center: str) -> dict[str, float]:
    """Extremes of a path, by the greatest and least of its states with a parabola through each."""
    t = path.epochs_tdb_s
    own = np.linalg.norm(path.states[:, :3], axis=1)
    ways = path.states[:, :3] / own[:, None]
    low, high = _extreme(t, own, -1.0), _extreme(t, own, 1.0)
    values = {
        "periapsis_height_km": low[1] - EQUATORS_KM[center],
        "periapsis_utc": low[0],
        "apoapsis_height_km": high[1] - EQUATORS_KM[center],
        "revolutions": float(np.arccos(np.clip(np.sum(ways[1:] * ways[:-1], axis=1), -1.0, 1.0)).sum() / (2.0 * np.pi)),
    }
    if center in ("earth", "moon"):
        from_earth = np.linalg.norm(moved_states(path.states, t, center, "earth")[:, :3], axis=1)
        from_moon = np.linalg.norm(moved_states(path.states, t, center, "moon")[:, :3], axis=1)
        far, near, out = _extreme(t, from_earth, 1.0), _extreme(t, from_moon, -1.0), _extreme(t, from_moon, 1.0)
        values |= {
            "greatest_earth_distance_km": far[1],
            "greatest_earth_distance_utc": far[0],
            "least_moon_distance_km": near[1],
            "least_moon_height_km": near[1] - EQUATORS_KM["moon"],
            "greatest_moon_distance_km": out[1],
        }
    return values


def _extreme(t: Array, values: Array, sign: float) -> tuple[float, float]:
    """When and how much the greatest (1) or least (-1) of a series is."""
    k = int(np.argmax(sign * values))
    if not 0 < k < t.size - 1:
        return float(t[k]), float(values[k])
    x = t[k - 1 : k + 2] - t[k]
    a, b, c = np.polyfit(x, values[k - 1 : k + 2], 2)
    top = float(np.clip(-b / (2.0 * a), x[0], x[2])) if a != 0.0 else 0.0
    return float(t[k] + top), float(a * top * top + b * top + c)


def burn(row: rows.Burn, craft: Craft | None) -> Piece:
    """Burn an engine; one that asks for more than the tanks hold is refused."""
    start = must_fly(craft, row.name)
    direction = {"velocity": (1.0, 0.0, 0.0), "against_velocity": (-1.0, 0.0, 0.0)}.get(row.along) or row.direction
    assert direction is not None
    unit = np.array(direction) / np.linalg.norm(direction)
    law = BurnLaw(
        0.0, row.thrust_n, row.isp_s, (float(unit[0]), float(unit[1]), float(unit[2])),
        "ICRF" if row.along == "direction" else "VNB", row.delta_v_m_s or np.inf, row.duration_s or np.inf,
    )  # fmt: skip
    flown, masses, end = _burnt(row, start, law)
    meant = end
    if row.planned_duration_s is not None:
        plan = replace(law, delta_v_m_s=np.inf, duration_s=row.planned_duration_s)
        _, _, meant = _burnt(row, start, plan)
    planned = orbit_values(meant)
    values = {
        "delta_v_m_s": delta_v_m_s(start.mass_kg, end.mass_kg, row.isp_s),
        "burnt_kg": start.mass_kg - end.mass_kg,
        "planned_delta_v_m_s": delta_v_m_s(start.mass_kg, meant.mass_kg, row.isp_s),
        "planned_periapsis_height_km": planned["end_periapsis_height_km"],
        "planned_apoapsis_height_km": planned["end_apoapsis_height_km"],
    }
    return Piece(
        row.name, row.type, start.center, flown.epochs_tdb_s, flown.states, masses, values | orbit_values(end),
        (("ignition", start.epoch_tdb_s), ("cutoff", end.epoch_tdb_s)), models=flown.forces,
    )  # fmt: skip


def _burnt(row: rows.Burn, start: Craft, law: BurnLaw) -> tuple[Trajectory, Array, Craft]:
    """The arc of a burn, its masses, and the craft at its end."""
    length, _ = law.time_s(start.mass_kg)
    used_kg = row.thrust_n / (row.isp_s * constants.STANDARD_GRAVITY_M_S2) * length
    must_hold(used_kg, row.propellant_kg, start.mass_kg, f"{length:.1f} s at {row.thrust_n:g} N")
    forces = Forces(row.moon_degree, craft=Surfaces(start.mass_kg))
    flown = fly_maneuvers(
        start.state, start.epoch_tdb_s, length, forces, [law], center=start.center, output_step_s=length / BURN_STATES
    )
    assert flown.masses_kg is not None
    return flown, flown.masses_kg, Craft(flown.end_tdb_s, flown.end_state, start.center, float(flown.masses_kg[-1]))


def must_hold(used_kg: float, propellant_kg: float | None, mass_kg: float, what: str) -> None:
    """Refuse to burn more than the tanks hold, or all of the craft."""
    if used_kg > (propellant_kg or np.inf) * (1.0 + 1e-9) or used_kg >= mass_kg:
        held = f"the craft has {mass_kg:g} kg"
        if propellant_kg is not None:
            held = f"the tanks hold {propellant_kg:g} kg of the craft's {mass_kg:g} kg"
        raise InputError(f"{what} burn {used_kg:.1f} kg, {held}; burn less or carry more")


def spent_kg(mass_kg: float, delta_v: float, isp_s: float, propellant: float | None = None) -> float:
    """What a burn of delta_v (m/s) uses: nothing where it is not counted (an impulse of 0 s)."""
    if not isp_s:
        return 0.0
    used = propellant_kg(mass_kg, abs(delta_v), isp_s)
    must_hold(used, propellant, mass_kg, f"the {abs(delta_v):.0f} m/s")
    return used


def impulse(row: rows.Impulse, craft: Craft | None) -> Piece:
    """Change the velocity at once."""
    start = must_fly(craft, row.name)
    forces = Forces(craft=Surfaces(start.mass_kg))
    jump = Jump(0.0, row.delta_v_m_s, row.axes, row.isp_s)
    flown = fly_maneuvers(start.state, start.epoch_tdb_s, 1e-3, forces, [jump], center=start.center)
    assert flown.masses_kg is not None
    end = Craft(flown.end_tdb_s, flown.end_state, start.center, float(flown.masses_kg[-1]))
    return Piece(
        row.name, row.type, start.center, flown.epochs_tdb_s[-1:], flown.states[-1:], flown.masses_kg[-1:],
        orbit_values(end),
    )  # fmt: skip


def plane_change(row: rows.PlaneChange, craft: Craft | None) -> Piece:
    """Turn the velocity about the radius until the plane has an inclination."""
    start = must_fly(craft, row.name)
    place, velocity = start.state[:3], start.state[3:]
    up, pole = place / np.linalg.norm(place), equator(start.center, start.epoch_tdb_s)[2]
    level = velocity - (velocity @ up) * up
    latitude = np.arcsin(np.clip(up @ pole, -1.0, 1.0))
    sine = np.cos(np.radians(row.inclination_deg)) / np.cos(latitude)
    if abs(sine) > 1.0:
        raise InputError(
            f"at {np.degrees(latitude):.1f} deg from the equator no plane is inclined {row.inclination_deg:g} deg; "
            f"turn it nearer to the equator"
        )
    east = np.cross(pole, up) / np.linalg.norm(np.cross(pole, up))
    north = np.cross(up, east)
    way = sine * east + (-1.0 if row.southbound else 1.0) * np.sqrt(1.0 - sine * sine) * north
    jump = float(np.linalg.norm(level)) * way - level
    delta_v = 1000.0 * float(np.linalg.norm(jump))
    left_kg = start.mass_kg - (propellant_kg(start.mass_kg, delta_v, row.isp_s) if row.isp_s else 0.0)
    end = Craft(start.epoch_tdb_s, np.concatenate([place, velocity + jump]), start.center, left_kg)
    return Piece(
        row.name, row.type, start.center, np.array([end.epoch_tdb_s]), end.state[None], np.array([left_kg]),
        {"delta_v_m_s": delta_v} | orbit_values(end),
    )  # fmt: skip


def stage(row: rows.Stage, craft: Craft | None) -> Piece:
    """Let something go."""
    start = must_fly(craft, row.name)
    left_kg = start.mass_kg - row.dropped_kg if row.dropped_kg is not None else row.keeps_kg
    assert left_kg is not None
    if left_kg <= 0.0 or (row.keeps_kg is not None and left_kg > start.mass_kg):
        raise InputError(f"a craft of {start.mass_kg:g} kg cannot let {start.mass_kg - left_kg:g} kg go")
    gone_kg = start.mass_kg - left_kg
    left = {}
    if row.left_as is not None:
        if gone_kg <= 0.0:
            raise InputError(f"nothing is let go that could fly on as {row.left_as}")
        left = {row.left_as: Craft(start.epoch_tdb_s, start.state, start.center, gone_kg)}
    return Piece(
        row.name, row.type, start.center, np.array([start.epoch_tdb_s]), start.state[None], np.array([left_kg]), {},
        left=left,
    )  # fmt: skip


ORBITAL: dict[str, Flyer] = {
    "state": state, "orbit": orbit, "coast": coast, "burn": burn, "impulse": impulse, "stage": stage,
    "plane_change": plane_change,
}  # fmt: skip
