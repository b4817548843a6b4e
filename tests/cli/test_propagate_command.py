"""`malapert propagate`: the regression state from the command line, files out and compared, every wrong input named."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from malapert.cli import app
from malapert.errors import InputError
from malapert.flight.clock import epoch_option, epoch_tdb_s, reading
from malapert.flight.state_file import read_state
from malapert.sky.rotation import rotation, state_to_frame

GOOD = {
    "epoch": '"2027-01-01T00:00:00"',
    "time_scale": '"TDB"',
    "center": '"moon"',
    "frame": '"ICRF"',
    "position_km": "[1757.4188733765411, 508.97650133668134, 175.1166028308015]",
    "velocity_km_s": "[0.028165381988775256, -0.6173907447475399, 1.5117870210862288]",
}
# Four engines agree on it between 0.4 mm and 6 cm; see tests/truth/test_propagation_against_regression.py.
END_KM = np.array([346.539067790, -569.880551818, 1705.181783707])


def written(folder: Path, **changes: str | None) -> Path:
    keys = {**GOOD, **changes}
    path = folder / "state.toml"
    path.write_text("\n".join(f"{key} = {value}" for key, value in keys.items() if value is not None) + "\n")
    return path


def flown(*words: object) -> dict:
    result = CliRunner().invoke(app, ["propagate", *(str(word) for word in words), "--json"], catch_exceptions=False)
    return json.loads(result.stdout)


def test_the_regression_state_to_a_centimetre(tmp_path: Path) -> None:
    answer = flown(written(tmp_path), "--for", "10d", "--gravity-degree", 50)
    assert np.linalg.norm(np.array(answer["position_km"]) - END_KM) < 1e-5
    assert answer["epoch"] == "2027-01-11T00:00:00.000000"
    assert (answer["frame"], answer["center"], answer["time_scale"]) == ("ICRF", "moon", "TDB")
    assert answer["constants"]["gm_moon_km3_s2"] == pytest.approx(4902.79996708864, abs=1e-9)
    assert "DE440" in answer["kernels"][0]
    assert answer["forces"]["moon_field"] == "GRGM900C to degree 50 in MOON_PA"


def test_files_go_out_and_come_back(tmp_path: Path) -> None:
    state = written(tmp_path)
    files = [tmp_path / f"a{kind}" for kind in (".oem", ".bsp", ".czml", ".csv")]
    first = flown(state, "--for", "3h", "--gravity-degree", 20, *(x for file in files for x in ("--out", file)))
    assert all(file.stat().st_size > 1000 for file in files)
    assert first["written"] == [str(file) for file in files]
    for file in files[:2]:
        again = flown("--oem", file, "--from", "2027-01-01T01:00:00 TDB", "--for", "2h", "--gravity-degree", 20,
                      "--against", file, "--picture", tmp_path / "a.png")  # fmt: skip
        assert np.linalg.norm(np.array(again["position_km"]) - first["position_km"]) < 1e-6
        assert again["against"]["greatest_km"] < 1e-6
        assert {"radial_km", "along_km", "cross_km"} <= set(again["against"]["rows"][0])
    assert (tmp_path / "a.png").stat().st_size > 10_000
    text = CliRunner().invoke(app, ["propagate", str(state), "--for", "3h", "--against", str(files[0])]).stdout
    assert "along" in text and "mm/s" in text


def test_there_and_back(tmp_path: Path) -> None:
    there = flown(written(tmp_path), "--for", "1d", "--gravity-degree", 20)
    back = flown(
        written(tmp_path, epoch='"2027-01-02T00:00:00"', position_km=str(there["position_km"]),
                velocity_km_s=str(there["velocity_km_s"])),
        "--for", "-1d", "--gravity-degree", 20,
    )  # fmt: skip
    assert np.linalg.norm(np.array(back["position_km"]) - json.loads(GOOD["position_km"])) < 1e-6


@pytest.mark.parametrize(
    ("frame", "center"),
    [("MOON_PA", "moon"), ("MOON_ME", "moon"), ("ITRF", "earth"), ("MARS", "mars"), ("EARTH_MOON_ROTATING", "moon")],
)
def test_states_in_turning_frames(frame: str, center: str, tmp_path: Path) -> None:
    icrf = np.array([42000.0, 2000.0, -1500.0, 0.3, 2.5, 1.0])
    turn = rotation(frame, epoch_tdb_s("2027-01-01T00:00:00", "TDB"))
    given = state_to_frame(icrf, turn)
    path = written(tmp_path, frame=f'"{frame}"', center=f'"{center}"', position_km=str([float(x) for x in given[:3]]),
                   velocity_km_s=str([float(x) for x in given[3:]]))  # fmt: skip
    assert np.allclose(read_state(path).state_icrf, icrf, rtol=0.0, atol=1e-9)
    turned = flown(path, "--for", "1h")
    straight = flown(
        written(tmp_path, center=f'"{center}"', position_km=str([float(x) for x in icrf[:3]]),
                velocity_km_s=str([float(x) for x in icrf[3:]])), "--for", "1h",
    )  # fmt: skip
    end = np.array(straight["position_km"] + straight["velocity_km_s"])
    there = state_to_frame(end, rotation(frame, straight["epoch_tdb_s"]))
    assert np.allclose(turned["position_km"], there[:3], rtol=0.0, atol=1e-6)
    assert turned["frame"] == frame


def test_eme2000_is_said_to_be_icrf(tmp_path: Path) -> None:
    assert "taken as ICRF" in flown(written(tmp_path, frame='"EME2000"'), "--for", "1min")["frame"]


@pytest.mark.parametrize("scale", ["UTC", "TAI", "TT", "TDB"])
def test_clocks_there_and_back(scale: str) -> None:
    text = "2026-03-01T12:34:56.789012"
    t = epoch_tdb_s(text, scale)
    assert reading(t, scale).removesuffix("Z")[:25] == text[:25]
    assert epoch_option(f"{text} {scale}") == t


def test_clocks_differ_as_they_should() -> None:
    utc, tai, tt, tdb = (epoch_tdb_s("2026-03-01T00:00:00", scale) for scale in ("UTC", "TAI", "TT", "TDB"))
    assert utc - tai == pytest.approx(37.0, abs=1e-6)
    assert tai - tt == pytest.approx(32.184, abs=1e-6)
    assert abs(tt - tdb) < 2e-3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"epoch": None}, "epoch missing"),
        ({"epoch": '"soon"'}, "epoch: not an epoch on the TDB clock"),
        ({"epoch": "5"}, "is not an epoch"),
        ({"epoch": '"2027-02-30T00:00:00"'}, "no such date"),
        ({"epoch": '"2027-01-01T00:00:00Z"'}, "without a Z"),
        ({"epoch": "2027-01-01T00:00:00Z"}, "which only UTC knows"),
        ({"epoch": '"2070-01-01T00:00:00"'}, "leaves the ephemeris"),
        ({"time_scale": '"GPS"'}, "time_scale: 'GPS' is not one of UTC, TAI, TT, TDB"),
        ({"center": '"pluto"'}, "center: 'pluto' is not one of earth, moon, mars, sun"),
        ({"frame": '"IAU_MOON"'}, "frame: 'IAU_MOON' is not one of"),
        ({"frame": '"ITRF"'}, "ITRF turns about earth, the center is moon"),
        ({"position_km": "[1.0, 2.0]"}, "position_km: a list of 3 numbers"),
        ({"position_km": "[0.0, 0.0, 0.0]"}, "at the centre itself"),
        ({"velocity_km_s": "[0.0, nan, 0.0]"}, "must be finite"),
        ({"velocity_km_s": '["a", 1, 2]'}, "a list of 3 numbers"),
        ({"velocity_km_s": "[true, 1, 2]"}, "a list of 3 numbers"),
        ({"mass": "3"}, "mass: not a key of a state"),
        ({"naif_code": "7"}, "negative whole number"),
        ({"name": '"Mond\u00fc"'}, "printable ASCII"),
        ({"center": '"moon'}, "not TOML"),
    ],
)
def test_a_wrong_state_is_named(changes: dict, said: str, tmp_path: Path) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(InputError) as caught:
        flown(path, "--for", "1h")
    assert said in str(caught.value)
    if "leaves" not in said:
        assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--for", "1h"], "name either a STATE file or --oem"),
        (["nowhere.toml", "--for", "1h"], "cannot be read"),
        (["STATE"], "say how long with --for"),
        (["STATE", "--for", "30"], "a unit is missing"),
        (["STATE", "--for", "30y"], "the unit 'y' is not one of"),
        (["STATE", "--for", "1h", "--out", "a.txt"], "end the name in"),
        (["STATE", "--for", "1h", "--out", "/nowhere/a.oem"], "its folder does not exist"),
        (["STATE", "--for", "1h", "--picture", "a.gif"], "a picture ends in"),
        (["STATE", "--for", "1h", "--against", "nowhere.bsp"], "no such file"),
        (["STATE", "--for", "1h", "--gravity-degree", "101"], "moon_degree must lie between 0 and 100"),
        (["STATE", "--for", "1h", "--bodies", "earth,moon,nibiru"], "'nibiru'"),
        (["STATE", "--for", "1h", "--from", "2027-01-01"], "--from goes with --oem"),
        (["--oem", "nowhere.oem", "--for", "1h"], "--oem needs --from"),
        (["--oem", "nowhere.oem", "--from", "then", "--for", "1h"], "--from: not an epoch"),
        (["--oem", "nowhere.oem", "--from", "2027-01-01", "--for", "1h"], "no such file"),
        (["STATE", "--for", "1h", "--tolerance", "0"], "tolerance must be at least"),
    ],
)
def test_a_wrong_command_is_named(words: list[str], said: str, tmp_path: Path) -> None:
    state = written(tmp_path)
    with pytest.raises(InputError) as caught:
        flown(*(state if word == "STATE" else word for word in words))
    assert said in str(caught.value)


def test_help_stays_quick() -> None:
    """No numba, no scipy on the way to the help."""
    code = "import sys; import malapert.cli; sys.exit(any(name in sys.modules for name in ('numba', 'scipy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
