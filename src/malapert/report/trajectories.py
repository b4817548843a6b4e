"""Trajectories in three dimensions, in the frame that turns with the Earth and the Moon."""

import math
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from malapert.constants import RADIUS_EARTH_EQUATOR_KM, RADIUS_MOON_KM, SECONDS_PER_DAY
from malapert.report import theme
from malapert.report.blocks import Spec
from malapert.report.wording import plot_text, shortened
from malapert.run.flights import Flights, FlownFlight
from malapert.sky.ephemeris import position_km

Array = NDArray[np.float64]
# Half a minute's step for the Moon's velocity: the third derivative leaves 1e-9 of it.
_STEP_S = 30.0


def rotating(earth_to_craft_icrf_km: Array, earth_to_moon_icrf_km: Array, epoch_tdb_s: Array) -> Array:
    """Craft (n, 3) in Earth-Moon distances: x to the Moon, z along its orbit's pole, Earth at the origin.

    The rotating, pulsating frame of the restricted problem (Szebehely 1967, Theory of Orbits, 1.4), with the
    ephemeris Moon's own direction and speed at each epoch.
    """
    ahead, behind = (position_km("moon", "earth", epoch_tdb_s + sign * _STEP_S) for sign in (1.0, -1.0))
    distance_km = np.linalg.norm(earth_to_moon_icrf_km, axis=1)
    x = earth_to_moon_icrf_km / distance_km[:, None]
    z = np.cross(earth_to_moon_icrf_km, ahead - behind)
    z /= np.linalg.norm(z, axis=1)[:, None]
    axes = np.stack([x, np.cross(z, x), z], axis=1)
    turned: Array = np.einsum("nij,nj->ni", axes, earth_to_craft_icrf_km) / distance_km[:, None]
    return turned


def trajectories(flights: Flights) -> Spec:
    """All paths in one scene; views of the whole way and of the Moon's surroundings."""
    traces = [_path(flights.paths, flown, k) for k, flown in enumerate(flights.flown)]
    distance_km = float(np.nanmean(np.linalg.norm(flights.paths["earth_to_moon_icrf_km"].to_numpy(), axis=-1)))
    traces += [
        _globe("Earth", 0.0, RADIUS_EARTH_EQUATOR_KM / distance_km, "#2f7fc1"),
        _globe("Moon", 1.0, RADIUS_MOON_KM / distance_km, "#8f97a3"),
    ]
    whole = {"x": [-0.12, 1.12], "y": [-0.45, 0.45], "z": [-0.3, 0.3]}
    near = {"x": [0.93, 1.07], "y": [-0.07, 0.07], "z": [-0.07, 0.07]}
    axes = {
        f"{name}axis": {
            "range": whole[name],
            "title": {"text": ""},
            "showbackground": False,
            "gridcolor": theme.GRID,
            "zeroline": False,
            "showspikes": False,
            "tickfont": {"size": 10, "color": theme.MUTED},
            "nticks": 5,
            "showticklabels": False,
            "showgrid": name != "z",
        }
        for name in "xyz"
    }
    buttons = [
        {"label": title, "method": "relayout", "args": [_view(ranges, eye)]}
        for title, ranges, eye in (
            ("Earth to Moon", whole, (0.1, -1.0, 0.55)),
            ("Around the Moon", near, (0.6, -1.3, 0.6)),
        )
    ]
    return theme.spec(
        traces,
        margin={"l": 0, "r": 0, "t": 34, "b": 0},
        legend={
            "orientation": "v",
            "x": 1,
            "xanchor": "right",
            "y": 0.98,
            "font": {"size": 11},
            "bgcolor": "rgba(255,255,255,.85)",
        },
        scene={
            **axes,
            "domain": {"x": [0, 0.8], "y": [0, 1]},
            "aspectmode": "manual",
            "aspectratio": _ratio(whole),
            "camera": {"eye": _point((0.1, -1.0, 0.55))},
            "annotations": [
                {
                    "x": at,
                    "y": 0,
                    "z": 0,
                    "text": name,
                    "showarrow": False,
                    "yshift": 14,
                    "font": {"size": 12, "color": theme.INK},
                }
                for name, at in (("Earth", 0.0), ("Moon", 1.0))
            ],
        },
        updatemenus=[
            {
                "type": "buttons",
                "direction": "right",
                "x": 0,
                "xanchor": "left",
                "y": 1.0,
                "yanchor": "bottom",
                "buttons": buttons,
                "bgcolor": "#ffffff",
                "bordercolor": "#b8c0cc",
                "font": {"size": 12, "color": theme.INK},
                "pad": {"b": 4},
            }
        ],
    )


def _ratio(ranges: dict[str, list[float]]) -> dict[str, float]:
    longest = max(high - low for low, high in ranges.values())
    return {name: round(1.6 * (high - low) / longest, 4) for name, (low, high) in ranges.items()}


def _point(at: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip("xyz", at, strict=True))


def _view(ranges: dict[str, list[float]], eye: tuple[float, float, float]) -> dict[str, Any]:
    return {
        **{f"scene.{name}axis.range": ranges[name] for name in "xyz"},
        "scene.aspectratio": _ratio(ranges),
        "scene.camera.eye": _point(eye),
    }


def _path(paths: xr.Dataset, flown: FlownFlight, k: int) -> dict[str, Any]:
    one = paths.sel(flight=flown.name)
    epochs = one["epoch_tdb_s"].to_numpy()
    known = np.isfinite(epochs)
    points = rotating(
        one["earth_to_craft_icrf_km"].to_numpy()[known], one["earth_to_moon_icrf_km"].to_numpy()[known], epochs[known]
    )
    colour = theme.many(k)
    days = (epochs[known] - flown.depart_tdb_s) / SECONDS_PER_DAY
    title = plot_text(shortened(flown.title))
    return {
        "type": "scatter3d",
        "mode": "lines",
        "name": title,
        "x": theme.values(points[:, 0], 5),
        "y": theme.values(points[:, 1], 5),
        "z": theme.values(points[:, 2], 5),
        "line": {"color": colour, "width": 4},
        "text": [title] * len(points),
        "customdata": theme.values(days, 3),
        "hovertemplate": "%{text}: day %{customdata:.1f}<extra></extra>",
    }


def _globe(name: str, x: float, radius: float, colour: str) -> dict[str, Any]:
    """A sphere as a surface, 24 by 13."""
    turn, tilt = np.meshgrid(np.linspace(0.0, 2.0 * math.pi, 25), np.linspace(-math.pi / 2, math.pi / 2, 13))
    parts = (x + radius * np.cos(tilt) * np.cos(turn), radius * np.cos(tilt) * np.sin(turn), radius * np.sin(tilt))
    return {
        "type": "surface",
        "name": name,
        "showscale": False,
        "colorscale": [[0, colour], [1, colour]],
        "hoverinfo": "name",
        "lighting": {"ambient": 0.7, "diffuse": 0.5, "specular": 0.05},
        **{axis: [theme.values(row, 6) for row in part] for axis, part in zip("xyz", parts, strict=True)},
    }
