"""The command that lays an orbit about the Moon and flies it for years: `malapert orbit`."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from malapert.cli.options import TIMES_S, JsonOption, measure, print_json
from malapert.cli.progress import Notice, Progress
from malapert.errors import InputError

if TYPE_CHECKING:
    from malapert.flight.orbits import FlownOrbit
    from malapert.flight.station_keeping import KeepingErrors

NOT_MET = 2
THREE_BODY_KINDS: Final = ("nrho", "halo", "dro")
LOW_KINDS: Final = ("frozen", "relay")
KINDS: Final = (*THREE_BODY_KINDS, *LOW_KINDS)
# Options that only some kinds have.
OWN: Final = {
    "point": ("nrho", "halo"),
    "north": ("nrho", "halo"),
    "period_d": THREE_BODY_KINDS,
    "resonance": THREE_BODY_KINDS,
    "runs": THREE_BODY_KINDS,
    "navigation_km": THREE_BODY_KINDS,
    "navigation_m_s": THREE_BODY_KINDS,
    "burn_percent": THREE_BODY_KINDS,
    "least_burn_m_s": THREE_BODY_KINDS,
    "altitude_km": ("frozen",),
    "inclination_deg": LOW_KINDS,
    "node_deg": LOW_KINDS,
    "perilune_km": ("relay",),
    "apolune_km": ("relay",),
    "perilune_argument_deg": ("relay",),
    "reset_every": ("relay",),
}
RUNS: Final = 8


def orbit(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="nrho, halo, dro, frozen or relay.")],
    years: Annotated[float, typer.Option(help="How long it is flown.")] = 1.0,
    from_utc: Annotated[str, typer.Option("--from", help="When it begins, UTC.")] = "2030-01-01",
    period_d: Annotated[float | None, typer.Option(help="nrho, halo, dro: mean period, d.")] = None,
    resonance: Annotated[str, typer.Option(help="Or turns in so many synodic months; nrho: 9:2.")] = "",
    point: Annotated[str, typer.Option(help="nrho, halo: the libration point, L1 or L2 (usual).")] = "",
    north: Annotated[bool, typer.Option("--north", help="nrho, halo: the northern family.")] = False,
    altitude_km: Annotated[float | None, typer.Option(help="frozen: mean altitude, km (100).")] = None,
    perilune_km: Annotated[float | None, typer.Option(help="relay: perilune altitude, km (500).")] = None,
    apolune_km: Annotated[float | None, typer.Option(help="relay: apolune altitude, km (10000).")] = None,
    inclination_deg: Annotated[
        float | None,
        typer.Option(help="frozen (86): over the Moon's equator; relay: to the Earth's path, or what Earth freezes."),
    ] = None,
    node_deg: Annotated[float | None, typer.Option(help="frozen (0), relay (the best of twelve): node, deg.")] = None,
    perilune_argument_deg: Annotated[
        float | None, typer.Option(help="relay: 90 stays over the south (usual), 270 over the north.")
    ] = None,
    reset_every: Annotated[str, typer.Option(help="relay: put perilune back so often, such as 27d; else free.")] = "",
    gravity_degree: Annotated[int | None, typer.Option(help="Of the Moon's field: 8; frozen 50.")] = None,
    runs: Annotated[int | None, typer.Option(help=f"Lives flown for station keeping ({RUNS}); 0: none.")] = None,
    seed: Annotated[int, typer.Option(help="Of their errors.")] = 1,
    navigation_km: Annotated[float | None, typer.Option(help="One sigma before a burn, each axis, km.")] = None,
    navigation_m_s: Annotated[float | None, typer.Option(help="The same, m/s.")] = None,
    burn_percent: Annotated[float | None, typer.Option(help="One sigma of a burn's size, %.")] = None,
    least_burn_m_s: Annotated[float | None, typer.Option(help="Smaller burns are not made, m/s.")] = None,
    out: Annotated[list[Path] | None, typer.Option("--out", help="Write .oem, .bsp, .czml or .csv.")] = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="Draw it: .png, .svg or .pdf.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Lay an orbit about the Moon into the ephemeris and fly it for years.

    nrho, halo and dro are members of the three-body problem's families, closed by multiple shooting, with the delta-v
    a year of holding them under stated errors (a stable dro falls freely); frozen is a low orbit whose eccentricity
    vector comes back each month, relay an elliptical one the Earth leaves standing. Exit code 2: it meets the ground.
    """
    from malapert.flight import trajectory_files
    from malapert.report import orbit_pictures, orbits, pictures

    given = {
        "point": point or None, "north": north or None, "period_d": period_d, "resonance": resonance or None,
        "runs": runs, "navigation_km": navigation_km, "navigation_m_s": navigation_m_s, "burn_percent": burn_percent,
        "least_burn_m_s": least_burn_m_s, "altitude_km": altitude_km, "inclination_deg": inclination_deg,
        "node_deg": node_deg, "perilune_km": perilune_km, "apolune_km": apolune_km,
        "perilune_argument_deg": perilune_argument_deg, "reset_every": reset_every or None,
    }  # fmt: skip
    wish = _checked(kind, {key: value for key, value in given.items() if value is not None})
    for path in out or ():
        if path.suffix.lower() not in trajectory_files.KINDS:
            raise InputError(f"--out {path}: end the name in {', '.join(trajectory_files.KINDS)}")
        pictures.must_be_writable(path)
    if picture:
        pictures.must_be_drawable(picture)
    with Progress(quiet=as_json) as notice:
        flown = _fly(kind, wish, years, from_utc, gravity_degree, seed, bool(out), notice)
    answer = orbits.orbit_answer(flown)
    for path in out or ():
        trajectory_files.write_trajectory(flown.path, path, trajectory_files.Labels(kind.upper()))
    if picture:
        orbit_pictures.draw_orbit(flown, orbits.orbit_line(answer), picture)
    answer["files"] = [str(path) for path in (*(out or ()), picture) if path]
    print_json(answer) if as_json else orbits.print_orbit(answer)
    raise typer.Exit(NOT_MET if flown.lost else 0)


