"""Phases from the ground to a target in orbit: waiting for its plane, a staged ascent or its outcome, rendezvous."""

import math
from typing import Any, Final

import erfa
import numpy as np
from numpy.typing import NDArray
from sgp4.api import SGP4_ERRORS, Satrec, jday

from malapert import constants
from malapert.errors import InputError
from malapert.flight.conics import unit
from malapert.flight.entry_motion import EARTH as EARTH_BODY
from malapert.flight.forces import Forces
from malapert.flight.launch import Launch, fly_launch
from malapert.flight.launch_sequence import plane_over
from malapert.flight.launch_vehicle import (
    MOON,
    Drop,
    Engine,
    GravityTurn,
    Guided,
    Kick,
    Pad,
    PitchTable,
    Stage,
    Steering,
    Target,
    Vehicle,
)
from malapert.flight.phases.base import EQUATORS_KM, Craft, Flyer, Piece, air_series, must_fly, place, said
from malapert.flight.phases.meeting import met
from malapert.flight.phases.orbital import epoch_s, orbit_values
from malapert.flight.propagate import propagate
from malapert.programme.phases import earth as rows
from malapert.sky import frames
from malapert.sky.rotation import rotation
from malapert.sky.time import ut1_s, utc

Array = NDArray[np.float64]

BODIES: Final = {"earth": EARTH_BODY, "moon": MOON}
DAY_S: Final = constants.SECONDS_PER_DAY
# A craft may have been weighed to a kilogram or so.
SAME_KG: Final = 1.0


def ascent(row: rows.Ascent, craft: Craft | None) -> Piece:
    """Fly a launcher off its pad, or a craft off the ground it stands on."""
    liftoff_s, pad, body = _pad(row, craft)
    planet = BODIES[body]
    vehicle = _vehicle(row)
    if craft is not None and vehicle.mass_kg > craft.mass_kg + SAME_KG:
        raise InputError(f"its stages and payload are {vehicle.mass_kg:.0f} kg, the craft has {craft.mass_kg:.0f} kg")
    launch = fly_launch(vehicle, pad, planet, coast_s=row.coast_s)
    profile = launch.profile
    turn = rotation(planet.frame, liftoff_s).matrix
    states = np.hstack([launch.states[:, :3] @ turn, launch.states[:, 3:] @ turn])
    _, states[-1] = launch.state_icrf(liftoff_s)
    end = Craft(liftoff_s + launch.duration_s, states[-1], body, launch.mass_kg)
    masses = profile["mass_kg"].copy()
    masses[-1] = launch.mass_kg
    keep = np.append(np.diff(profile["time_s"]) > 0.0, True)
    return Piece(
        row.name, row.type, body, liftoff_s + profile["time_s"][keep], states[keep], masses[keep],
        _values(row, launch) | orbit_values(end),
        tuple((event.name, liftoff_s + event.time_s) for event in launch.events), air_series(profile), launch.models,
    )  # fmt: skip


def _pad(row: rows.Ascent | rows.Insertion, craft: Craft | None) -> tuple[float, Pad, str]:
    """When and where it lifts off: as the row says, else where the craft stands."""
    if craft is None:
        if row.liftoff is None or row.lat_deg is None or row.lon_deg is None:
            raise InputError(f"an {row.type} that begins a flight needs liftoff, lat_deg and lon_deg")
        body = row.body if isinstance(row, rows.Ascent) else "earth"
        return epoch_s(row.liftoff), Pad(row.lat_deg, row.lon_deg, getattr(row, "height_m", 0.0)), body
    if row.lat_deg is not None or row.lon_deg is not None:
        raise InputError("lat_deg and lon_deg are where the phase before ends; leave them out")
    liftoff_s = craft.epoch_tdb_s if row.liftoff is None else epoch_s(row.liftoff)
    if liftoff_s < craft.epoch_tdb_s:
        raise InputError(f"it is {said(craft.epoch_tdb_s)} when the craft stands ready, after the liftoff")
    lat_deg, lon_deg, height_km = place(craft)
    return liftoff_s, Pad(lat_deg, lon_deg, 1000.0 * height_km), craft.center


