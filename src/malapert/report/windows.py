"""What is said of windows: the answer as plain data, as a table, and as a porkchop picture."""

import math
from pathlib import Path
from typing import Any, Final

import numpy as np

from malapert.flight.windows import Cell, Windows
from malapert.report.pictures import new_figure, save, wrapped
from malapert.report.terminal import print_figures, print_note
from malapert.report.theme import ACCENT, BAD, INK, MUTED
from malapert.report.transfers import begun
from malapert.report.wording import counted, fixed, minute, when
from malapert.sky.time import utc

FAILED: Final = "#d9d4cc"


def windows_answer(found: Windows, above_best_m_s: float) -> dict[str, Any]:
    """The grid of delta-v, the cheapest cell, the runs of days near it, and the failures by reason."""
    best = found.best()
    return {
        "title": found.title,
        "departures_utc": [f"{epoch}Z" for epoch in utc(found.departures_tdb_s)],
        "departures_tdb_s": found.departures_tdb_s.tolist(),
        "choice": found.choice,
        "choices": found.choices.tolist(),
        "delta_v_m_s": [[value if math.isfinite(value) else None for value in row] for row in found.delta_v_m_s],
        "burns": list(found.burns),
        "best": None if best is None else _cell(best),
        "windows": [
            {"from": _cell(first), "to": _cell(last), "best": _cell(cheapest)}
            for first, last, cheapest in found.spans(above_best_m_s)
        ],
        "above_best_m_s": above_best_m_s,
        "cells": len(found.cells),
        "failed": sum(1 for cell in found.cells if cell.reason),
        "failures": [{"cells": count, "reason": text} for count, text in found.failures()],
        "frame": "ICRF axes, TDB seconds past J2000; UTC beside them",
        "forces": found.forces,
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "departure_utc": f"{when(cell.departure_tdb_s)}Z",
        "departure_tdb_s": cell.departure_tdb_s,
        "choice": cell.choice,
        "duration_d": cell.duration_d,
        "delta_v_m_s": cell.delta_v_m_s,
        "burns_m_s": list(cell.burns_m_s),
        "site_wait_d": None if math.isnan(cell.site_wait_d) else cell.site_wait_d,
    }


def print_windows(answer: dict[str, Any]) -> None:
    """The windows as a table, and why cells failed."""
    title = (
        f"{begun(answer['title'])}: {answer['cells'] - answer['failed']} of {counted(answer['cells'], 'cell')} flown"
    )
    rows: list[tuple[str, ...]] = [
        (_minute(one["from"]), _minute(one["to"]), _minute(one["best"]), f"{one['best']['choice']:g}",
         fixed(one["best"]["delta_v_m_s"], 1))
        for one in answer["windows"]
    ]  # fmt: skip
    unit = answer["choice"].partition("(")[2].rstrip(")")
    print_figures(title, ("opens, UTC", "closes", "cheapest", unit, "m/s"), rows)
    if answer["best"]:
        pairs = zip(answer["burns"], answer["best"]["burns_m_s"], strict=True)
        burns = " + ".join(f"{name} {fixed(burn, 1)}" for name, burn in pairs)
        print_note(
            f"Best: {_minute(answer['best'])} UTC, {answer['choice']} {answer['best']['choice']:g}: {burns} m/s."
        )
    print_note(
        f"Windows: departures whose best choice costs at most {answer['above_best_m_s']:g} m/s more than the best."
    )
    for failure in answer["failures"][:5]:
        print_note(f"{counted(failure['cells'], 'cell')} failed, such as: {failure['reason'][:400]}", loud=True)
    forces = answer["forces"]
    print_note("; ".join(f"{key.replace('_', ' ')}: {value}" for key, value in forces.items() if "gm_" not in key))


def _minute(cell: dict[str, Any]) -> str:
    # Even steps of TDB fall a few milliseconds beside those of UTC.
    return minute(when(cell["departure_tdb_s"] + 0.5)).removesuffix(" UTC")


def draw_windows(found: Windows, path: Path) -> None:
    """Delta-v over departure and choice; what cannot be flown in grey; the best of each departure below."""
    grid = found.delta_v_m_s
    best = found.best()
    days = utc(found.departures_tdb_s)
    figure = new_figure(10.0, 6.4)
    top, side = figure.add_axes((0.08, 0.40, 0.80, 0.46)), figure.add_axes((0.90, 0.40, 0.02, 0.46))
    below = figure.add_axes((0.08, 0.10, 0.80, 0.22), sharex=top)
    top.set_facecolor(FAILED)
    if best is not None:
        # The cheap cells are what the picture is for: the scale ends where three in four do.
        high = max(float(np.nanpercentile(grid, 75.0)), best.delta_v_m_s * 1.001)
        shade = np.ma.masked_invalid(grid.T)
        mesh = top.pcolormesh(
            days, found.choices, shade, cmap="viridis_r", vmin=best.delta_v_m_s, vmax=high, shading="nearest"
        )
        figure.colorbar(mesh, cax=side, label="delta-v, m/s", extend="max")
        if min(grid.shape) > 2:
            levels = np.linspace(best.delta_v_m_s, high, 7)[1:]
            lines = top.contour(days, found.choices, shade, levels, colors=INK, linewidths=0.5)
            top.clabel(lines, fmt="%.0f", fontsize=7)
        at = when(best.departure_tdb_s)
        top.plot([at], [best.choice], "o", color=BAD, markersize=6)
        with np.errstate(all="ignore"):
            lowest = np.nanmin(np.where(np.isfinite(grid), grid, np.inf), axis=1)
        below.plot(days, np.where(np.isfinite(lowest), lowest, np.nan), color=ACCENT, linewidth=1.2)
        below.plot([at], [best.delta_v_m_s], "o", color=BAD, markersize=6)
        above = min(float(np.nanmax(np.where(np.isfinite(lowest), lowest, np.nan))), high) - best.delta_v_m_s
        below.set_ylim(best.delta_v_m_s - 0.1 * above - 0.1, best.delta_v_m_s + 1.1 * above + 0.1)
    top.set_ylabel(found.choice)
    below.set_ylabel("best, m/s")
    below.set_xlabel("departure, UTC")
    below.grid(True)
    top.tick_params(labelbottom=False)
    failed = sum(1 for cell in found.cells if cell.reason)
    figure.text(0.08, 0.965, f"Windows: {found.title}", fontsize=13, fontweight="bold", va="top")
    words = "nothing could be flown" if best is None else (
        f"best {best.delta_v_m_s:.1f} m/s on {minute(when(best.departure_tdb_s + 0.5))}, {best.duration_d:.2f} d"
    )  # fmt: skip
    grey = f"; grey: {failed} of {len(found.cells)} cells cannot be flown" if failed else ""
    figure.text(0.08, 0.915, wrapped(words + grey, 130), color=MUTED, va="top")
    save(figure, path)
