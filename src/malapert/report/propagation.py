"""What `malapert propagate` says: the answer as data, as a table and as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from malapert.flight.clock import reading
from malapert.flight.state_file import TAKEN_AS_ICRF, InitialState, state_in_frame_note
from malapert.sky.rotation import rotation, state_to_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from malapert.flight.compare import Difference
    from malapert.flight.propagate import Trajectory
    from malapert.flight.sensitivity import Arc
    from malapert.flight.state_tables import Knowledge

ROWS = 13
CENTERS = {"earth": "the Earth", "moon": "the Moon", "mars": "Mars", "sun": "the Sun"}


def propagation_answer(
    trajectory: "Trajectory", start: InitialState, difference: "Difference | None" = None
) -> dict[str, Any]:
    """The end state in the frame and on the clock the arc was given in, with everything that made it."""
    forces = dict(trajectory.forces)
    constants = {key: float(forces.pop(key)) for key in list(forces) if key.startswith(("gm_", "radius_"))}
    answer: dict[str, Any] = {
        "epoch": reading(trajectory.end_tdb_s, start.time_scale),
        "time_scale": start.time_scale,
        "epoch_tdb_s": trajectory.end_tdb_s,
        "center": trajectory.center,
        "frame": state_in_frame_note(start.frame),
        **_placed(trajectory.end_state, trajectory.end_tdb_s, start.frame),
        "flown_s": trajectory.end_tdb_s - start.epoch_tdb_s,
        "from": {
            "epoch": reading(start.epoch_tdb_s, start.time_scale),
            **_placed(start.state_icrf, start.epoch_tdb_s, start.frame),
        },
        "steps": trajectory.steps,
        "stopped_by_event": trajectory.stopped_by_event,
        "forces": forces,
        "constants": constants,
        "kernels": [f"{forces['ephemeris']}, the shipped 1960-2060 cut, with its lunar librations"],
        "events": [
            {"event": event.rule.words(), "epoch": reading(event.epoch_tdb_s, start.time_scale),
             **_placed(event.state, event.epoch_tdb_s, start.frame)}
            for event in trajectory.events
        ],
    }  # fmt: skip
    if trajectory.masses_kg is not None:
        answer["mass_kg"] = float(trajectory.masses_kg[-1])
    if difference is not None:
        answer["against"] = _difference(difference, start)
    return answer


def _placed(state: Any, epoch_tdb_s: float, frame: str) -> dict[str, list[float]]:
    turned = state[:6] if frame in TAKEN_AS_ICRF else state_to_frame(state[:6], rotation(frame, epoch_tdb_s))
    return {"position_km": [float(x) for x in turned[:3]], "velocity_km_s": [float(x) for x in turned[3:]]}


def _difference(difference: "Difference", start: InitialState) -> dict[str, Any]:
    radial, along, cross = difference.radial_along_cross_km.T
    distance, speed = difference.distance_km, difference.speed_km_s
    rows = [
        {"epoch": reading(float(t), start.time_scale), "after_s": float(t) - start.epoch_tdb_s,
         "distance_km": float(distance[k]), "radial_km": float(radial[k]), "along_km": float(along[k]),
         "cross_km": float(cross[k]), "speed_m_s": float(1e3 * speed[k])}
        for k, t in enumerate(difference.epochs_tdb_s)
    ]  # fmt: skip
    return {"ephemeris": difference.against, "greatest_km": float(distance.max()), "rows": rows}


def partials_answer(
    leg: "Arc", end_state: Any, parameters: "Sequence[str]", knowledge: "Knowledge | None", stm: bool
) -> dict[str, Any]:
    """Partials of the end by the start and by parameters, and the covariance mapped to the end."""
    from malapert.flight import sensitivity

    matrix = sensitivity.transition_matrix(leg)
    answer: dict[str, Any] = {"state_transition_method": leg.method}
    if stm:
        answer["state_transition"] = [[float(x) for x in row] for row in matrix]
    if parameters:
        found = sensitivity.sensitivities(leg, parameters)
        answer["sensitivities"] = {key: [float(x) for x in value] for key, value in found.items()}
        answer["sensitivity_method"] = "central differences of whole arcs"
    if knowledge is not None:
        after = sensitivity.mapped_covariance(leg, knowledge.covariance, knowledge.consider, matrix)
        sigmas = sensitivity.sigmas_radial_along_cross(end_state, after)
        answer["covariance_icrf"] = [[float(x) for x in row] for row in after]
        answer["sigma_radial_along_cross_km"] = [float(x) for x in sigmas[:3]]
        answer["sigma_radial_along_cross_km_s"] = [float(x) for x in sigmas[3:]]
        answer["considered"] = knowledge.consider
    return answer


def print_propagation(answer: dict[str, Any]) -> None:
    """The same for reading."""
    print(f"{answer['epoch']} {answer['time_scale']}, from {CENTERS[answer['center']]}, {answer['frame']} axes")
    for key, unit in (("position_km", "km"), ("velocity_km_s", "km/s")):
        digits = 6 if unit == "km" else 9
        print(f"  {key.split('_')[0]:<9}" + "".join(f"{x:>20.{digits}f}" for x in answer[key]) + f"  {unit}")
    print(f"  {answer['steps']} steps" + (", stopped by an event" if answer["stopped_by_event"] else ""))
    for key, value in answer["forces"].items():
        print(f"  {key.replace('_', ' ')}: {value}")
    print("  " + ", ".join(f"{key} {value!r}" for key, value in answer["constants"].items()))
    for event in answer["events"]:
        print(f"  {event['epoch']}  {event['event']}")
    for row in answer.get("state_transition", ()):
        print("  " + "".join(f"{x:>15.6e}" for x in row))
    for key, values in answer.get("sensitivities", {}).items():
        print(f"  by {key}: " + "".join(f"{x:>15.6e}" for x in values))
    if "sigma_radial_along_cross_km" in answer:
        sigmas = (_length(x) for x in answer["sigma_radial_along_cross_km"])
        print("  one sigma at the end: radial {}, along {}, cross {}".format(*sigmas))
    if "against" in answer:
        _print_against(answer["against"])
    for file in answer.get("written", ()):
        print(f"  written: {file}")


def _print_against(against: dict[str, Any]) -> None:
    rows = against["rows"]
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(ROWS, len(rows))).round().astype(int))
    print(f"Against {against['ephemeris']}: up to {_length(against['greatest_km'])}")
    print(f"  {'after':>10} {'distance':>12} {'radial':>12} {'along':>12} {'cross':>12} {'speed':>14}")
    for row in (rows[k] for k in chosen):
        lengths = "".join(f" {_length(row[key]):>12}" for key in ("distance_km", "radial_km", "along_km", "cross_km"))
        print(f"  {row['after_s'] / 3600.0:>8.2f} h{lengths} {1e3 * row['speed_m_s']:>9.3f} mm/s")


def _length(value_km: float) -> str:
    if abs(value_km) >= 1.0:
        return f"{value_km:.3f} km"
    return f"{1e3 * value_km:.3f} m"


def draw_propagation(trajectory: "Trajectory", difference: "Difference | None", title: str, path: Path) -> None:
    """The path in its plane of most extent, its distance over time, and the difference to an ephemeris if given."""
    from malapert.report import pictures
    from malapert.report.theme import INK
    from malapert.sky.apparent import RADII_KM

    figure = pictures.new_figure(9.0, 4.4 if difference is None else 7.0)
    from matplotlib.patches import Circle

    grid = figure.add_gridspec(1 if difference is None else 2, 2, hspace=0.38, wspace=0.3)
    days = (trajectory.epochs_tdb_s - trajectory.epochs_tdb_s[0]) / 86400.0
    unit, time = ("d", days) if abs(days[-1]) > 3.0 else ("h", 24.0 * days)
    place = trajectory.states[:, :3]
    # The two directions in which the path is widest, from its centre.
    _, _, axes = np.linalg.svd(place, full_matrices=False)
    flat = place @ axes[:2].T
    view = figure.add_subplot(grid[0, 0], aspect="equal")
    view.add_patch(Circle((0.0, 0.0), RADII_KM[trajectory.center], color="#c8ced8", linewidth=0.0))
    view.plot(flat[:, 0], flat[:, 1], color=INK, linewidth=0.7)
    view.plot(*flat[0], "o", color=INK, markersize=4)
    # A square that holds the path and the body.
    low, high = np.minimum(flat.min(axis=0), -RADII_KM[trajectory.center]), np.maximum(flat.max(axis=0), 0.0)
    high = np.maximum(high, RADII_KM[trajectory.center])
    middle, half = 0.5 * (low + high), 0.54 * float((high - low).max())
    view.set(xlim=(middle[0] - half, middle[0] + half), ylim=(middle[1] - half, middle[1] + half))
    view.set(xlabel="km, in the path's own plane", ylabel="km", title=f"From {CENTERS[trajectory.center]}")
    height = figure.add_subplot(grid[0, 1])
    height.plot(time, np.linalg.norm(place, axis=1), color=INK, linewidth=0.8)
    height.set(xlabel=f"{unit} after the start", ylabel="km", title="Distance from the centre")
    if difference is not None:
        shown = figure.add_subplot(grid[1, :])
        after = (difference.epochs_tdb_s - trajectory.epochs_tdb_s[0]) / (86400.0 if unit == "d" else 3600.0)
        for row, name in zip(difference.radial_along_cross_km.T, ("radial", "along", "cross"), strict=True):
            shown.plot(after, 1e3 * row, linewidth=0.9, label=name)
        shown.set(xlabel=f"{unit} after the start", ylabel="m", title="Flown less recorded")
        shown.legend(loc="best")
    for axis in figure.axes:
        axis.grid(True)
    span = " to ".join(reading(float(t), "UTC")[:16] + "Z" for t in trajectory.epochs_tdb_s[[0, -1]])
    figure.suptitle(f"{title}, {span}", fontsize=11, fontweight="bold", x=0.08, ha="left")
    pictures.save(figure, path)
