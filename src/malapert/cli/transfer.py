"""Commands that design flights: one transfer between two named ends, and the windows for it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from malapert.cli.options import TIMES_S, JsonOption, measure, print_json
from malapert.cli.progress import Progress
from malapert.errors import InputError

if TYPE_CHECKING:
    from malapert.flight.powered import Site
    from malapert.flight.routes import Wish

StartArgument = Annotated[str, typer.Argument(metavar="FROM", help="leo, llo, nrho or earth.")]
EndArgument = Annotated[str, typer.Argument(metavar="TO", help="llo, nrho, earth, free-return or mars.")]
ByOption = Annotated[str, typer.Option("--by", help="leo nrho: direct, flyby or ballistic; earth mars: direct or dsm.")]
SiteOption = Annotated[str, typer.Option(help="A site of the catalogue, or latitude,longitude in deg.")]
FlightOption = Annotated[str, typer.Option("--flight", help="Flight time: 4.5d, or a span such as 3.8d..4.8d.")]
ParkingOption = Annotated[float, typer.Option(help="Altitude of the parking orbit, km.")]
ParkingInclinationOption = Annotated[
    float | None, typer.Option(help="Its inclination, deg; 28.7, or what the launch azimuth gives.")
]
LaunchLatOption = Annotated[float | None, typer.Option(help="Latitude of the launch site, deg.")]
AzimuthOption = Annotated[float, typer.Option(help="Launch azimuth there, deg from north.")]
OrbitOption = Annotated[float, typer.Option(help="Perilune of the lunar orbit (a circle without --apolune-km), km.")]
ApoluneOption = Annotated[float | None, typer.Option(help="Its apolune, km.")]
OrbitInclinationOption = Annotated[float, typer.Option(help="Its inclination, deg, over the Moon's equator.")]
PeriluneArgumentOption = Annotated[
    float | None, typer.Option(help="Argument of perilune wished for, deg: chooses the way past the Moon.")
]
NodeOption = Annotated[float | None, typer.Option(help="llo earth: node of the orbit left, deg; cheapest without.")]
FlybyOption = Annotated[float, typer.Option("--perilune-km", help="Free return: least distance to the Moon, km.")]
EntryAngleOption = Annotated[float, typer.Option(help="Flight-path angle at 122 km, deg.")]
EntryInclinationOption = Annotated[float | None, typer.Option(help="Inclination of the return, deg.")]
MarsPeriapsisOption = Annotated[float, typer.Option(help="Mars: periapsis of the orbit entered, km.")]
MarsPeriodOption = Annotated[float, typer.Option(help="Mars: its period, d.")]
MarsInclinationOption = Annotated[float, typer.Option(help="Mars: its inclination, deg, where the approach allows.")]
MostC3Option = Annotated[float, typer.Option(help="Mars: greatest C3 of the launcher, km2/s2.")]
MostDeclinationOption = Annotated[float, typer.Option(help="Mars: greatest declination of the departure, deg.")]
ErrorOption = Annotated[float, typer.Option(help="leo llo: injection error, corrected a day later, m/s.")]

NOT_MET = 2
LEAST_INCLINATION_DEG = 28.7  # reaches the Moon on every day of this century


def transfer(
    start: StartArgument,
    end: EndArgument,
    depart: Annotated[str, typer.Option(help="Earliest departure, UTC.")],
    by: ByOption = "",
    site: SiteOption = "",
    window: Annotated[str, typer.Option(help="How much later it may leave, such as 3d; 0d: at that moment.")] = "",
    flight: FlightOption = "",
    parking_km: ParkingOption = 200.0,
    parking_inclination_deg: ParkingInclinationOption = None,
    launch_lat_deg: LaunchLatOption = None,
    azimuth_deg: AzimuthOption = 90.0,
    orbit_km: OrbitOption = 100.0,
    apolune_km: ApoluneOption = None,
    inclination_deg: OrbitInclinationOption = 90.0,
    perilune_argument_deg: PeriluneArgumentOption = None,
    node_deg: NodeOption = None,
    perilune_km: FlybyOption = 254.0,
    entry_angle_deg: EntryAngleOption = -6.0,
    entry_inclination_deg: EntryInclinationOption = None,
    mars_periapsis_km: MarsPeriapsisOption = 400.0,
    mars_period_d: MarsPeriodOption = 2.0,
    mars_inclination_deg: MarsInclinationOption = 60.0,
    most_c3_km2_s2: MostC3Option = float("inf"),
    most_declination_deg: MostDeclinationOption = 90.0,
    injection_error_m_s: ErrorOption = 0.0,
    oem: Annotated[Path | None, typer.Option(help="Write the path: .oem.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Draw the path: .png, .svg or .pdf.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Design one transfer; no guess to supply."""
    from malapert.flight import routes
    from malapert.flight.review import review
    from malapert.report import pictures, transfer_pictures, transfers

    if picture:
        pictures.must_be_drawable(picture)
    if oem:
        pictures.must_be_writable(oem)
    design = routes.designer(start, end, by)
    wish = _wish(
        depart, window, flight, _parking(parking_km, parking_inclination_deg, launch_lat_deg, azimuth_deg),
        (orbit_km, apolune_km, inclination_deg, perilune_argument_deg), perilune_km,
        (entry_angle_deg, entry_inclination_deg), node_deg, injection_error_m_s,
    )  # fmt: skip
    wish = _to_mars(
        wish, (mars_periapsis_km, mars_period_d, mars_inclination_deg), (most_c3_km2_s2, most_declination_deg),
        is_free=parking_inclination_deg is None and launch_lat_deg is None,
    )  # fmt: skip
    named = _site(site, start, end)
    with Progress(quiet=as_json) as notice:
        notice("transfer", None, f"{start} to {end}")
        found = design(wish)
        notice("transfer", 1.0, f"{start} to {end}")
    answer = transfers.transfer_answer(found, review(found), named)
    if picture:
        transfer_pictures.draw_transfer(found, transfers.transfer_line(answer), picture)
    if oem:
        transfers.write_oem(found, oem)
    answer["files"] = [str(path) for path in (oem, picture) if path]
    print_json(answer) if as_json else transfers.print_transfer(answer)


