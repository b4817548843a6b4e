"""Commands on the ground at the poles: light and horizon of a site, maps, search for sites."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from malapert.cli.options import LENGTHS_KM, TIMES_S, JsonOption, measure, place, say
from malapert.cli.progress import Progress
from malapert.errors import InputError

if TYPE_CHECKING:
    from malapert.terrain import Horizon, Terrain
    from malapert.terrain.maps import GroundMap
    from malapert.terrain.sweep import Cells

LatOption = Annotated[float, typer.Option("--lat-deg", help="Latitude, deg, south negative.")]
LonOption = Annotated[float, typer.Option("--lon-deg", help="East longitude, deg.")]
MastOption = Annotated[float, typer.Option("--mast-m", help="Height of the eye above the ground, m.")]
HeightOption = Annotated[
    float | None, typer.Option("--height-m", help="Surveyed height of the ground above the 1737.4 km sphere, m.")
]
HorizonOption = Annotated[
    str, typer.Option("--horizon", help="Near-field horizon: a TOML, text or CSV file, or a shipped one's name.")
]
DemOption = Annotated[
    list[Path] | None, typer.Option("--dem", help="Heights to use before the shipped 1600 m ones; may be repeated.")
]
PictureOption = Annotated[Path | None, typer.Option("--picture", help="Also draw it: .png, .svg or .pdf.")]
FromOption = Annotated[str, typer.Option("--from", help="First day or epoch, UTC.")]
ToOption = Annotated[str, typer.Option("--to", help="End, UTC, not included.")]
StepOption = Annotated[str, typer.Option("--step", help="Time between epochs, such as 1h or 10min.")]

KINDS = ("psr", "light", "earth", "slope", "horizon")
# Nineteen years hold a whole 18.6-year cycle of the lunar orbit, as published light maps do.
CYCLE = ("2025-01-01", "2044-01-01")
# A horizon's picture shows the bands of that cycle at so many hours a step.
BAND_STEP_S = 6.0 * 3600.0


def light(
    lat_deg: LatOption,
    lon_deg: LonOption,
    from_utc: FromOption,
    to_utc: ToOption,
    mast_m: MastOption = 2.0,
    horizon: HorizonOption = "",
    dem: DemOption = None,
    height_m: HeightOption = None,
    step: StepOption = "1h",
    temperature: Annotated[bool, typer.Option("--temperature", help="Also the ground's temperature.")] = False,
    slope_deg: Annotated[float, typer.Option(help="Slope of the ground for its temperature, deg.")] = 0.0,
    aspect_deg: Annotated[float, typer.Option(help="Where it slopes down to, deg from lunar north.")] = 0.0,
    picture: PictureOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sun and Earth over a site, in figures."""
    from malapert import terrain
    from malapert.report import ground, ground_sky, pictures
    from malapert.terrain.light import epochs_utc

    if picture:
        pictures.must_be_drawable(picture)
    step_s = measure(step, "--step", TIMES_S)
    epochs_utc(from_utc, to_utc, step_s)
    heights = heights_around(dem, lat_deg, lon_deg)
    eye = _horizon(heights, lat_deg, lon_deg, mast_m, height_m, horizon)
    series = terrain.site_light(eye, from_utc, to_utc, step_s)
    answer = ground.light_answer(terrain.summarise_light(series), eye, heights)
    if temperature:
        answer |= ground.temperature_answer(terrain.site_temperature(series, slope_deg, aspect_deg))
    elif slope_deg or aspect_deg:
        raise InputError("--slope-deg and --aspect-deg are for the ground's temperature; add --temperature")
    if picture:
        paths = terrain.sky_paths(series, eye)
        pictures.save(
            ground_sky.draw_light("Light and Earth view", ground.light_line(answer), eye, paths, series), picture
        )
    say(answer, as_json, ground.print_light, (picture,))


