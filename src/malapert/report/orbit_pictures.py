"""An orbit of years on paper: its shape, and its perilunes and apolunes over time."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from malapert.constants import GM_MOON_KM3_S2, RADIUS_MOON_KM
from malapert.flight.elements import lunar_elements
from malapert.flight.orbits import FlownOrbit
from malapert.report.pictures import new_figure, save
from malapert.report.theme import ACCENT, BAD, GROUND, MUTED
from malapert.report.trajectories import rotating
from malapert.report.transfers import begun
from malapert.sky.ephemeris import position_km
from malapert.sky.time import utc

Array = NDArray[np.float64]

MEAN_DISTANCE_KM: Final = 384_400.0
THOUSAND: Final = 1e-3
MOST_POINTS: Final = 20_000
VECTORS: Final = 2_000


def draw_orbit(flown: FlownOrbit, line: str, path: Path) -> None:
    """Write the picture; `line` stands under the title."""
    figure = new_figure(11.0, 7.0)
    left, right = (figure.add_axes((x, 0.44, 0.40, 0.42)) for x in (0.07, 0.57))
    below = [figure.add_axes((x, 0.08, 0.40, 0.25)) for x in (0.07, 0.57)]
    if flown.three_body is not None:
        _turning(flown, left, right)
    else:
        _conic(flown, left)
        _vector(flown, right)
    for axes, apsides, name, colour in zip(
        below, (flown.perilunes, flown.apolunes), ("perilune", "apolune"), (ACCENT, BAD), strict=True
    ):
        _over_time(axes, apsides, name, colour)
    for axes in figure.axes:
        axes.grid(True)
    figure.text(0.07, 0.965, begun(flown.title), fontsize=13, fontweight="bold", va="top")
    figure.text(0.07, 0.925, line, color=MUTED, va="top")
    save(figure, path)


def _turning(flown: FlownOrbit, left: Any, right: Any) -> None:
    """In the frame that turns and breathes with the Earth and the Moon, from above and from the side."""
    every = max(1, len(flown.path.epochs_tdb_s) // MOST_POINTS)
    t, place = flown.path.epochs_tdb_s[::every], flown.path.states[::every, :3]
    moon = position_km("moon", "earth", t)
    turned = (rotating(place + moon, moon, t) - [1.0, 0.0, 0.0]) * MEAN_DISTANCE_KM * THOUSAND
    planar = np.ptp(turned[:, 2]) < 0.05 * np.ptp(turned[:, 0])
    for axes, (a, b), title in (
        (left, (0, 1), "From the north, the Earth to the left"),
        (right, (0, 2) if planar else (1, 2), "From the side" if planar else "From the Earth"),
    ):
        axes.plot(turned[:, a], turned[:, b], color=ACCENT, linewidth=0.35)
        axes.set(title=title, xlabel=f"{'xyz'[a]}, 1000 km", ylabel=f"{'xyz'[b]}, 1000 km")
    for axes in (left,) if planar else (left, right):
        _moon(axes)
        axes.set_aspect("equal", adjustable="datalim")


def _conic(flown: FlownOrbit, axes: Any) -> None:
    """The conic of the first state in its own plane, perilune to the right."""
    orbit = lunar_elements(flown.path.states[0], float(flown.path.epochs_tdb_s[0]), GM_MOON_KM3_S2)
    anomaly = np.linspace(0.0, 2.0 * np.pi, 361)
    radius = orbit.periapsis_radius_km * (1.0 + orbit.eccentricity) / (1.0 + orbit.eccentricity * np.cos(anomaly))
    axes.plot(radius * np.cos(anomaly) * THOUSAND, radius * np.sin(anomaly) * THOUSAND, color=ACCENT, linewidth=1.0)
    _moon(axes)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set(title="At the start, in its plane, perilune to the right", xlabel="1000 km", ylabel="1000 km")


def _vector(flown: FlownOrbit, axes: Any) -> None:
    """The eccentricity vector's way: where perilune lies, and how far out of round the orbit is."""
    t, states = flown.path.epochs_tdb_s, flown.path.states
    every = max(1, len(t) // VECTORS)
    found = [lunar_elements(y, float(at), GM_MOON_KM3_S2) for at, y in zip(t[::every], states[::every], strict=True)]
    e = np.array([one.eccentricity for one in found])
    w = np.radians([one.argument_of_periapsis_deg for one in found])
    axes.plot(e * np.cos(w), e * np.sin(w), ".", color=ACCENT, markersize=1.5)
    axes.plot([0.0], [0.0], "+", color=MUTED)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set(title="Eccentricity and argument of perilune", xlabel="e cos ω", ylabel="e sin ω, over the Moon's equator")


def _over_time(axes: Any, apsides: Array, name: str, colour: str) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    days = AutoDateLocator(maxticks=7)  # type: ignore[no-untyped-call]
    every = max(1, len(apsides) // MOST_POINTS)
    axes.plot(utc(apsides[::every, 0]), apsides[::every, 1], ".", markersize=2.0, color=colour)
    axes.xaxis.set_major_locator(days)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(days))  # type: ignore[no-untyped-call]
    axes.set(title=f"Altitude at {name}", ylabel="km")


def _moon(axes: Any) -> None:
    from matplotlib.patches import Circle

    axes.add_patch(Circle((0.0, 0.0), RADIUS_MOON_KM * THOUSAND, facecolor=GROUND, edgecolor="none", zorder=3))