def _parking(
    altitude_km: float, inclination_deg: float | None, launch_lat_deg: float | None, azimuth_deg: float
) -> Any:
    from malapert.flight import Parking
    from malapert.flight.routes import launch_inclination_deg

    if launch_lat_deg is not None and inclination_deg is not None:
        raise InputError(
            "a launch site's latitude and azimuth give the inclination; leave --parking-inclination-deg out"
        )
    if launch_lat_deg is not None:
        inclination_deg = launch_inclination_deg(launch_lat_deg, azimuth_deg)
    return Parking(altitude_km, LEAST_INCLINATION_DEG if inclination_deg is None else inclination_deg)


def _wish(
    depart: str, window: str, flight: str, parking: Any, orbit: tuple[float, float | None, float, float | None],
    perilune_km: float, entry: tuple[float, float | None], node_deg: float | None, error_m_s: float,
) -> "Wish":  # fmt: skip
    from malapert.flight import Corridor, InjectionError, LunarArrival
    from malapert.flight.routes import Wish
    from malapert.sky.time import tdb_s

    low_km, high_km, inclination_deg, argument_deg = orbit
    each = error_m_s / 3.0**0.5
    return Wish(
        depart_tdb_s=tdb_s(depart),
        window_d=_window_d(window),
        flight_d=_flight_d(flight),
        parking=parking,
        orbit=LunarArrival(low_km, low_km if high_km is None else high_km, inclination_deg, argument_deg),
        corridor=Corridor(122.0, entry[0], entry[1]),
        perilune_altitude_km=perilune_km,
        node_deg=node_deg,
        error=InjectionError(each, each, each),
    )


def _to_mars(wish: "Wish", orbit: tuple[float, float, float], limits: tuple[float, float], is_free: bool) -> "Wish":
    from dataclasses import replace

    from malapert.flight.mars_plan import Limits, MarsOrbit

    return replace(wish, mars_orbit=MarsOrbit(*orbit), limits=Limits(*limits), is_parking_inclination_free=is_free)


def _window_d(text: str) -> float | None:
    if not text:
        return None
    if text.strip() in ("0", "0d", "0h"):
        return 0.0
    return measure(text, "--window", TIMES_S) / TIMES_S["d"]


def _flight_d(text: str) -> tuple[float, float] | None:
    if not text:
        return None
    days = [measure(part, "--flight", TIMES_S) / TIMES_S["d"] for part in text.split("..")]
    if len(days) > 2 or days[0] > days[-1]:
        raise InputError(f"--flight {text}: give one time, such as 4.5d, or a span, such as 3.8d..4.8d")
    return days[0], days[-1]