def _vehicle(row: rows.Ascent) -> Vehicle:
    guided = row.guided_from - 1 if row.target_periapsis_km is not None else len(row.stages)
    first: Steering
    if row.pitch is not None:
        first = PitchTable(row.pitch, row.azimuth_deg, row.pitch_axes)
    else:
        first = GravityTurn(row.kick_deg or 0.0, row.kick_start_s, row.kick_over_s, row.azimuth_deg)
    steering: dict[int, Steering] = {0: first}
    if row.target_periapsis_km is not None:
        steering[guided] = Guided(_target(row))
    return Vehicle(
        tuple(_stage(stage, steering.get(k)) for k, stage in enumerate(row.stages)), row.payload_kg,
        row.payload_area_m2, row.payload_drag,
        tuple(Drop(drop.name, drop.mass_kg, drop.time_s, drop.height_km) for drop in row.drops),
        tuple(Kick(kick.name, kick.time_s, kick.delta_v_m_s, kick.pitch_deg) for kick in row.kicks),
    )  # fmt: skip


def _stage(stage: rows.LauncherStage, steering: Steering | None) -> Stage:
    engine = Engine(stage.thrust_vacuum_n, stage.thrust_sea_level_n, stage.isp_vacuum_s, stage.isp_sea_level_s)
    return Stage(
        stage.name, stage.dry_kg, stage.propellant_kg, engine, stage.burn_s, stage.cutoff_sensed_m_s, stage.coast_s,
        None if stage.keeps else stage.separation_s, stage.throttle, stage.most_g or math.inf, stage.area_m2,
        stage.drag, steering,
    )  # fmt: skip


def _target(row: rows.Ascent) -> Target:
    planet = BODIES[row.body]
    assert row.target_periapsis_km is not None and row.target_inclination_deg is not None
    over_km = (row.mean_radius_km or planet.radius_km) - planet.radius_km
    low, high = row.target_periapsis_km, row.target_apoapsis_km or row.target_periapsis_km
    return Target.orbit(
        low + over_km, high + over_km, row.target_inclination_deg, planet, southbound=row.southbound,
        lead_s=row.plane_lead_s,
    )  # fmt: skip


def _values(row: rows.Ascent, launch: Launch) -> dict[str, float]:
    named = {event.name: event for event in launch.events}
    cutoff = max((event for event in launch.events if event.name.endswith(" cut-off")), key=lambda one: one.time_s)
    burning = launch.profile["time_s"] <= cutoff.time_s
    # The last row of the burn: at the cut-off itself the load is already that of the drag alone.
    at = launch.at(cutoff.time_s)
    values = {
        "cutoff_s": cutoff.time_s,
        "cutoff_height_km": cutoff.height_km,
        "cutoff_speed_m_s": at["inertial_speed_m_s"],
        "cutoff_air_speed_m_s": cutoff.speed_m_s,
        "peak_load_g": float(launch.profile["sensed_g"][burning].max()),
        "range_km": float(launch.profile["range_km"][-1]),
    }
    if "max q" in named:
        values |= {
            "max_q_s": named["max q"].time_s,
            "max_q_kpa": launch.at(named["max q"].time_s)["dynamic_pressure_pa"] / 1000.0,
            "max_q_height_km": named["max q"].height_km,
        }
    if "apogee" in named:
        values |= {"apogee_height_km": named["apogee"].height_km, "apogee_s": named["apogee"].time_s}
    for k, time_s in enumerate(row.times_s, start=1):
        then = launch.at(time_s)
        values |= {
            f"time_{k}_height_km": then["height_km"],
            f"time_{k}_air_speed_km_s": then["speed_m_s"] / 1000.0,
            f"time_{k}_sensed_load_g": then["sensed_g"],
        }
    return values


