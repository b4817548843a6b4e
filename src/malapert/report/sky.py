"""Sky and light at the site: calendar of light, skyline with the bands of Sun and Earth, figures, ways to the Earth."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert.programme import Programme
from malapert.report import theme
from malapert.report.blocks import Block, Fact, Facts, Figure, Section, Spec, Table, Words, cell, figure_cell
from malapert.report.wording import day, fixed, minute, number, percent, plot_text, title_of, unsourced, words
from malapert.run import radio
from malapert.run.light import Light
from malapert.sky.frames import earth_orientation_note
from malapert.sky.links import BANDS_GHZ, CODE, MARGIN_DB, OTHER_LOSSES_DB, REQUIRED_EB_N0_DB, free_space_loss_db
from malapert.sky.time import tdb_s
from malapert.terrain import LightSummary, daily_light

# Dark to light in one hue family, even steps of lightness: reads the same in grey and for colour-blind eyes.
LIGHT_SCALE = [[0.0, "#101b33"], [0.25, "#3b4a6b"], [0.5, "#8a8a86"], [0.75, "#d9b45f"], [1.0, "#fff3cf"]]
_YEAR_DAYS = 366


def models(light: Light) -> dict[str, str]:
    """Which ephemeris the light is in, and what the Earth's orientation rests on over its epochs."""
    ends = tdb_s(light.series["time"].to_numpy()[[0, -1]])
    orientation = earth_orientation_note(ends).removeprefix("Earth orientation: ")
    return {"ephemeris of the light": light.ephemeris, "Earth orientation": orientation}


def section(programme: Programme, light: Light) -> Section:
    """The sky of the station."""
    site, summary = programme.home, light.summary
    place = f"{abs(site.lat_deg):g}° {'S' if site.lat_deg < 0 else 'N'}, {site.lon_deg:g}° E"
    lead = (
        f"{site.title or programme.station} ({place}), seen from a mast of {site.mast_m:g} m, hour by hour from "
        f"{day(summary.start_utc)} to {day(summary.end_utc)}."
    )
    return Section("sky", "Sky and light", lead, tuple(_blocks(programme, light)))


def _blocks(programme: Programme, light: Light) -> Iterator[Block]:
    yield facts(light.summary)
    for warning in light.summary.warnings:
        yield Words(warning, "warning")
    yield Figure(
        "plot-light-calendar",
        "Calendar of light: mean part of the Sun's disk above the ground, by day",
        calendar(light.series),
        110 + 26 * _years(light.series),
        "Each row is a year. Dark bands are the nights of the lunar month, longest in winter. Thin gap: 29 February.",
    )
    yield Figure(
        "plot-skyline",
        "Skyline, with the bands that Sun and Earth keep to and their tracks through the month of the longest dark",
        skyline(light.sky, "S" if programme.home.lat_deg < 0 else "N"),
        380,
        f"Horizon: {light.horizon_source}.",
    )
    yield contacts(programme, light)
    yield from links(programme, light)
    if light.relays:
        rows = tuple(
            (
                cell(title_of(programme, "relay", orbit.name)),
                figure_cell(fixed(orbit.period_h, 2)),
                figure_cell(number(orbit.station_keeping_m_s_per_year)),
                cell(words(orbit.words), "faint"),
            )
            for orbit in light.relays
        )
        yield Table(
            "How the relays' orbits are held", ("Relay", "Period, h", "Station-keeping, m/s a year", "How"), rows
        )
    else:
        yield Words(
            "No relay is declared: the station talks to the Earth only while the Earth stands above its horizon.",
            "faint",
        )


def facts(summary: LightSummary) -> Facts:
    """The figures of the light."""
    dark, gap = summary.longest_dark, summary.longest_earth_gap
    worst = summary.worst_lunar_day_mean
    return Facts(
        (
            Fact("Sun, mean of the disk", percent(summary.disk_mean)),
            Fact("Any Sun in view", percent(summary.any_part), "of the time"),
            Fact("Longest dark", f"{fixed(dark.days, 2)} d", _spell_words(dark)),
            Fact(
                "Worst lunar day",
                "–" if worst is None else percent(worst),
                "the span is shorter than a lunar day"
                if worst is None
                else f"mean of the disk, from {day(summary.worst_lunar_day_start_utc)}",
            ),
            Fact("Earth in view", percent(summary.earth_view), "of the time"),
            Fact("Longest without Earth", f"{fixed(gap.days, 2)} d", _spell_words(gap)),
            Fact(
                "Lost to eclipses",
                f"{fixed(summary.eclipsed_h, 1)} h",
                "whole Sun; not in the figures beside it",
            ),
        )
    )


def _spell_words(spell: Any) -> str:
    if spell.start_utc is None:
        return "never"
    cut = "; meets an end of the span" if spell.open else ""
    return f"{minute(spell.start_utc)} to {minute(spell.end_utc)}{cut}"


def _years(series: xr.Dataset) -> int:
    years = series["time"].to_numpy().astype("datetime64[Y]").astype(int)
    return int(years[-1] - years[0]) + 1


