"""One trajectory out, read back by SPICE, by the room's own reader, and as CZML says it should be."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.data.oem import Oem, OemSegment, read_oem
from malapert.data.oem_text import oem_text
from malapert.errors import InputError
from malapert.flight import Forces, Trajectory, propagate
from malapert.flight.compare import against, craft_path, radial_along_cross
from malapert.flight.maneuvers import Impulse, fly_maneuvers
from malapert.flight.trajectory_files import Labels, write_trajectory
from malapert.sky import frames, oem
from malapert.sky.time import tdb_s

EPOCH_S = 852033600.0
STATE = np.array([1757.4188733765411, 508.9765, 175.1166, 0.028165, -0.617391, 1.511787])
LABELS = Labels("PROBE", "2027-001A", -990077)


@pytest.fixture(scope="module")
def arc() -> Trajectory:
    return propagate(STATE, EPOCH_S, 7200.0, Forces(20), output_step_s=60.0, tolerance=1e-13)


def between(flown: Trajectory) -> tuple[np.ndarray, np.ndarray]:
    """Epochs between the kept states and the states flown there."""
    t = 0.5 * (flown.epochs_tdb_s[4:-5] + flown.epochs_tdb_s[5:-4])
    again = propagate(STATE, EPOCH_S, flown.end_tdb_s - EPOCH_S, Forces(20), output_epochs_tdb_s=t, tolerance=1e-13)
    return t, again.states[: len(t)]


def test_oem_reads_back_digit_for_digit(arc: Trajectory, tmp_path: Path) -> None:
    write_trajectory(arc, tmp_path / "a.oem", LABELS)
    segment = read_oem(tmp_path / "a.oem").segments[0]
    assert (segment.object_name, segment.center_name, segment.ref_frame) == ("PROBE", "MOON", "ICRF")
    assert np.array_equal(segment.states, arc.states)
    assert np.array_equal(oem.epochs_tdb_s(segment.epochs, "TDB"), arc.epochs_tdb_s)
    assert "moon_field = GRGM900C to degree 20 in MOON_PA" in segment.comments
    t, expected = between(arc)
    # Hermite of degree 7 through states a minute apart on a two-hour orbit: (n h)^8 / 2^8 8! of the radius, 0.1 mm.
    assert np.abs(oem.oem_state(segment, t)[:, :3] - expected[:, :3]).max() < 1e-7


def test_spk_is_what_spice_reads(arc: Trajectory, tmp_path: Path) -> None:
    spiceypy = pytest.importorskip("spiceypy", reason="spiceypy is not installed")
    write_trajectory(arc, tmp_path / "a.bsp", LABELS)
    write_trajectory(arc, tmp_path / "a.bsp", LABELS)  # over the old one
    t, expected = between(arc)
    with spiceypy.KernelPool([str(tmp_path / "a.bsp")]):
        found = np.array([spiceypy.spkgeo(-990077, at, "J2000", 301)[0] for at in t])
    assert np.abs(found[:, :3] - expected[:, :3]).max() < 1e-7
    difference = against(arc, craft_path(tmp_path / "a.bsp"))
    assert len(difference.epochs_tdb_s) == len(arc.epochs_tdb_s)
    assert difference.distance_km.max() < 1e-9


def test_arcs_between_manoeuvres_stand_apart(tmp_path: Path) -> None:
    flown = fly_maneuvers(STATE, EPOCH_S, 7200.0, Forces(), [Impulse(3000.0, (0.0, 0.0, 25.0))], output_step_s=60.0)
    for name in ("a.oem", "a.bsp", "a.czml", "a.csv"):
        write_trajectory(flown, tmp_path / name, LABELS)
    assert len(read_oem(tmp_path / "a.oem").segments) == 2
    for name in ("a.oem", "a.bsp"):
        path = craft_path(tmp_path / name)
        sides = path.state_from_moon(EPOCH_S + np.array([2999.99, 3000.01]))
        assert sides[1, 5] - sides[0, 5] == pytest.approx(0.025, abs=1e-4)
    assert len(json.loads((tmp_path / "a.czml").read_text())[1]["position"]) == 2


def test_czml_is_fixed_to_the_moon_in_metres(arc: Trajectory, tmp_path: Path) -> None:
    write_trajectory(arc, tmp_path / "a.czml", LABELS)
    document, craft = json.loads((tmp_path / "a.czml").read_text())
    assert document["version"] == "1.0" and craft["id"] == "PROBE"
    position = craft["position"][0]
    assert position["referenceFrame"] == "FIXED"
    rows = np.array(position["cartesian"]).reshape(-1, 4)
    t = tdb_s(position["epoch"]) + rows[:, 0]
    assert np.abs(t - arc.epochs_tdb_s).max() < 1e-3  # the epoch is written to the millisecond
    fixed = np.einsum("nij,nj->ni", frames.icrf_to_moon_me(arc.epochs_tdb_s), arc.states[:, :3])
    assert np.abs(rows[:, 1:] - 1e3 * fixed).max() < 1e-5


def test_czml_of_the_earth_is_inertial(tmp_path: Path) -> None:
    about = propagate([7000.0, 0, 0, 0, 5.0, 6.0], EPOCH_S, 3600.0, center="earth", output_step_s=60.0)
    write_trajectory(about, tmp_path / "a.czml")
    position = json.loads((tmp_path / "a.czml").read_text())[1]["position"][0]
    assert position["referenceFrame"] == "INERTIAL"
    assert position["cartesian"][1:4] == [7e6, 0.0, 0.0]


def test_csv_says_frame_and_constants(arc: Trajectory, tmp_path: Path) -> None:
    write_trajectory(arc, tmp_path / "a.csv", LABELS)
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert lines[0] == "# PROBE from the moon, ICRF axes"
    assert any(line.startswith("# gm_moon_km3_s2") for line in lines)
    body = [line for line in lines if not line.startswith("#")]
    assert [float(x) for x in body[1].split(",")[2:]] == list(STATE)
    assert len(body) == 1 + len(arc.epochs_tdb_s)


@settings(max_examples=30, deadline=None)
@given(
    numbers=st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=24, max_size=24),
    start=st.integers(-(10**15), 10**15), gaps=st.lists(st.integers(1, 10**12), min_size=3, max_size=3),
)  # fmt: skip
def test_any_message_reads_back(numbers: list[float], start: int, gaps: list[int], tmp_path_factory) -> None:
    epochs = np.datetime64("2000-01-01T12:00:00", "ns") + np.cumsum([start, *gaps]).astype("timedelta64[ns]")
    states = np.array(numbers).reshape(4, 6)
    segment = OemSegment("A B", "2000-001A", "MOON", "ICRF", "TAI", epochs[0], epochs[-1], epochs, states, "HERMITE", 7)
    path = tmp_path_factory.getbasetemp() / "any.oem"
    path.write_text(oem_text(Oem("2.0", "2026-01-01T00:00:00", "TEST", (segment,))))
    back = read_oem(path).segments[0]
    assert np.array_equal(back.epochs, epochs) and np.array_equal(back.states, states)


def test_what_cannot_be_written_is_refused(arc: Trajectory, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="written as"):
        write_trajectory(arc, tmp_path / "a.txt")
    with pytest.raises(InputError, match="too short to interpolate"):
        write_trajectory(propagate(STATE, EPOCH_S, 60.0), tmp_path / "a.oem")
    with pytest.raises(InputError, match="cannot"):
        write_trajectory(arc, tmp_path / "nowhere" / "a.oem")


def test_the_orbits_own_axes() -> None:
    axes = radial_along_cross(np.array([[2000.0, 0.0, 0.0, 0.1, 1.5, 0.0]]))[0]
    assert np.allclose(axes, np.eye(3))
    with pytest.raises(InputError, match="rectilinear"):
        radial_along_cross(np.array([[2000.0, 0.0, 0.0, 1.0, 0.0, 0.0]]))
