"""The command that flies one state: `malapert propagate`."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from malapert.cli.options import TIMES_S, JsonOption, measure, print_json
from malapert.errors import ConvergenceError, InputError

if TYPE_CHECKING:
    from malapert.flight.events import EventRule
    from malapert.flight.forces import Forces
    from malapert.flight.propagate import Trajectory
    from malapert.flight.sensitivity import Arc
    from malapert.flight.state_file import InitialState

# Kept states when no step is asked for: a minute, or what divides a long arc into so many.
FINEST_STEP_S = 60.0
MOST_STATES = 20_000
MOST_EVENTS = 10_000
MOST_STEPS = 20_000_000
# Allowed a step by the adaptive integrator, and over the distance flown by the fixed step: millimetres in ten days.
STEP_TOLERANCE = 1e-13
PATH_TOLERANCE = 1e-12


def propagate(
    state: Annotated[Path | None, typer.Argument(metavar="[STATE]", help="A TOML file with a state.")] = None,
    duration: Annotated[str, typer.Option("--for", help="How long, such as 30d, 12h, 90min; -2d flies back.")] = "",
    oem: Annotated[Path | None, typer.Option("--oem", help="Start from this ephemeris (OEM or SPK) instead.")] = None,
    from_epoch: Annotated[str, typer.Option("--from", help="Its epoch: UTC, or with TDB, TT or TAI behind.")] = "",
    body: Annotated[str, typer.Option(help="The craft in the ephemeris, when it holds several.")] = "",
    center: Annotated[str, typer.Option(help="With --oem: earth, moon, mars or sun.")] = "moon",
    gravity_degree: Annotated[int | None, typer.Option(help="Of the centre's field; 0: a point mass.")] = None,
    moon_degree: Annotated[int, typer.Option(help="Of the Moon's field when it is not the centre.")] = 0,
    earth_degree: Annotated[int, typer.Option(help="Of the Earth's field when it is not the centre.")] = 0,
    bodies: Annotated[str, typer.Option(help="Point masses, comma-separated, or all.")] = "earth,moon,sun",
    field: Annotated[Path | None, typer.Option(help="The centre's gravity: SHADR .tab or .sha, .cof, .gfc.")] = None,
    event: Annotated[list[str] | None, typer.Option(help="Look for kind[:body][:100km][:lat,lon][:mask=5].")] = None,
    stop_at: Annotated[str, typer.Option("--stop-at", help="An event, written so, that ends the arc.")] = "",
    stm: Annotated[bool, typer.Option("--stm", help="Also the partials of the end by the start.")] = False,
    sensitivity: Annotated[list[str] | None, typer.Option(help="And by reflectivity, thrust, a GM...")] = None,
    tolerance: Annotated[
        float | None, typer.Option(help="Error allowed a step, of the distance; chosen by the orbit when absent.")
    ] = None,
    step: Annotated[str, typer.Option("--step", help="Time between kept states, such as 60s.")] = "",
    against: Annotated[Path | None, typer.Option("--against", help="An SPK or OEM to compare with.")] = None,
    out: Annotated[list[Path] | None, typer.Option("--out", help="Write .oem, .bsp, .czml or .csv.")] = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="Draw it: .png, .svg or .pdf.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Fly a state through the ephemeris.

    STATE is TOML: epoch, time_scale (UTC TAI TT TDB), center (earth moon mars sun), frame (ICRF EME2000 MOON_PA MOON_ME
    ITRF MARS EARTH_MOON_ROTATING), position_km, velocity_km_s; and, when wanted, name, object_id, naif_code,
    [craft] (mass_kg, dry_mass_kg, solar_area_m2, reflectivity, drag_area_m2, drag_coefficient, lift_to_drag, bank_deg),
    [[maneuver]] (epoch or after_s, axes VNB or ICRF; delta_v_m_s = [x, y, z]; or thrust_n, isp_s, direction, throttle
    and delta_v_m_s or duration_s), [covariance] (axes ICRF or RAC; sigma_position_km, sigma_velocity_km_s or matrix;
    [covariance.consider]). The answer is in the state's frame and on its clock.
    """
    from malapert.flight import clock, compare, state_tables, trajectory_files
    from malapert.flight import sensitivity as sensitivity_
    from malapert.report import pictures, propagation

    for path in out or ():
        if path.suffix.lower() not in trajectory_files.KINDS:
            raise InputError(f"--out {path}: end the name in {', '.join(trajectory_files.KINDS)}")
        pictures.must_be_writable(path)
    if picture:
        pictures.must_be_drawable(picture)
    start = _start(state, oem, from_epoch, body, center)
    seconds = clock.span_tdb_s(start.epoch_tdb_s, _duration_s(duration), start.time_scale)
    recorded = compare.craft_path(against, body) if against else None
    forces = _forces(start, field, gravity_degree, moon_degree, earth_degree, bodies)
    rules = [state_tables.rule_from_words(text, start.center) for text in event or ()]
    rules += [state_tables.rule_from_words(stop_at, start.center, stop=True)] if stop_at else []
    leg = sensitivity_.Arc(
        start.state_icrf,
        start.epoch_tdb_s,
        seconds,
        forces,
        start.center,
        state_tables.maneuvers_of(start),
        STEP_TOLERANCE if tolerance is None else tolerance,
    )
    knowledge = state_tables.knowledge_of(start)
    pace = _step_s(step, seconds, bool(out or picture or against))
    arc = _fly(leg, pace, rules, tolerance is None)
    difference = compare.against(arc, recorded) if recorded else None
    answer = propagation.propagation_answer(arc, start, difference)
    if stm or sensitivity or knowledge:
        leg = replace(leg, duration_s=arc.end_tdb_s - start.epoch_tdb_s)
        answer |= propagation.partials_answer(leg, arc.end_state, sensitivity or (), knowledge, stm)
    labels = trajectory_files.Labels(start.name, start.object_id, start.naif_code)
    for path in out or ():
        trajectory_files.write_trajectory(arc, path, labels)
    if picture:
        propagation.draw_propagation(arc, difference, start.name, picture)
    answer["written"] = [str(path) for path in (*(out or ()), picture) if path]
    print_json(answer) if as_json else propagation.print_propagation(answer)


