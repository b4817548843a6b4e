"""What is said of a designed transfer: the answer as plain data for JSON, and as brief tables."""

import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants, data
from malapert.errors import InputError
from malapert.flight import Elements, Transfer
from malapert.flight.elements import icrf_to_moon_fixed
from malapert.flight.mars_plan import RADIUS_MARS_KM
from malapert.flight.powered import Site
from malapert.flight.review import Review
from malapert.flight.site_pass import crossrange_series_deg, wait_over_site_s
from malapert.report.terminal import print_figures, print_note, print_pairs
from malapert.report.wording import fixed, minute, number, quantity, when

Array = NDArray[np.float64]

RADII_KM: Final = {
    "earth": constants.RADIUS_EARTH_EQUATOR_KM, "moon": constants.RADIUS_MOON_KM, "mars": RADIUS_MARS_KM,
    "sun": constants.RADIUS_SUN_KM,
}  # fmt: skip
EQUATORS: Final = {
    "earth": "the Earth's equator of date", "moon": "the Moon's equator (MOON_PA)", "mars": "Mars's equator (IAU)",
}  # fmt: skip
# In the JSON only.
UNPRINTED: Final = ("low_orbit_normal_x", "low_orbit_normal_y", "low_orbit_normal_z", "target_radius_km")
# What a designer's fact is called where its key would not say enough.
C3: Final = "injection_c3_km2_s2"
SAID: Final = {
    C3: "C3 after the first burn",
    "arrival_latitude_deg": "lunar latitude at arrival",
    "approach_excess_speed_km_s": "excess speed at the Moon",
    "halo_orbit_gap_km": "largest break in the halo orbit",
    "out_h": "to perilune",
    "back_h": "from perilune to entry",
}


def transfer_answer(transfer: Transfer, flown: Review, site: tuple[str, Site] | None = None) -> dict[str, Any]:
    """Burns, times, orbits at both ends, figures, closest approaches, checks, and what it all rests on."""
    facts = {key: value for key, value in transfer.facts.items() if key != C3 and not key.endswith("_tdb_s")}
    leaving = flown.departure
    answer: dict[str, Any] = {
        "name": transfer.name,
        "departure_utc": _utc(transfer.departure_tdb_s),
        "departure_tdb_s": transfer.departure_tdb_s,
        "arrival_utc": _utc(transfer.arrival_tdb_s),
        "arrival_tdb_s": transfer.arrival_tdb_s,
        "duration_d": transfer.duration_d,
        "delta_v_m_s": transfer.delta_v_m_s,
        "maneuvers": [
            {
                "name": one.name,
                "epoch_utc": _utc(one.epoch_tdb_s),
                "epoch_tdb_s": one.epoch_tdb_s,
                "delta_v_m_s": one.delta_v_m_s,
                "delta_v_icrf_km_s": one.delta_v_icrf_km_s.tolist(),
                "from_departure_d": (one.epoch_tdb_s - transfer.departure_tdb_s) / constants.SECONDS_PER_DAY,
            }
            for one in transfer.maneuvers
        ],
        "departure": _end(leaving.body, leaving.epoch_tdb_s, leaving.state, leaving.elements),
        "arrival": _end(
            transfer.arrival_body, transfer.arrival_tdb_s, transfer.arrival_state, transfer.arrival_elements
        ),
        "figures": {C3: leaving.c3_km2_s2} | facts,
        "closest_approaches": [
            {
                "body": one.body,
                "epoch_utc": _utc(one.epoch_tdb_s),
                "altitude_km": one.radius_km - RADII_KM[one.body],
                "latitude_deg": _latitude_deg(one.state, one.epoch_tdb_s) if one.body == "moon" else None,
            }
            for one in flown.approaches
        ],
        "residuals": transfer.residuals,
        "flown_again": {"misses_m": list(flown.misses_m), "misses_mm_s": list(flown.misses_mm_s)},
        "search": {"arcs_flown": transfer.arcs_flown},
        "frame": "ICRF axes, TDB seconds past J2000; UTC beside them",
        "forces": transfer.trajectory.forces,
        "kernels": [data.ephemeris().name, data.manifest()["files"]["leap_seconds.npz"]["what"]],
    }
    if transfer.arrival_body == "moon":
        answer["figures"]["arrival_latitude_deg"] = _latitude_deg(transfer.arrival_state, transfer.arrival_tdb_s)
    if site is not None:
        answer["site"] = _site(transfer, *site)
    return answer


def _utc(tdb_s: float) -> str:
    return f"{when(tdb_s)}Z"


def _latitude_deg(moon_to_craft: Array, epoch_tdb_s: float) -> float:
    """Latitude (MOON_PA) under a lunar state."""
    fixed_km = icrf_to_moon_fixed(epoch_tdb_s) @ moon_to_craft[:3]
    return math.degrees(math.asin(fixed_km[2] / float(np.linalg.norm(fixed_km))))


def _end(body: str, epoch_tdb_s: float, state: Array, elements: Elements) -> dict[str, Any]:
    radius = RADII_KM[body]
    return {
        "body": body,
        "epoch_utc": _utc(epoch_tdb_s),
        "position_icrf_km": state[:3].tolist(),
        "velocity_icrf_km_s": state[3:6].tolist(),
        "periapsis_altitude_km": elements.periapsis_radius_km - radius,
        "apoapsis_altitude_km": elements.apoapsis_radius_km - radius,
        "elements": asdict(elements),
        "elements_over": EQUATORS[body],
    }


