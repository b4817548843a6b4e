"""Hovering on a rotor: up from the ground, a while at a height, and down again."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert.errors import InputError
from malapert.flight.atmosphere import GAMMAS, GAS_CONSTANTS_J_KG_K
from malapert.flight.braking import gravity_m_s2, level_axes
from malapert.flight.phases.air import PLANETS
from malapert.flight.phases.base import ELLIPSOIDS, Craft, Flyer, Piece, place
from malapert.flight.phases.orbital import epoch_s
from malapert.flight.rotor import Rotor
from malapert.programme.phases import air as rows
from malapert.sky.rotation import rotation, state_to_icrf

Array = NDArray[np.float64]

SAMPLES: Final = 20


def hover(row: rows.Hover, craft: Craft | None) -> Piece:
    """Hover; the thrust is the weight all the way."""
    body, start_s, lat_deg, lon_deg, ground_km = _ground(row, craft)
    planet = PLANETS[body]
    up = level_axes(lat_deg, lon_deg)[2]
    ground = _fixed(lat_deg, lon_deg, ground_km, body)
    spin = np.array([0.0, 0.0, planet.rate_rad_s])
    # What the rotor carries: the pull of the planet less what its turning takes off.
    pull = gravity_m_s2(planet.gm_km3_s2, float(np.linalg.norm(ground)))
    turning = 1000.0 * float(np.cross(spin, np.cross(spin, ground)) @ up)
    thrust_n = row.mass_kg * (pull + turning)
    gas = GAS_CONSTANTS_J_KG_K[body]
    density = 1000.0 * row.pressure_kpa / (gas * row.temperature_k)
    rotor = Rotor(row.radius_m, row.blades, row.chord, row.blade_drag, row.rotors, row.induced_factor, row.interference)
    tip = rotor.tip_speed_m_s(thrust_n, density, row.blade_loading)
    mach = tip / math.sqrt(GAMMAS[body] * gas * row.temperature_k)
    if mach >= 1.0:
        raise InputError(f"its tips would move at Mach {mach:.2f} to carry {thrust_n:.2f} N; give it more blade")
    induced, profile = rotor.induced_power_w(thrust_n, density), rotor.profile_power_w(tip, density)
    shaft = induced + profile
    battery = shaft / row.drive_efficiency + row.other_power_w
    ideal = rotor.ideal_power_w(thrust_n, density)
    values = {
        "thrust_n": thrust_n,
        "density_kg_m3": density,
        "solidity": rotor.solidity,
        "tip_speed_m_s": tip,
        "rotor_speed_rpm": tip / row.radius_m * 30.0 / math.pi,
        "tip_mach": mach,
        "ideal_power_w": ideal,
        "induced_power_w": induced,
        "profile_power_w": profile,
        "shaft_power_w": shaft,
        "figure_of_merit": ideal / math.sqrt(row.rotors) / shaft,
        "battery_power_w": battery,
        "battery_energy_kwh": battery * row.duration_s / 3.6e6,
    }
    rise = 0.5 * (row.duration_s - row.hover_s)
    corners = np.array([0.0, rise, rise + row.hover_s, row.duration_s])
    times = np.unique(np.concatenate([corners, np.linspace(0.0, row.duration_s, SAMPLES)]))
    height = np.interp(times, corners, [0.0, row.height_m, row.height_m, 0.0])
    climb = np.where(times < rise, 1.0, np.where(times < rise + row.hover_s, 0.0, -1.0)) * row.height_m / rise
    climb[-1] = 0.0
    states = np.hstack([ground + height[:, None] * up / 1000.0, climb[:, None] * up / 1000.0])
    epochs = start_s + times
    return Piece(
        row.name, row.type, body, epochs, state_to_icrf(states, rotation(planet.frame, epochs)),
        np.full(len(times), row.mass_kg), values,
        (("off the ground", start_s), ("at its height", start_s + rise), ("sinks", start_s + rise + row.hover_s),
         ("on the ground", float(epochs[-1]))),
        models={"rotor": "momentum theory and blade elements (Leishman 2006), air at rest"},
    )  # fmt: skip


def _ground(row: rows.Hover, craft: Craft | None) -> tuple[str, float, float, float, float]:
    """Body, epoch, latitude, longitude and height (km) it rises from."""
    if craft is not None and row.lat_deg is None and row.lon_deg is None:
        lat_deg, lon_deg, height_km = place(craft)
        start_s = craft.epoch_tdb_s if row.start is None else epoch_s(row.start)
        return craft.center, start_s, lat_deg, lon_deg, height_km
    if craft is not None:
        raise InputError("lat_deg and lon_deg are where the phase before ends; leave them out")
    if row.start is None or row.lat_deg is None or row.lon_deg is None:
        raise InputError("a hover that begins a flight needs start, lat_deg and lon_deg")
    return row.body, epoch_s(row.start), row.lat_deg, row.lon_deg, row.ground_height_m / 1000.0


def _fixed(lat_deg: float, lon_deg: float, height_km: float, body: str) -> Array:
    """A place (3,) on the axes that turn with a body, of its geodetic latitude."""
    equator_km, flattening = ELLIPSOIDS[body]
    e2, (lat, lon) = flattening * (2.0 - flattening), np.radians([lat_deg, lon_deg])
    normal = equator_km / math.sqrt(1.0 - e2 * math.sin(lat) ** 2)
    level = (normal + height_km) * math.cos(lat)
    return np.array([level * math.cos(lon), level * math.sin(lon), (normal * (1.0 - e2) + height_km) * math.sin(lat)])


HOVER: dict[str, Flyer] = {"hover": hover}