def _start(state: Path | None, oem: Path | None, from_epoch: str, body: str, center: str) -> "InitialState":
    from malapert.flight import state_file

    if (state is None) == (oem is None):
        raise InputError("name either a STATE file or --oem FILE --from EPOCH; see malapert propagate --help")
    if state is not None:
        if from_epoch:
            raise InputError("--from goes with --oem; a STATE file has its own epoch")
        return state_file.read_state(state)
    assert oem is not None
    return _from_ephemeris(oem, from_epoch, body, center)


def _from_ephemeris(oem: Path, from_epoch: str, body: str, center: str) -> "InitialState":
    import numpy as np

    from malapert.flight import clock, compare
    from malapert.flight.state_file import CENTERS, InitialState

    if not from_epoch:
        raise InputError("--oem needs --from EPOCH, such as --from 2027-01-01T00:00:00Z or '2027-01-01T00:00:00 TDB'")
    if center not in CENTERS:
        raise InputError(f"--center {center}: use {', '.join(CENTERS)}")
    try:
        epoch = clock.epoch_option(from_epoch)
    except InputError as error:
        raise InputError(f"--from: {error}") from None
    path = compare.craft_path(oem, body)
    state = compare.state_from(path, center, np.array([epoch]))[0]
    scale = from_epoch.strip().rpartition(" ")[2].upper()
    return InitialState(epoch, center, state, scale if scale in clock.SCALES else "UTC", name=path.body)


def _duration_s(text: str) -> float:
    if not text:
        raise InputError("say how long with --for, such as --for 30d")
    back = text.strip().startswith("-")
    return (-1.0 if back else 1.0) * measure(text.strip().removeprefix("-"), "--for", TIMES_S)


def _step_s(text: str, seconds: float, wanted: bool) -> float | None:
    if text:
        return measure(text, "--step", TIMES_S)
    return max(FINEST_STEP_S, abs(seconds) / MOST_STATES) if wanted else None


def _forces(
    start: "InitialState", field: Path | None, degree: int | None, moon_degree: int, earth_degree: int, bodies: str
) -> "Forces":
    from malapert.flight import forces, gravity_files, state_tables

    names = tuple(name.strip() for name in bodies.lower().split(",") if name.strip())
    brought = forces.NO_FIELDS
    if field:
        brought = forces.own_fields(**{start.center: gravity_files.read_gravity(field, start.center)})
    craft = state_tables.craft_of(start)
    return forces.chosen_forces(start.center, degree, moon_degree, earth_degree, names, craft, brought)


def _fly(leg: "Arc", step_s: float | None, rules: "Sequence[EventRule]", free: bool) -> "Trajectory":
    """The arc; when the tolerance is free, near-circular low orbits with a fixed step, all else step by step."""
    from malapert import flight
    from malapert.flight.maneuvers import fly_maneuvers

    if leg.maneuvers:
        return fly_maneuvers(
            leg.state, leg.epoch_tdb_s, leg.duration_s, leg.forces, leg.maneuvers, center=leg.center,
            output_step_s=step_s, rules=rules, tolerance=leg.tolerance,
        )  # fmt: skip

    def coast(integrator: str, tolerance: float) -> "Trajectory":
        return flight.propagate(
            leg.state, leg.epoch_tdb_s, leg.duration_s, leg.forces, center=leg.center, output_step_s=step_s,
            rules=rules, tolerance=tolerance, max_events=MOST_EVENTS, max_steps=MOST_STEPS, integrator=integrator,
        )  # fmt: skip

    if free:
        with suppress(ConvergenceError):
            return coast("gauss-jackson", PATH_TOLERANCE)
    return coast("auto" if not free else "dop853", leg.tolerance)