def plane_window(row: rows.PlaneWindow, craft: Craft | None) -> Piece:
    """Wait for the pad to come into the plane; the piece is the pad, standing there, and ends at liftoff."""
    target = _element_set(row)
    start_s = epoch_s(row.after) if craft is None else max(epoch_s(row.after), craft.epoch_tdb_s)
    passage_s = _passage(row, target, start_s)
    liftoff_s = passage_s - row.lead_s
    pad = _pad_state(row, liftoff_s)
    ahead = _target_state(target, liftoff_s)
    period_min = 2.0 * math.pi / target.no_kozai
    day = np.array([_target_state(target, liftoff_s + 60.0 * k) for k in range(1440)])
    heights = np.linalg.norm(day[:, :3], axis=1) - EQUATORS_KM["earth"]
    normal = unit(np.cross(ahead[:3], ahead[3:]))
    across = np.cross(normal, pad[:3])
    values = {
        "liftoff_utc": liftoff_s,
        "in_plane_utc": passage_s,
        "next_liftoff_utc": _passage(row, target, passage_s + 3600.0) - row.lead_s,
        "node_drift_deg_d": math.degrees(target.nodedot) * 1440.0,
        "target_period_min": period_min,
        "target_perigee_km": float(heights.min()),
        "target_apogee_km": float(heights.max()),
        "target_ahead_deg": math.degrees(math.atan2(float(ahead[:3] @ across), float(ahead[:3] @ pad[:3]))) % 360.0,
    }
    return Piece(
        row.name, row.type, "earth", np.array([liftoff_s]), pad[None], np.array([row.mass_kg]), values,
        (("pad in the plane", passage_s),),
        models={"target": "SGP4 (Vallado et al. 2006, AIAA 2006-6753), WGS 72"},
    )  # fmt: skip


def _element_set(row: rows.PlaneWindow | rows.RendezvousPhase) -> Any:
    for name, line in (("line_1", row.line_1), ("line_2", row.line_2)):
        digits = sum(int(c) if c.isdigit() else int(c == "-") for c in line[:68])
        if len(line) < 69 or line[0] != name[-1] or str(digits % 10) != line[68]:
            raise InputError(f"{name} is not line {name[-1]} of an element set, or its checksum is off; copy it again")
    return Satrec.twoline2rv(row.line_1, row.line_2)


def _target_state(target: Any, epoch_tdb_s: float) -> Array:
    """ICRF state (6,) of an element set's craft: SGP4's axes to the Earth's by Greenwich mean sidereal time."""
    when = utc(epoch_tdb_s).astype("datetime64[us]").item()
    error, place_km, velocity = target.sgp4(
        *jday(when.year, when.month, when.day, when.hour, when.minute, when.second + when.microsecond * 1e-6)
    )
    if error:
        raise InputError(f"the element set cannot be followed to {said(epoch_tdb_s)}: {SGP4_ERRORS[error]}")
    angle = float(erfa.gmst82(2451545.0, ut1_s(epoch_tdb_s) / DAY_S))  # type: ignore[no-untyped-call]
    c, s = math.cos(angle), math.sin(angle)
    turn = frames.icrf_to_itrf(epoch_tdb_s).T @ np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    return np.concatenate([turn @ np.array(place_km), turn @ np.array(velocity)])


def _pad_state(row: rows.PlaneWindow, epoch_tdb_s: float) -> Array:
    """ICRF state (6,) of the pad, turning with the Earth."""
    turn = rotation("ITRF", epoch_tdb_s)
    fixed = frames.earth_site_position_km(row.lat_deg, row.lon_deg, row.height_m)
    place_km = turn.matrix.T @ fixed
    pole = turn.matrix[2]
    return np.concatenate([place_km, np.cross(EARTH_BODY.rate_rad_s * pole, place_km)])


def _above(row: rows.PlaneWindow, target: Any, epoch_tdb_s: float) -> float:
    """Sine of the pad's angle above the target's plane."""
    flown, pad = _target_state(target, epoch_tdb_s), _pad_state(row, epoch_tdb_s)
    return float(unit(np.cross(flown[:3], flown[3:])) @ unit(pad[:3]))


