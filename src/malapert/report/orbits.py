"""What is said of an orbit flown for years: the answer as plain data for JSON, and as brief tables."""

from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from malapert import data
from malapert.flight.orbits import YEAR_S, FlownOrbit
from malapert.flight.patched import DISTANCE_KM, TIME_UNIT_S
from malapert.flight.station_keeping import CROSSINGS_AHEAD, TARGETS_AHEAD, StationKeeping
from malapert.report.terminal import print_figures, print_note, print_pairs
from malapert.report.transfers import begun
from malapert.report.wording import fixed, minute, number, quantity, when

Array = NDArray[np.float64]

LAWS: Final = {
    "crossing": f"x-axis crossing control, one burn a revolution, looking {CROSSINGS_AHEAD} crossings ahead",
    "targets": f"target points, three burns a revolution, looking {TARGETS_AHEAD} patch points ahead",
}
SAID: Final = {
    "inclination_to_earth_orbit_deg": "inclination to the Earth's path about the Moon",
    "lowest_inclination_deg": "lowest over the Moon's equator",
    "highest_inclination_deg": "highest over the Moon's equator",
}
ERRORS: Final = (
    ("navigation_km", "navigation, position", 1.0, "km"),
    ("navigation_m_s", "navigation, velocity", 100.0, "cm/s"),
    ("burn_fraction", "a burn's size", 100.0, "%"),
    ("burn_fixed_m_s", "a burn's fixed part", 1000.0, "mm/s"),
    ("least_burn_m_s", "least burn made", 100.0, "cm/s"),
)
NOT_COUNTED: Final = "no solar-pressure misfit, no wheel unloading, no missed burn, navigation errors white"


def orbit_answer(flown: FlownOrbit) -> dict[str, Any]:
    """Span, start, altitudes, period, the three-body member, upkeep, and what it all rests on."""
    path = flown.path
    start_tdb_s = float(path.epochs_tdb_s[0])
    answer: dict[str, Any] = {
        "orbit": flown.kind,
        "title": flown.title,
        "start_utc": f"{when(start_tdb_s)}Z",
        "start_tdb_s": start_tdb_s,
        "end_utc": f"{when(path.end_tdb_s)}Z",
        "years": flown.years,
        "meets_the_ground": flown.lost,
        "position_icrf_km": path.states[0, :3].tolist(),
        "velocity_icrf_km_s": path.states[0, 3:6].tolist(),
        "period_d": flown.period_d,
        "perilune_altitude_km": _range(flown.perilunes),
        "apolune_altitude_km": _range(flown.apolunes),
        "figures": flown.figures,
        "three_body": _three_body(flown),
        "station_keeping": _upkeep(flown),
        "frame": "Moon-centred, ICRF axes; TDB seconds past J2000, UTC beside them; altitudes over 1737.4 km",
        "forces": path.forces,
        "kernels": [f"{data.ephemeris().name}, the shipped 1960-2060 cut, with its lunar librations"],
    }
    return answer


def orbit_line(answer: dict[str, Any]) -> str:
    """An orbit in one line."""
    upkeep = answer["station_keeping"]
    cost = f"; {number(upkeep['delta_v_m_s_per_year']['mean'])} m/s a year to hold" if upkeep else ""
    return (
        f"{_minute(answer['start_tdb_s'])}, {_years(answer)}, period {' '.join(_period(answer))}"
        f"{cost}; {answer['forces']['ephemeris']}"
    )


def _range(apsides: Array) -> dict[str, float] | None:
    if not len(apsides):
        return None
    heights = apsides[:, 1]
    return {"lowest": float(heights.min()), "mean": float(heights.mean()), "highest": float(heights.max())}


def _three_body(flown: FlownOrbit) -> dict[str, Any] | None:
    member = flown.three_body
    if member is None:
        return None
    return {
        "state_from_barycentre": member.barycentric.tolist(),
        "period": member.period,
        "mass_ratio": member.mass_ratio,
        "jacobi_constant": member.jacobi,
        "stability_index": member.stability,
        "perilune_radius_km": member.perilune * DISTANCE_KM,
        "closes_to_km": member.closure * DISTANCE_KM,
        "length_unit_km": DISTANCE_KM,
        "time_unit_s": TIME_UNIT_S,
    }


def _upkeep(flown: FlownOrbit) -> dict[str, Any] | None:
    if flown.keeping is not None:
        return _kept(flown.keeping)
    if flown.resets is None:
        return None
    total = sum(reset.delta_v_m_s for reset in flown.resets)
    return {
        "law": "put back to its perilune altitude at an apolune, forces and state known",
        "delta_v_m_s_per_year": {"mean": total * YEAR_S / (flown.path.end_tdb_s - float(flown.path.epochs_tdb_s[0]))},
        "burns": len(flown.resets),
    }


