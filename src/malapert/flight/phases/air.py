"""Phases in the air on the way down: an entry, what hangs under a parachute, a landing under power."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.errors import InputError
from malapert.flight.atmosphere import air
from malapert.flight.braking import brake, gravity_m_s2, level_axes
from malapert.flight.conics import unit
from malapert.flight.entry import Entry, Stop, fly_entry, state_on_turning_axes
from malapert.flight.entry_motion import EARTH, MARS, Capsule, Parachute, Planet
from malapert.flight.phases.base import Craft, Flyer, Piece, air_series, must_fly, place
from malapert.programme.phases import air as rows
from malapert.sky.rotation import rotation, state_to_icrf

Array = NDArray[np.float64]

PLANETS: Final = {"earth": EARTH, "mars": MARS}
# Less than twice the noon Sun is no heating to be marked.
WARM_W_M2: Final = 3000.0


def entry(row: rows.Entry, craft: Craft | None) -> Piece:
    """Fly into an atmosphere."""
    start = must_fly(craft, row.name)
    capsule = Capsule(start.mass_kg, row.area_m2, row.drag, row.lift_to_drag, row.nose_radius_m, row.bank)
    return _fall(row, start, capsule, replace(capsule, lift_to_drag=0.0, bank=((0.0, 0.0),)))


def parachute(row: rows.ParachutePhase, craft: Craft | None) -> Piece:
    """Hang under a canopy that opens now."""
    start = must_fly(craft, row.name)
    if start.body is None:
        raise InputError("a parachute opens behind a craft that has entered; put an entry before it")
    left_kg = start.mass_kg - row.dropped_kg
    if left_kg <= 0.0:
        raise InputError(f"{row.dropped_kg:g} kg let go of a craft of {start.mass_kg:g} kg")
    body = replace(start.body, mass_kg=left_kg)
    area_m2 = row.drag_area_m2 or _area_m2(row, planet_of(start), left_kg)
    canopy = Parachute("canopy opens", area_m2, row.inflation_s, time_s=0.0)
    piece = _fall(row, replace(start, mass_kg=left_kg), replace(body, parachutes=(canopy,)), body)
    filled = np.clip(piece.series["time_s"] / max(row.inflation_s, 1e-9), 0.0, 1.0)
    piece.values["peak_force_n"] = float((1000.0 * piece.series["dynamic_pressure_kpa"] * area_m2 * filled).max())
    return piece


def landing_burn(row: rows.LandingBurn, craft: Craft | None) -> Piece:
    """Brake to the ground."""
    start = must_fly(craft, row.name)
    planet = planet_of(start)
    turning = state_on_turning_axes(start.state, start.epoch_tdb_s, planet)
    lat_deg, lon_deg, height_km = place(start)
    axes = level_axes(lat_deg, lon_deg)
    mass_kg = start.mass_kg - row.dropped_kg
    if mass_kg <= 0.0:
        raise InputError(f"{row.dropped_kg:g} kg let go of a craft of {start.mass_kg:g} kg")
    gravity = gravity_m_s2(planet.gm_km3_s2, float(np.linalg.norm(turning[:3])))
    height_m = 1000.0 * height_km - row.ground_height_m
    flown = brake(
        height_m, 1000.0 * axes @ turning[3:], gravity, mass_kg, row.thrust_n, row.isp_s,
        touchdown_m_s=row.touchdown_m_s, gate_height_m=row.gate_height_m,
    )  # fmt: skip
    burnt_kg = float(flown.masses_kg[0] - flown.masses_kg[-1])
    if burnt_kg > row.propellant_kg:
        raise InputError(
            f"{flown.times_s[-1]:.1f} s of braking burn {burnt_kg:.1f} kg, the tanks hold {row.propellant_kg:g} kg; "
            f"begin lower or carry more"
        )
    away_m = flown.places_m - [0.0, 0.0, height_m]
    on_axes = np.hstack([turning[:3] + away_m @ axes / 1000.0, flown.velocities_m_s @ axes / 1000.0])
    epochs = start.epoch_tdb_s + flown.times_s
    marks = [("braking begins", start.epoch_tdb_s), ("on the ground", float(epochs[-1]))]
    if row.gate_height_m > 0.0:
        marks.insert(1, ("gate", start.epoch_tdb_s + flown.gate_s))
    loads_g = flown.loads_m_s2 / constants.STANDARD_GRAVITY_M_S2
    values = {
        "begin_height_m": height_m,
        "begin_air_speed_m_s": 1000.0 * float(np.linalg.norm(turning[3:])),
        "delta_v_m_s": flown.delta_v_m_s,
        "burnt_kg": burnt_kg,
        "most_thrust_n": float((flown.loads_m_s2 * flown.masses_kg).max()),
        "peak_load_g": float(loads_g.max()),
    }
    return Piece(
        row.name, row.type, start.center, epochs, state_to_icrf(on_axes, rotation(planet.frame, epochs)),
        flown.masses_kg, values, tuple(marks), {"time_s": flown.times_s, "load_g": loads_g},
        {"braking": "constant deceleration over level ground, without air"},
    )  # fmt: skip


def planet_of(craft: Craft) -> Planet:
    """The body whose air a craft is in."""
    if craft.center not in PLANETS:
        raise InputError(f"there is no air about the {craft.center}; an entry is flown about the Earth or Mars")
    return PLANETS[craft.center]


def _area_m2(row: rows.ParachutePhase, planet: Planet, mass_kg: float) -> float:
    """Drag area that lets a mass sink so fast in the air at height 0; the craft's own is small beside it."""
    density = float(air(planet.name, 0.0).density_kg_m3) * row.density_factor
    weight_n = 1000.0 * mass_kg * planet.gm_km3_s2 / planet.radius_km**2
    assert row.sink_m_s is not None
    return 2.0 * weight_n / (density * row.sink_m_s**2)