def horizon(
    lat_deg: LatOption,
    lon_deg: LonOption,
    mast_m: MastOption = 2.0,
    azimuths: Annotated[int, typer.Option(help="How many azimuths, evenly spaced from lunar north.")] = 360,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write azimuths and elevations, deg.")] = None,
    horizon: HorizonOption = "",
    dem: DemOption = None,
    height_m: HeightOption = None,
    picture: PictureOption = None,
    as_json: JsonOption = False,
) -> None:
    """The horizon of a site, all round."""
    import numpy as np

    from malapert import terrain
    from malapert.report import ground, ground_sky, pictures

    if not 4 <= azimuths <= 36_000:
        raise InputError(f"--azimuths {azimuths}: give between 4 and 36000")
    if picture:
        pictures.must_be_drawable(picture)
    if csv:
        pictures.must_be_writable(csv)
    heights = heights_around(dem, lat_deg, lon_deg)
    eye = _horizon(heights, lat_deg, lon_deg, mast_m, height_m, horizon)
    azimuth_deg = np.arange(azimuths, dtype=np.float64) * (360.0 / azimuths)
    answer = ground.horizon_answer(eye, azimuth_deg, eye.at(azimuth_deg), heights)
    if csv:
        ground.write_horizon(answer, csv)
    if picture:
        paths = terrain.sky_paths(terrain.site_light(eye, *CYCLE, BAND_STEP_S), eye)
        span = f"{CYCLE[0][:4]} to {int(CYCLE[1][:4]) - 1}"
        pictures.save(ground_sky.draw_horizon("Horizon", eye, paths, span), picture)
    say(answer, as_json, ground.print_horizon, (csv, picture))


def map_command(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(KINDS)}.")],
    out: Annotated[Path, typer.Option(help="A GeoTIFF (.tif), or a picture (.png, .svg, .pdf).")],
    pole: Annotated[str, typer.Option(help="south or north.")] = "south",
    to_lat_deg: Annotated[float | None, typer.Option(help="Latitude the map ends at; 80 of the pole's side.")] = None,
    mast_m: Annotated[float | None, typer.Option(help="Height of the eye, m; 0 for psr, else 2.")] = None,
    from_utc: Annotated[str, typer.Option("--from", help="First day, UTC; psr: the whole ephemeris.")] = "",
    to_utc: Annotated[str, typer.Option("--to", help="End, UTC, not included.")] = "",
    dem: DemOption = None,
    as_json: JsonOption = False,
) -> None:
    """A map: shadow, light, Earth, slope or horizon."""
    from malapert.report import ground_maps, pictures
    from malapert.terrain.light import epochs_utc
    from malapert.terrain.sweep import cells_poleward

    if kind not in KINDS:
        raise InputError(f"map {kind}: not a kind of map; choose one of {', '.join(KINDS)}")
    if pole not in ("south", "north"):
        raise InputError(f"--pole {pole}: use south or north")
    if bool(from_utc) != bool(to_utc):
        raise InputError("--from and --to go together; give both, or neither")
    if from_utc:
        epochs_utc(from_utc, to_utc)
    is_raster = out.suffix.lower() in (".tif", ".tiff")
    if is_raster:
        pictures.must_be_writable(out)
    else:
        pictures.must_be_drawable(out)
    lat_deg = to_lat_deg if to_lat_deg is not None else (-80.0 if pole == "south" else 80.0)
    eye_m = mast_m if mast_m is not None else 0.0 if kind == "psr" else 2.0
    _must_be_a_mast(eye_m)
    heights = _heights_about(dem, pole)
    cells = cells_poleward(_widest(heights, bool(dem)), lat_deg)
    with Progress(quiet=as_json) as notice:
        title = f"{ground_maps.TITLES[kind].split(':')[0]}, {cells.size:,} cells".replace(",", " ")
        found = _map(kind, heights, cells, (from_utc, to_utc), eye_m, out if is_raster else None,
                     lambda fraction: notice("map", fraction, title))  # fmt: skip
    if is_raster and kind != "horizon":
        ground_maps.write_map(found, cells.grid, out)
    elif not is_raster:
        ground_maps.draw_ground_map(found, cells.grid, lat_deg, eye_m, out)
    answer = ground_maps.map_answer(found, heights, lat_deg, eye_m)
    say(answer, as_json, lambda said: ground_maps.print_map(said, found), (out,))


def _map(
    kind: str,
    heights: "Terrain",
    cells: "Cells",
    span: tuple[str, str],
    mast_m: float,
    raster: Path | None,
    told: Callable[[float], None],
) -> "GroundMap":
    """One map; a raster of horizons is written on the way, as all its bearings would not fit in memory."""
    from malapert.report import ground_maps
    from malapert.terrain import maps

    if kind == "slope":
        return maps.slope_map(heights, cells)
    if kind == "horizon":
        with ground_maps.horizon_raster(cells, raster) as sink:
            return maps.horizon_map(heights, cells, sink, mast_m, told=told)
    if kind == "psr":
        return maps.psr_map(heights, cells, span[0] or None, span[1] or None, mast_m, told=told)
    one = maps.light_map if kind == "light" else maps.earth_map
    return one(heights, cells, *(span if span[0] else CYCLE), mast_m, told=told)