def _kept(kept: StationKeeping) -> dict[str, Any]:
    spent = kept.delta_v_m_s_per_year
    return {
        "law": LAWS[kept.law],
        "delta_v_m_s_per_year": {
            "mean": float(spent.mean()),
            "least": float(spent.min()),
            "most": float(spent.max()),
            "p95": float(np.percentile(spent, 95.0)),
        },
        "lives": kept.runs,
        "seed": kept.seed,
        "years": kept.years,
        "burns_a_year": float(kept.burns.mean() / kept.years),
        "farthest_from_reference_km": float(kept.deviation_km.max()),
        "errors_one_sigma": asdict(kept.errors),
        "errors_source": "unsourced, of the size Gateway studies assume, unless given",
        "not_counted": NOT_COUNTED,
    }


def print_orbit(answer: dict[str, Any]) -> None:
    """The same as tables."""
    title = f"{begun(answer['title'])}, {_minute(answer['start_tdb_s'])}, {_years(answer)}"
    rows = [("period", *_period(answer))]
    for name in ("perilune", "apolune"):
        heights = answer[f"{name}_altitude_km"]
        if heights is not None:
            said = f"{fixed(heights['lowest'], 0)} to {fixed(heights['highest'], 0)}, mean {fixed(heights['mean'], 0)}"
            rows.append((f"{name} altitude", said, "km"))
    rows += [_figure(key, value) for key, value in answer["figures"].items()]
    three = answer["three_body"]
    if three is not None:
        rows += [
            ("stability index", number(three["stability_index"], 4), "1 is stable"),
            ("Jacobi constant", number(three["jacobi_constant"], 6), "three-body problem"),
            ("its perilune radius", fixed(three["perilune_radius_km"], 0), f"km at {DISTANCE_KM:g} km"),
        ]
    print_pairs(title, rows)
    _print_state(answer)
    _print_upkeep(answer["station_keeping"])
    if answer["meets_the_ground"]:
        print_note(f"It meets the ground at {answer['end_utc'][:16]}: raise it, turn its node, or keep it.")
    forces = answer["forces"]
    print_note(
        f"{answer['frame']}; {forces['ephemeris']}; Moon: {forces['moon_field']}; Earth: {forces['earth_field']}; "
        f"third bodies: {forces['third_bodies']}"
    )


def _period(answer: dict[str, Any]) -> tuple[str, str]:
    days = answer["period_d"]
    return (number(days, 5), "d") if days > 2.0 else (number(24.0 * days, 5), "h")


def _years(answer: dict[str, Any]) -> str:
    return f"{number(answer['years'])} {'year' if number(answer['years']) == '1' else 'years'}"


def _minute(tdb_s: float) -> str:
    return minute(when(tdb_s))


def _figure(key: str, value: float) -> tuple[str, str, str]:
    name, unit = quantity(key)
    return SAID.get(key, name), number(float(value), 4), unit


def _print_state(answer: dict[str, Any]) -> None:
    rows: list[tuple[str, ...]] = [
        (axis, f"{answer['position_icrf_km'][k]:.6f}", f"{answer['velocity_icrf_km_s'][k]:.9f}")
        for k, axis in enumerate("xyz")
    ]
    print_figures(f"State at {answer['start_utc']}", ("ICRF", "km", "km/s"), rows)


def _print_upkeep(upkeep: dict[str, Any] | None) -> None:
    if upkeep is None:
        return
    spent = upkeep["delta_v_m_s_per_year"]
    rows = [("delta-v a year, mean", number(spent["mean"]), "m/s")]
    if "lives" in upkeep:
        rows += [
            ("from, to", f"{number(spent['least'])} to {number(spent['most'])}", "m/s"),
            ("lives flown", str(upkeep["lives"]), f"of {number(upkeep['years'])} years, seed {upkeep['seed']}"),
            ("burns a year", number(upkeep["burns_a_year"]), ""),
            ("farthest from the reference", fixed(upkeep["farthest_from_reference_km"], 0), "km"),
        ]
        rows += [(said, number(scale * upkeep["errors_one_sigma"][key]), unit) for key, said, scale, unit in ERRORS]
    else:
        rows.append(("burns", str(upkeep["burns"]), ""))
    print_pairs(f"Station keeping: {upkeep['law']}", rows)
    if "lives" in upkeep:
        print_note(f"Errors are one sigma, {upkeep['errors_source']}; {upkeep['not_counted']}.")