def calendar(series: xr.Dataset) -> Spec:
    """Heat map of daily light, years by day of year; days outside the span are empty."""
    daily = daily_light(series)
    dates = daily["day"].to_numpy().astype("datetime64[D]")
    year = dates.astype("datetime64[Y]").astype(int) + 1970
    # By month and day in a leap year, so that a date stands in the same column every year.
    column = _columns(dates)
    table = np.full((year[-1] - year[0] + 1, _YEAR_DAYS), np.nan)
    table[year - year[0], column] = daily["sun_fraction"].to_numpy()
    rows = [theme.values(row, 2) for row in table]
    days = theme.days(np.arange("2028-01-01", "2029-01-01", dtype="datetime64[D]"))
    heat = {
        "type": "heatmap",
        "z": rows,
        "x": days,
        "y": [str(k) for k in range(int(year[0]), int(year[-1]) + 1)],
        "colorscale": LIGHT_SCALE,
        "zmin": 0,
        "zmax": 1,
        "ygap": 3,
        "hoverongaps": False,
        "hovertemplate": "%{x|%-d %B} %{y}: %{z:.0%} of the disk<extra></extra>",
        "colorbar": {
            "title": {"text": "of the disk", "font": {"size": 11, "color": theme.MUTED}},
            "tickformat": ".0%",
            "thickness": 12,
            "outlinewidth": 0,
            "tickfont": {"size": 11, "color": theme.MUTED},
            "len": 1,
            "x": 1.01,
        },
    }
    return theme.spec(
        [heat],
        margin={"l": 56, "r": 24, "t": 10, "b": 30},
        xaxis=theme.axis(tickformat="%b", dtick="M1", showgrid=False, ticklabelmode="period"),
        yaxis=theme.axis(autorange="reversed", type="category", dtick=1, showgrid=False, ticks=""),
    )


def _columns(dates: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Day of a leap year (0 to 365) that each date has."""
    month = dates.astype("datetime64[M]")
    leap = (np.datetime64("2028-01", "M") + (month.astype(int) % 12)).astype("datetime64[D]")
    offset = (dates - month.astype("datetime64[D]")).astype(int)
    columns: NDArray[np.int64] = (leap - np.datetime64("2028-01-01")).astype(int) + offset
    return columns


def skyline(sky: xr.Dataset, pole: str) -> Spec:
    """The ground against azimuth, the bands of Sun and Earth behind it, and a month's tracks."""
    azimuth = sky["azimuth_deg"].to_numpy()
    get = {name: sky[name].to_numpy() for name in sky.data_vars}
    lowest = float(np.nanmin([np.nanmin(get["horizon"]), np.nanmin(get["sun_lowest"]), _least(get["earth_lowest"])]))
    highest = float(
        np.nanmax([np.nanmax(get["horizon"]), np.nanmax(get["sun_highest"]), -_least(-get["earth_highest"])])
    )
    traces = [
        *_band(azimuth, get["sun_lowest"], get["sun_highest"], "Sun, whole span", "rgba(217,154,28,.20)"),
        *_band(azimuth, get["earth_lowest"], get["earth_highest"], "Earth, whole span", "rgba(47,127,193,.22)"),
        _track(get["sun_track_azimuth_deg"], get["sun_track_elevation_deg"], "Sun, one month", theme.SUN),
        _track(get["earth_track_azimuth_deg"], get["earth_track_elevation_deg"], "Earth, one month", theme.EARTH),
        {
            "type": "scatter",
            "mode": "lines",
            "name": "Ground",
            "x": theme.values(azimuth),
            "y": theme.values(get["horizon"]),
            "line": {"color": "#5d574b", "width": 1.4},
            "hovertemplate": "ground %{y:.2f}° at azimuth %{x:.0f}°<extra></extra>",
        },
    ]
    floor = lowest - 0.6
    ground = {
        "type": "scatter",
        "mode": "lines",
        "x": theme.values(azimuth),
        "y": [floor] * len(azimuth),
        "line": {"width": 0},
        "showlegend": False,
        "hoverinfo": "skip",
    }
    filled = traces[-1] | {"fill": "tonexty", "fillcolor": "rgba(140,133,119,.45)"}
    ticks = {"N": 0, "E": 90, "S": 180, "W": 270}
    # At the pole itself compass points still follow the meridian of the site.
    return theme.spec(
        [*traces[:-1], ground, filled],
        xaxis=theme.axis(
            f"azimuth, clockwise from lunar north (site near the {'south' if pole == 'S' else 'north'} pole)",
            range=[0, 360],
            tickvals=list(range(0, 361, 30)),
            ticktext=[_compass(k, ticks) for k in range(0, 361, 30)],
            showgrid=False,
        ),
        yaxis=theme.axis("elevation, °", range=[floor, highest + 0.8], zeroline=True, zerolinecolor="#b8c0cc"),
    )


def _compass(azimuth_deg: int, points: dict[str, int]) -> str:
    name = next((point for point, at in points.items() if at == azimuth_deg % 360), "")
    return f"{azimuth_deg}° {name}".strip()


def _least(array: NDArray[np.float64]) -> float:
    return float(np.nanmin(array)) if np.isfinite(array).any() else float("nan")


def _band(
    azimuth: NDArray[np.float64], lowest: NDArray[np.float64], highest: NDArray[np.float64], name: str, colour: str
) -> Iterator[dict[str, Any]]:
    """A filled band for each unbroken run of azimuths."""
    known = np.isfinite(lowest)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]])))
    for k, (first, end) in enumerate(zip(edges[::2], edges[1::2], strict=True)):
        at = azimuth[first:end]
        yield {
            "type": "scatter",
            "mode": "lines",
            "fill": "toself",
            "fillcolor": colour,
            "line": {"width": 0},
            "name": name,
            "x": theme.values(np.concatenate([at, at[::-1]])),
            "legendgroup": name,
            "showlegend": k == 0,
            "hoverinfo": "skip",
            "y": theme.values(np.concatenate([highest[first:end], lowest[first:end][::-1]])),
        }