def _checked(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """What was given, when the kind has such options; InputError else."""
    if kind not in KINDS:
        raise InputError(f"{kind!r} is no kind of orbit; choose {', '.join(KINDS)}")
    for key in given:
        if kind not in OWN[key]:
            raise InputError(f"--{key.replace('_', '-')} belongs to {', '.join(OWN[key])}, not to {kind}; leave it out")
    if "period_d" in given and "resonance" in given:
        raise InputError("give --period-d or --resonance, not both")
    return given


def _fly(
    kind: str, wish: dict[str, Any], years: float, from_utc: str, degree: int | None, seed: int, fine: bool,
    notice: Notice,
) -> "FlownOrbit":  # fmt: skip
    from dataclasses import replace

    from malapert.flight import orbits
    from malapert.flight.forces import CISLUNAR
    from malapert.flight.frozen import FROZEN_FORCES
    from malapert.flight.relay import RELAY_FORCES
    from malapert.sky.time import tdb_s

    def told(what: str, part: float) -> None:
        notice(what, part, what.capitalize())

    start = tdb_s(from_utc)
    pull = {"frozen": FROZEN_FORCES, "relay": RELAY_FORCES}.get(kind, CISLUNAR)
    if degree is not None:
        pull = replace(pull, moon_degree=degree)
    if kind == "frozen":
        keys = ("altitude_km", "inclination_deg", "node_deg")
        own: dict[str, float] = {key: wish[key] for key in keys if key in wish}
        return orbits.fly_frozen(start, years, **own, forces=pull, fine=fine, told=told)
    if kind == "relay":
        return _relay(wish, start, years, {"forces": pull, "fine": fine, "told": told})
    period = wish.get("period_d")
    ratio = wish.get("resonance", "9:2" if kind == "nrho" and period is None else "")
    if ratio:
        period = orbits.resonant_period_d(*_ratio(ratio))
    return orbits.fly_periodic(
        _family(kind, wish.get("point", "L2")), start, years, period, kind=kind, north="north" in wish, forces=pull,
        fine=fine, runs=_runs(wish), seed=seed, errors=_errors(wish), told=told,
    )  # fmt: skip


def _relay(wish: dict[str, Any], start: float, years: float, how: dict[str, Any]) -> "FlownOrbit":
    from malapert.flight import RelayOrbit, orbits

    low, high = wish.get("perilune_km", 500.0), wish.get("apolune_km", 10_000.0)
    inclination = wish.get("inclination_deg", orbits.frozen_inclination_deg(low, high))
    wanted = RelayOrbit(low, high, inclination, wish.get("perilune_argument_deg", 90.0), wish.get("node_deg", 0.0))
    every = measure(wish["reset_every"], "--reset-every", TIMES_S) / TIMES_S["d"] if "reset_every" in wish else None
    return orbits.fly_relay(
        start, years, wanted, node_free="node_deg" not in wish and every is None, reset_every_d=every, **how
    )


def _ratio(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+):(\d+)", text.strip())
    if not found:
        raise InputError(f"--resonance {text}: write turns and synodic months, such as 9:2")
    return int(found[1]), int(found[2])


def _family(kind: str, point: str) -> str:
    if kind == "dro":
        return "dro"
    if point.upper() not in ("L1", "L2"):
        raise InputError(f"--point {point}: halo families are flown about L1 and L2")
    return f"halo-{point.lower()}"


def _runs(wish: dict[str, Any]) -> int:
    runs = int(wish.get("runs", RUNS))
    if runs < 0:
        raise InputError(f"--runs {runs}: a number of lives, or 0 for none")
    return runs


def _errors(wish: dict[str, Any]) -> "KeepingErrors":
    from malapert.flight.station_keeping import KeepingErrors

    own: dict[str, float] = {
        key: wish[key] for key in ("navigation_km", "navigation_m_s", "least_burn_m_s") if key in wish
    }
    if "burn_percent" in wish:
        own["burn_fraction"] = wish["burn_percent"] / 100.0
    return KeepingErrors(**own)