def _site(transfer: Transfer, name: str, site: Site) -> dict[str, Any]:
    """How far the site lies from the orbit's plane at arrival, and when the Moon has turned it under the plane."""
    epoch, state = transfer.arrival_tdb_s, transfer.arrival_state
    wait_s = wait_over_site_s(state, epoch, site)
    angle = crossrange_series_deg(state, epoch, site, np.array([epoch]))
    return {
        "name": name,
        "lat_deg": site.lat_deg,
        "lon_deg": site.lon_deg,
        "angle_to_plane_at_arrival_deg": float(angle[0]),
        "first_within_half_a_degree_utc": _utc(epoch + wait_s),
        "wait_d": wait_s / constants.SECONDS_PER_DAY,
    }


def begun(text: str) -> str:
    """Text with a capital to begin with."""
    return text[:1].upper() + text[1:]


def transfer_line(answer: dict[str, Any]) -> str:
    """A transfer in one line."""
    burns = " + ".join(fixed(one["delta_v_m_s"], 0) for one in answer["maneuvers"])
    return (
        f"{_minute(answer['departure_tdb_s'])} to {_minute(answer['arrival_tdb_s'])}, "
        f"{fixed(answer['duration_d'], 2)} d; {burns} m/s; {answer['forces']['ephemeris']}"
    )


def write_oem(transfer: Transfer, path: Path) -> None:
    """The path as an orbit ephemeris message, one segment a coast: states jump at burns."""
    from malapert.data.oem import Oem
    from malapert.data.oem_text import oem_text
    from malapert.flight.trajectory_files import Labels, oem_segment

    flown = transfer.trajectory
    cuts = np.flatnonzero(np.diff(flown.epochs_tdb_s) <= 0.0) + 1
    labels = Labels(transfer.name.upper())
    segments = tuple(
        oem_segment(replace(flown, epochs_tdb_s=t, states=states, _views={}), labels)
        for t, states in zip(np.split(flown.epochs_tdb_s, cuts), np.split(flown.states, cuts), strict=True)
        if len(t) > 1
    )
    message = Oem("2.0", str(np.datetime64("now", "s")), "MALAPERT", segments)
    try:
        path.write_text(oem_text(message), encoding="ascii")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error


def print_transfer(answer: dict[str, Any]) -> None:
    """The same as tables."""
    title = f"{begun(answer['name'])}: {fixed(answer['delta_v_m_s'], 1)} m/s in {fixed(answer['duration_d'], 2)} d"
    rows: list[tuple[str, ...]] = [
        (one["name"], _minute(one["epoch_tdb_s"]), fixed(one["from_departure_d"], 3), fixed(one["delta_v_m_s"], 1))
        for one in answer["maneuvers"]
    ]
    rows.append(("arrival", _minute(answer["arrival_tdb_s"]), fixed(answer["duration_d"], 3), ""))
    print_figures(title, ("burn", "UTC", "day", "m/s"), rows)
    print_pairs("Orbits at the ends", [_orbit_row(end, answer[end]) for end in ("departure", "arrival")])
    print_pairs("Figures", [_figure(key, value) for key, value in answer["figures"].items() if key not in UNPRINTED])
    if answer["closest_approaches"]:
        print_figures(
            "Closest approaches while coasting", ("body", "UTC", "altitude, km"),
            [(one["body"], one["epoch_utc"][:16].replace("T", " "), fixed(one["altitude_km"], 1))
             for one in answer["closest_approaches"]],
        )  # fmt: skip
    if "site" in answer:
        site = answer["site"]
        print_note(
            f"{site['name']} ({site['lat_deg']:g}, {site['lon_deg']:g}) lies "
            f"{abs(site['angle_to_plane_at_arrival_deg']):.2f} deg from the plane at arrival; within half a degree "
            f"from {site['first_within_half_a_degree_utc'][:16]}, {site['wait_d']:.2f} d later"
        )
    missed = ", ".join(f"{name} {number(value, 2)}" for name, value in answer["residuals"].items())
    again = ", ".join(f"{number(value, 2)} m" for value in answer["flown_again"]["misses_m"])
    print_note(f"Left over: {missed}. Flown again apart from the designer, its coasts end within {again}.")
    forces = answer["forces"]
    print_note(
        f"{answer['frame']}; {forces['ephemeris']}; Moon: {forces['moon_field']}; Earth: {forces['earth_field']}; "
        f"third bodies: {forces['third_bodies']}"
    )


def _minute(tdb_s: float) -> str:
    return minute(when(tdb_s))


def _orbit_row(end: str, orbit: dict[str, Any]) -> tuple[str, str, str]:
    low, high = orbit["periapsis_altitude_km"], orbit["apoapsis_altitude_km"]
    shape = f"{fixed(low, 1)} x {fixed(high, 1) if math.isfinite(high) else 'open'} km"
    over = f"over {orbit['elements_over']}"
    return f"{end}: {begun(orbit['body'])}", shape, f"{fixed(orbit['elements']['inclination_deg'], 2)} deg {over}"


def _figure(key: str, value: float) -> tuple[str, str, str]:
    name, unit = quantity(key)
    return SAID.get(key, name), number(float(value), 5), unit