def sites(
    within: Annotated[str, typer.Option(help="How far around the place, such as 10km.")],
    of: Annotated[str, typer.Option("--of", help="The place: latitude,longitude in deg, such as -89.45,222.7.")],
    mast_m: MastOption = 10.0,
    top: Annotated[int, typer.Option(help="How many sites to list.")] = 10,
    max_slope_deg: Annotated[float | None, typer.Option(help="Leave out steeper cells, deg.")] = None,
    from_utc: FromOption = CYCLE[0],
    to_utc: ToOption = CYCLE[1],
    dem: DemOption = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the table.")] = None,
    picture: PictureOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search for sites by light; snaps to crests."""
    from malapert.report import ground_sites, pictures
    from malapert.terrain.light import epochs_utc
    from malapert.terrain.sites import find_sites

    within_km, (lat_deg, lon_deg) = measure(within, "--within", LENGTHS_KM), place(of, "--of")
    _must_be_a_mast(mast_m)
    epochs_utc(from_utc, to_utc)
    if not 1 <= top <= 1000:
        raise InputError(f"--top {top}: give between 1 and 1000")
    if picture:
        pictures.must_be_drawable(picture)
    if csv:
        pictures.must_be_writable(csv)
    heights = heights_around(dem, lat_deg, lon_deg, within_km)
    with Progress(quiet=as_json) as notice:
        found = find_sites(
            heights, lat_deg, lon_deg, within_km, from_utc, to_utc, mast_m, top, max_slope_deg=max_slope_deg,
            told=lambda part: notice("sites", part, "Search for sites"),
        )  # fmt: skip
    answer = ground_sites.sites_answer(found, heights, (lat_deg, lon_deg), within_km, (from_utc, to_utc))
    if csv:
        ground_sites.write_sites(found, csv)
    if picture:
        ground_sites.draw_sites(found, heights, answer, picture)
    say(answer, as_json, ground_sites.print_sites, (csv, picture))


def must_be_on_moon(lat_deg: float, lon_deg: float) -> None:
    """InputError for a latitude or longitude that cannot be."""
    if not (-90.0 <= lat_deg <= 90.0 and -360.0 <= lon_deg <= 360.0):
        raise InputError(
            f"latitude {lat_deg:g} deg, longitude {lon_deg:g} deg: no such place; latitudes lie between -90 and 90, "
            "longitudes between -360 and 360"
        )


def _must_be_a_mast(mast_m: float) -> None:
    if not 0.0 <= mast_m <= 1000.0:
        raise InputError(f"--mast-m {mast_m:g}: give between 0 and 1000")


def heights_around(dem: list[Path] | None, lat_deg: float, lon_deg: float, reach_km: float = 0.0) -> "Terrain":
    """The ground around a place, `reach_km` beyond what horizons need."""
    from malapert import terrain
    from malapert.terrain.rays import RANGE_KM

    must_be_on_moon(lat_deg, lon_deg)
    if not dem:
        return terrain.polar_terrain("south" if lat_deg < 0.0 else "north")
    from malapert.terrain.rasters import read_terrain

    return read_terrain(list(dem), around=(lat_deg, lon_deg, RANGE_KM + reach_km))


def _heights_about(dem: list[Path] | None, pole: Any) -> "Terrain":
    """The ground around a pole."""
    from malapert import terrain

    if not dem:
        return terrain.polar_terrain(pole)
    from malapert.terrain.rasters import read_terrain

    return read_terrain(list(dem), pole)


def _widest(heights: "Terrain", is_brought: bool) -> Any:
    """The raster a map is made on: of those a user brings the one that reaches farthest."""
    from malapert import terrain

    shipped = terrain.polar_terrain(heights.pole).far
    brought = [grid for grid in heights.grids if grid.name != shipped.name]
    return brought[-1] if is_brought and brought else heights.far


def _horizon(
    heights: "Terrain", lat_deg: float, lon_deg: float, mast_m: float, height_m: float | None, horizon: str
) -> "Horizon":
    """A site's horizon, with its near field where a file of it is given."""
    from malapert import terrain

    _must_be_a_mast(mast_m)
    if not horizon:
        return terrain.site_horizon(lat_deg, lon_deg, mast_m, height_m, terrain=heights)
    ground_m = float(heights.height_m(lat_deg, lon_deg)) if height_m is None else height_m
    near = terrain.near_horizon(horizon, lat_deg, lon_deg, ground_m, mast_m)
    return terrain.site_horizon(lat_deg, lon_deg, mast_m, height_m, near, heights)