def _site(text: str, start: str, end: str) -> "tuple[str, Site] | None":
    """A named or numbered place on the Moon, for legs that end in a lunar orbit."""
    from malapert.cli.options import place
    from malapert.flight.powered import Site
    from malapert.programme.merge import catalogue

    if not text:
        return None
    if end != "llo":
        raise InputError(f"--site belongs to flights that end in lunar orbit, not to {start} {end}; leave it out")
    known = catalogue().tree["site"]
    if text in known:
        row = known[text]
        return text, Site(float(row["lat_deg"]), float(row["lon_deg"]), float(row.get("height_m", 0.0)))
    if "," not in text:
        raise InputError(f"--site {text}: no such site; known: {', '.join(known)}; or give latitude,longitude in deg")
    lat_deg, lon_deg = place(text, "--site")
    return text, Site(lat_deg, lon_deg)


def windows(
    start: StartArgument,
    end: EndArgument,
    from_utc: Annotated[str, typer.Option("--from", help="First departure, UTC.")],
    to_utc: Annotated[str, typer.Option("--to", help="End of departures, UTC, not included.")],
    step: Annotated[str, typer.Option("--step", help="Between departures, such as 12h.")] = "12h",
    by: ByOption = "",
    site: SiteOption = "",
    choices: Annotated[
        str, typer.Option(help="Flight times in days (free return: perilune altitudes in km), with commas.")
    ] = "",
    parking_km: ParkingOption = 200.0,
    parking_inclination_deg: ParkingInclinationOption = None,
    launch_lat_deg: LaunchLatOption = None,
    azimuth_deg: AzimuthOption = 90.0,
    orbit_km: OrbitOption = 100.0,
    apolune_km: ApoluneOption = None,
    inclination_deg: OrbitInclinationOption = 90.0,
    perilune_argument_deg: PeriluneArgumentOption = None,
    entry_angle_deg: EntryAngleOption = -6.0,
    entry_inclination_deg: EntryInclinationOption = None,
    mars_periapsis_km: MarsPeriapsisOption = 400.0,
    mars_period_d: MarsPeriodOption = 2.0,
    mars_inclination_deg: MarsInclinationOption = 60.0,
    most_c3_km2_s2: MostC3Option = float("inf"),
    most_declination_deg: MostDeclinationOption = 90.0,
    above_best_m_s: Annotated[float, typer.Option(help="What counts as open, m/s over the best.")] = 20.0,
    picture: Annotated[Path | None, typer.Option(help="Draw the porkchop: .png, .svg or .pdf.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Scan departures for the cheapest, on all cores."""
    from malapert.flight import windows as scans
    from malapert.report import pictures
    from malapert.report import windows as report
    from malapert.run import parallel
    from malapert.sky.time import tdb_s

    if picture:
        pictures.must_be_drawable(picture)
    wish = _wish(
        from_utc, "", "", _parking(parking_km, parking_inclination_deg, launch_lat_deg, azimuth_deg),
        (orbit_km, apolune_km, inclination_deg, perilune_argument_deg), 254.0, (entry_angle_deg, entry_inclination_deg),
        None, 0.0,
    )  # fmt: skip
    wish = _to_mars(
        wish, (mars_periapsis_km, mars_period_d, mars_inclination_deg), (most_c3_km2_s2, most_declination_deg),
        is_free=parking_inclination_deg is None and launch_lat_deg is None,
    )  # fmt: skip
    epochs = scans.departures(tdb_s(from_utc), tdb_s(to_utc), measure(step, "--step", TIMES_S))
    named = _site(site, start, end)
    with Progress(quiet=as_json) as notice:
        found = scans.scan(
            start, end, wish, epochs, by=by, choices=_numbers(choices), site=named[1] if named else None,
            each=parallel.each, told=lambda part: notice("windows", part, f"Windows {start} to {end}"),
        )  # fmt: skip
    answer = report.windows_answer(found, above_best_m_s) | ({"site": named[0]} if named else {})
    if picture:
        report.draw_windows(found, picture)
    answer["files"] = [str(picture)] if picture else []
    print_json(answer) if as_json else report.print_windows(answer)
    raise typer.Exit(0 if answer["best"] else NOT_MET)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        values = (-1.0,)
    if any(not 0.0 < value < 1e6 for value in values):
        raise InputError(f"--choices {text}: give numbers above zero with commas, such as 3.5,4,4.5")
    return values
