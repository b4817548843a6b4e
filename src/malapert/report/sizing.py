"""What is said of a sizing: plain data for JSON, tables, and mass against unserved energy drawn for every site."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from malapert.report.pictures import new_figure, save, wrapped
from malapert.report.terminal import print_line, print_note, print_table
from malapert.report.theme import MUTED, PARTNERS
from malapert.report.wording import counted, fixed, number, percent, words
from malapert.run.sizing import SiteSizing, Sizing


def sizing_answer(sizing: Sizing) -> dict[str, Any]:
    """Everything, as JSON prints it."""
    return asdict(sizing)


def print_sizing(sizing: Sizing) -> None:
    """Each site's lightest set for every allowance, and what clashes where nothing serves."""
    asked = sum(sizing.loads_kw.values())
    drawing = counted(len(sizing.loads_kw), "element")
    print_line(f"{number(asked)} kW asked by {drawing}, {sizing.start_utc} to {sizing.end_utc}")
    for site in sizing.sites:
        _print_site(site)
    for note in sizing.notes:
        print_note(note)


def _print_site(site: SiteSizing) -> None:
    title = (
        f"{site.title}: lit {percent(site.lit_fraction)} of the time, longest dark {fixed(site.longest_dark_h, 0)} h"
    )
    columns = ("may go unserved", "mass, t", "units", "without reactors, t", "an hour of the dearest dark, kg")
    solar = {point.allowed_fraction: point for point in site.points_without_reactors}
    rows: list[tuple[str, ...]] = []
    for point in site.points:
        other = solar.get(point.allowed_fraction)
        rows.append(
            (
                percent(point.allowed_fraction, 2) if point.allowed_fraction else "nothing",
                number(point.mass_kg / 1000.0),
                ", ".join(f"{number(count)} {words(name)}" for name, count in point.units.items()),
                number(other.mass_kg / 1000.0) if other else "none does",
                number(other.dark_hour_kg) if other else "",
            )
        )
    if rows:
        print_table(title, columns, rows, (0, 1, 3, 4))
    else:
        print_line(f"\n{title}", "bold")
    if site.clash:
        print_note("Nothing serves all of it: these cannot be had together:", loud=True)
        for line in site.clash:
            print_line(f"  - {line}")


def draw_sizing(sizing: Sizing, path: Path) -> None:
    """Mass against energy unserved, one line a site."""
    figure = new_figure(7.5, 4.6)
    axes = figure.add_axes((0.1, 0.13, 0.62, 0.7))
    figure.text(0.1, 0.95, "What survival weighs", fontsize=13, fontweight="bold", va="top")
    kilowatts = number(sum(sizing.loads_kw.values()))
    figure.text(0.1, 0.895, f"{kilowatts} kW asked, {sizing.start_utc} to {sizing.end_utc}", color=MUTED, va="top")
    for k, site in enumerate(sizing.sites):
        colour = PARTNERS[k % len(PARTNERS)]
        for points, dash in ((site.points, "-"), (site.points_without_reactors, "--")):
            if not points or (dash == "--" and points == site.points):
                continue
            x = [100.0 * point.allowed_fraction for point in points]
            y = [point.mass_kg / 1000.0 for point in points]
            axes.plot(x, y, dash, color=colour, marker="o", markersize=3, linewidth=1.6)
        figure.text(
            0.74,
            0.8 - 0.17 * k,
            f"{wrapped(site.title, 26)}\nlongest dark {site.longest_dark_h:.0f} h",
            color=colour,
            fontsize=8,
            va="top",
        )
    if any(site.points != site.points_without_reactors for site in sizing.sites):
        figure.text(0.74, 0.13, "solid: with reactors\ndashed: Sun and stores alone", color=MUTED, fontsize=8)
    axes.set_xscale("symlog", linthresh=0.05)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("energy that may go unserved, %")
    axes.set_ylabel("sources and stores, t")
    axes.set_xticks([0, 0.05, 0.1, 0.5, 1, 5, 10, 20], ["0", "0.05", "0.1", "0.5", "1", "5", "10", "20"])
    axes.minorticks_off()
    axes.grid(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    save(figure, path)