def _fall(row: rows.Fall, start: Craft, capsule: Capsule, body: Capsule) -> Piece:
    """Fly to the row's end; the piece hands on the body without its lift and its parachutes."""
    planet = planet_of(start)
    stop = None
    if row.ends_in() == "air":
        stop = Stop(row.to_height_km, row.to_mach, row.duration_s)
    flown = fly_entry(
        state_on_turning_axes(start.state, start.epoch_tdb_s, planet), capsule, planet,
        ground_km=row.ground_height_m / 1000.0, density_factor=row.density_factor, stop=stop,
    )  # fmt: skip
    epochs = start.epoch_tdb_s + flown.profile["time_s"]
    states = state_to_icrf(flown.states, rotation(planet.frame, epochs))
    states[0] = start.state
    # A peak at the first moment is none.
    shown = [one for one in flown.moments if one.time_s > 0.0 or not one.name.startswith("peak")]
    warm = flown.peak_heating_w_m2 > WARM_W_M2
    shown = [one for one in shown if one.name != "peak heating" or warm]
    marks = [(one.name, start.epoch_tdb_s + one.time_s) for one in shown]
    if stop is None:
        marks.append(("on the ground", float(epochs[-1])))
    return Piece(
        row.name, row.type, start.center, epochs, states, flown.profile["mass_kg"],
        _values(row, flown, epochs, states), tuple(marks), air_series(flown.profile), flown.models, body,
    )  # fmt: skip


def _values(row: rows.Fall, flown: Entry, epochs: Array, states: Array) -> dict[str, float]:
    series = flown.profile
    speed, climb = series["speed_m_s"], series["flight_path_deg"]
    inertial = float(np.linalg.norm(states[0, 3:]))
    up = float(np.arcsin(np.clip(unit(states[0, :3]) @ states[0, 3:] / max(inertial, 1e-12), -1.0, 1.0)))
    values = {
        "begin_speed_km_s": inertial,
        "begin_flight_path_deg": float(np.degrees(up)),
        "begin_air_speed_km_s": float(speed[0]) / 1000.0,
        "begin_air_flight_path_deg": float(climb[0]),
        "begin_mach": float(series["mach"][0]),
        "begin_q_kpa": float(series["dynamic_pressure_pa"][0]) / 1000.0,
        "peak_load_g": flown.peak_g,
        "peak_load_utc": float(epochs[series["load_g"].argmax()]),
        "peak_q_kpa": flown.peak_pressure_pa / 1000.0,
        "peak_heating_kw_m2": flown.peak_heating_w_m2 / 1000.0,
        "heat_load_mj_m2": flown.heat_load_j_m2 / 1e6,
        "range_km": flown.range_km,
        "end_air_speed_m_s": float(speed[-1]),
        "end_sink_m_s": -float(speed[-1] * np.sin(np.radians(climb[-1]))),
        "end_mach": float(series["mach"][-1]),
        "end_q_kpa": float(series["dynamic_pressure_pa"][-1]) / 1000.0,
    }
    for k, height_km in enumerate(row.heights_km, start=1):
        values |= _at_height(k, height_km, series, epochs)
    return values


def _at_height(k: int, height_km: float, series: dict[str, Array], epochs: Array) -> dict[str, float]:
    """When and how fast a height is last passed on the way down."""
    below = series["height_km"] <= height_km
    down = np.flatnonzero(~below[:-1] & below[1:])
    if not len(down):
        first, last = series["height_km"][[0, -1]]
        raise InputError(f"heights_km: {height_km:g} km is not passed on the way from {first:.3f} to {last:.3f} km")
    j = int(down[-1])
    high, low = series["height_km"][j : j + 2]
    share = float((high - height_km) / (high - low))
    speed = series["speed_m_s"]
    return {
        f"height_{k}_utc": float(epochs[j] + share * (epochs[j + 1] - epochs[j])),
        f"height_{k}_air_speed_m_s": float(speed[j] + share * (speed[j + 1] - speed[j])),
    }


AIR: dict[str, Flyer] = {"entry": entry, "parachute": parachute, "landing_burn": landing_burn}