def _track(azimuth: NDArray[np.float64], elevation: NDArray[np.float64], name: str, colour: str) -> dict[str, Any]:
    """A body's path, broken where it passes north."""
    jumps = np.flatnonzero(np.abs(np.diff(azimuth)) > 180.0) + 1
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": theme.values(np.insert(azimuth, jumps, np.nan), 5),
        "y": theme.values(np.insert(elevation, jumps, np.nan)),
        "line": {"color": colour, "width": 1.8},
        "hovertemplate": f"{plot_text(name)}: %{{y:.2f}}° at azimuth %{{x:.0f}}°<extra></extra>",
    }


def contacts(programme: Programme, light: Light) -> Table:
    """How much of the time each way to the Earth is open."""
    series = light.series
    direct = series["direct_mbit_s"].to_numpy()
    rows = []
    for name, row in programme.ground_station.items():
        share = float(series["station_contact"].sel(ground_station=name).mean())
        rows.append(
            (
                cell(row.title or name),
                cell(title_of(programme, "partner", row.partner)),
                cell("site to antenna"),
                figure_cell(percent(share)),
                figure_cell(number(row.rate_mbit_s), unsourced(row, "rate_mbit_s")),
            )
        )
    if len(programme.ground_station):
        best = float(direct[direct > 0.0].mean()) if (direct > 0.0).any() else 0.0
        rows.append(
            (
                cell("All antennas"),
                cell("–", "faint"),
                cell("site to antenna"),
                figure_cell(percent(float((direct > 0.0).mean()))),
                figure_cell(number(best)),
            )
        )
    for name, relay in programme.relay.items():
        rate = series["relay_mbit_s"].sel(relay=name).to_numpy()
        rows.append(
            (
                cell(relay.title or name),
                cell(title_of(programme, "partner", relay.partner)),
                cell("through the relay"),
                figure_cell(percent(float((rate > 0.0).mean()))),
                figure_cell(number(relay.rate_mbit_s), unsourced(relay, "rate_mbit_s")),
            )
        )
    note = "Time open is geometry over the whole span, in service or not. Rates are the link's own."
    return Table(
        "Ways to the Earth", ("Antenna or relay", "Partner", "Way", "Time open", "Rate, Mbit/s"), tuple(rows), note
    )


def links(programme: Programme, light: Light) -> Iterator[Block]:
    """The radio budget of every link whose figures are declared, at its greatest range."""
    rows = tuple(
        (
            cell(f"{title_of(programme, *hop.sender)} to {title_of(programme, *hop.receiver)}"),
            cell(hop.link.transmitter.band.upper() if hop.link.transmitter.band != "ka" else "Ka"),
            figure_cell(number(hop.range_km)),
            *(figure_cell(fixed(figure, 1)) for figure in _budget(hop)),
            figure_cell(number(hop.rate_mbit_s)),
            figure_cell(fixed(hop.margin_db, 1), any(unsourced(row, *keys) for row, keys in hop.figures)),
        )
        for hop in radio.hops(programme, light.series)
    )
    if rows:
        heads = ("Link", "Band", "Range, km", "EIRP, dBW", "Path loss, dB", "G/T, dB/K", "Rate, Mbit/s", "Margin, dB")
        note = (
            f"At the greatest range. A rate is the declared one, or the link's with {MARGIN_DB:g} dB to spare where "
            f"that is less. The margin is over {REQUIRED_EB_N0_DB[CODE]:g} dB of Eb/N0 (rate-1/2 LDPC) after "
            f"{OTHER_LOSSES_DB:g} dB of pointing, polarisation and receiver losses; it covers rain too."
        )
        yield Table("Radio links", heads, rows, note)


def _budget(hop: radio.Hop) -> tuple[float, float, float]:
    """EIRP (dBW), free-space loss (dB), G/T (dB/K)."""
    band = hop.link.transmitter.band
    loss = float(free_space_loss_db(hop.range_km, BANDS_GHZ[band]))
    return hop.link.transmitter.eirp_dbw, loss, hop.link.receiver.g_over_t_db_k(band)
