"""A transfer's path on paper: in the frame that turns with the Earth and the Moon, in inertial axes, at the Moon."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from malapert.constants import ASTRONOMICAL_UNIT_KM, RADIUS_EARTH_EQUATOR_KM, RADIUS_MOON_KM
from malapert.flight import Transfer
from malapert.flight.mars_plan import ECLIPTIC_NORTH
from malapert.report.pictures import new_figure, save
from malapert.report.theme import ACCENT, BAD, EARTH, GROUND, MUTED, SUN
from malapert.report.trajectories import rotating
from malapert.report.transfers import begun
from malapert.sky.ephemeris import position_km

Array = NDArray[np.float64]

MEAN_DISTANCE_KM: Final = 384_400.0
NEAR_MOON_KM: Final = 90_000.0
THOUSAND: Final = 1e-3


def draw_transfer(transfer: Transfer, line: str, path: Path) -> None:
    """Write the picture; `line` stands under the title."""
    if transfer.trajectory.center == "sun":
        _draw_cruise(transfer, line, path)
        return
    epochs = transfer.trajectory.epochs_tdb_s
    craft = transfer.trajectory.states_from("earth")[:, :3]
    moon = position_km("moon", "earth", epochs)
    burns = [int(np.argmin(np.abs(epochs - one.epoch_tdb_s))) for one in transfer.maneuvers]
    names = [one.name for one in transfer.maneuvers]
    turned = rotating(craft, moon, epochs) * MEAN_DISTANCE_KM * THOUSAND
    figure = new_figure(11.0, 5.2)
    left, middle, right = (figure.add_axes((x, 0.13, 0.27, 0.68)) for x in (0.06, 0.39, 0.72))
    at_moon = np.array([MEAN_DISTANCE_KM * THOUSAND, 0.0, 0.0])
    _globe(left, (0.0, 0.0), RADIUS_EARTH_EQUATOR_KM, EARTH, "Earth")
    _globe(left, at_moon[:2], RADIUS_MOON_KM, GROUND, "Moon")
    _way(left, turned[:, :2], burns, names, "Turning with the Earth and the Moon")
    _globe(middle, (0.0, 0.0), RADIUS_EARTH_EQUATOR_KM, EARTH, "Earth")
    middle.plot(*(moon[:, :2].T * THOUSAND), color=GROUND, linewidth=0.9, label="Moon")
    _way(middle, craft[:, :2] * THOUSAND, burns, names, "Inertial, ICRF x and y")
    near = np.linalg.norm(craft - moon, axis=1) < NEAR_MOON_KM
    beside = np.where(near[:, None], (craft - moon) * THOUSAND, np.nan)
    _globe(right, (0.0, 0.0), RADIUS_MOON_KM, GROUND, "Moon")
    _way(right, beside[:, [0, 2]], burns, names, "From the Moon, ICRF x and z")
    for axes in (left, middle, right):
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_xlabel("1000 km")
        axes.grid(True)
    left.legend(loc="upper left", frameon=True, framealpha=0.85, edgecolor="none")
    _head(figure, transfer.name, line)
    save(figure, path)


def _head(figure: Any, name: str, line: str) -> None:
    figure.text(0.06, 0.965, begun(name), fontsize=13, fontweight="bold", va="top")
    figure.text(0.06, 0.915, line, color=MUTED, va="top")


def _draw_cruise(transfer: Transfer, line: str, path: Path) -> None:
    """A flight between planets from above the ecliptic, with both planets' ways meanwhile."""
    flown = transfer.trajectory
    figure = new_figure(8.0, 8.0)
    axes = figure.add_axes((0.09, 0.07, 0.86, 0.78))
    axes.plot([0.0], [0.0], "o", color=SUN, markersize=9, label="Sun")
    for body, colour in (("earth", EARTH), ("mars", BAD)):
        place = _ecliptic(position_km(body, "sun", flown.epochs_tdb_s))
        axes.plot(place[:, 0], place[:, 1], color=colour, linewidth=0.9, label=f"{begun(body)} meanwhile")
        axes.plot(*place[0, :2], "o", color=colour, markersize=5)
        axes.plot(*place[-1, :2], "o", color=colour, markersize=5, markerfacecolor="white")
    burns = [int(np.argmin(np.abs(flown.epochs_tdb_s - one.epoch_tdb_s))) for one in transfer.maneuvers]
    _way(axes, _ecliptic(flown.states[:, :3])[:, :2], burns, [one.name for one in transfer.maneuvers],
         "From the Sun, ecliptic of J2000; dots: departure, rings: arrival")  # fmt: skip
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel("au")
    axes.grid(True)
    axes.legend(loc="upper left")
    _head(figure, transfer.name, line)
    save(figure, path)


def _ecliptic(icrf_km: Array) -> Array:
    """Places (n, 3) on the ecliptic of J2000, au."""
    x = np.array([1.0, 0.0, 0.0])
    axes = np.array([x, np.cross(ECLIPTIC_NORTH, x), ECLIPTIC_NORTH])
    return np.asarray(icrf_km @ axes.T / ASTRONOMICAL_UNIT_KM)


def _globe(axes: Any, at: Any, radius_km: float, colour: str, name: str) -> None:
    """A body to scale, and a mark that is seen where the scale makes it a point."""
    from matplotlib.patches import Circle

    axes.add_patch(Circle(tuple(at), radius_km * THOUSAND, facecolor=colour, edgecolor="none", zorder=3))
    axes.plot([at[0]], [at[1]], "o", color=colour, markersize=4, zorder=2, label=name)


def _way(axes: Any, points: Array, burns: list[int], names: list[str], title: str) -> None:
    axes.plot(points[:, 0], points[:, 1], color=ACCENT, linewidth=1.2, zorder=4)
    for k, (row, name) in enumerate(zip(burns, names, strict=True)):
        if np.all(np.isfinite(points[row])):
            axes.plot(*points[row], "^", color=BAD, markersize=5, zorder=5)
            axes.annotate(str(k + 1), points[row], xytext=(5, 4), textcoords="offset points", color=BAD)
        axes.plot([], [], "^", color=BAD, markersize=5, label=f"{k + 1} {name}")
    axes.set_title(title)