def _passage(row: rows.PlaneWindow, target: Any, start_s: float) -> float:
    """The first time after start_s when the pad is in the plane with the target's way leading north, or south."""
    # Turning east, the pad comes from above a plane it will leave northward in, and from below the other.
    sign = -1.0 if row.leaves == "north" else 1.0
    before = _above(row, target, start_s)
    for k in range(1, int(1.1 * DAY_S / 600.0)):
        low, high = start_s + 600.0 * (k - 1), start_s + 600.0 * k
        now = _above(row, target, high)
        if sign * before < 0.0 <= sign * now:
            for _ in range(40):
                middle = 0.5 * (low + high)
                below = sign * _above(row, target, middle) < 0.0
                low, high = (middle, high) if below else (low, middle)
            return high
        before = now
    raise InputError(
        f"the pad at {row.lat_deg:g} deg never passes through the target's plane, inclined "
        f"{math.degrees(target.inclo):.2f} deg; use a pad nearer to the equator"
    )


def insertion(row: rows.Insertion, craft: Craft | None) -> Piece:
    """Begin at the lowest point of a published orbit whose plane passes over the pad."""
    liftoff_s, pad, body = _pad(row, craft)
    if body != "earth":
        raise InputError(f"an insertion leaves the Earth, and the craft stands on the {body}")
    planet, gm = EARTH_BODY, EARTH_BODY.gm_km3_s2
    radius = row.mean_radius_km or planet.radius_km
    low, high = radius + row.periapsis_km, radius + row.apoapsis_km
    speed = math.sqrt(gm * (2.0 / low - 2.0 / (low + high)))
    target = Target(low - planet.radius_km, 1000.0 * speed, row.inclination_deg, 0.0, row.southbound, row.plane_lead_s)
    place_km, _ = pad.axes(planet)
    normal = plane_over(target, place_km, planet)
    level = unit(np.cross(normal, place_km))
    # The pad need not lie in the plane: the arc is counted from the point of the plane next to it.
    up = unit(np.cross(level, normal))
    arc = math.radians(row.arc_deg)
    turn = rotation("ITRF", liftoff_s).matrix
    outward = (math.cos(arc) * up + math.sin(arc) * level) @ turn
    along = (math.cos(arc) * level - math.sin(arc) * up) @ turn
    state = _rising_to(high, np.concatenate([low * outward, speed * along]), liftoff_s + row.ascent_s)
    end = Craft(liftoff_s + row.ascent_s, state, "earth", row.mass_kg)
    period_min = 2.0 * math.pi * math.sqrt((0.5 * (low + high)) ** 3 / gm) / 60.0
    return Piece(
        row.name, row.type, "earth", np.array([end.epoch_tdb_s]), state[None], np.array([row.mass_kg]),
        {"period_min": period_min, "duration_s": row.ascent_s} | orbit_values(end),
        (("liftoff", liftoff_s), ("in orbit", end.epoch_tdb_s)),
    )  # fmt: skip


def _rising_to(high_km: float, state: Array, epoch_tdb_s: float) -> Array:
    """A state (6,) at its lowest point, with the speed that takes it to a radius half a turn on.

    The bulge of the Earth moves that point by some 20 km from where two bodies would have it.
    """
    gm, low_km, forces = EARTH_BODY.gm_km3_s2, float(np.linalg.norm(state[:3])), Forces(earth_degree=4)
    half_s = math.pi * math.sqrt((0.5 * (low_km + high_km)) ** 3 / gm)
    for _ in range(3):
        flown = propagate(state, epoch_tdb_s, half_s, forces, center="earth", output_step_s=half_s)
        speed = float(np.linalg.norm(state[3:]))
        a = 1.0 / (2.0 / low_km - speed**2 / gm)
        off_km = high_km - float(np.linalg.norm(flown.end_state[:3]))
        state = np.concatenate([state[:3], state[3:] * (1.0 + off_km * gm / (4.0 * a * a * speed**2))])
    return state


def rendezvous(row: rows.RendezvousPhase, craft: Craft | None) -> Piece:
    """Fly to a target and touch it."""
    chaser = must_fly(craft, row.name).about("earth")
    return met(row, chaser, _target_state(_element_set(row), chaser.epoch_tdb_s), Forces(earth_degree=row.earth_degree))


EARTH: dict[str, Flyer] = {
    "ascent": ascent,
    "plane_window": plane_window,
    "insertion": insertion,
    "rendezvous": rendezvous,
}
