"""`malapert propagate` with a craft, burns, events, a field one brings and a covariance."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from malapert.cli import app
from malapert.errors import InputError

STATE = """
epoch = "2027-01-01T00:00:00"
time_scale = "UTC"
center = "earth"
frame = "ICRF"
position_km = [6750.0, 300.0, -200.0]
velocity_km_s = [-0.2, 5.05, 5.8]
"""
CRAFT = """
[craft]
mass_kg = 800.0
dry_mass_kg = 700.0
solar_area_m2 = 20.0
drag_area_m2 = 8.0
"""
BURN = """
[[maneuver]]
epoch = "2027-01-01T00:30:00"
thrust_n = 200.0
isp_s = 300.0
direction = [1.0, 0.0, 0.0]
delta_v_m_s = 30.0
"""
KNOWN = """
[covariance]
axes = "RAC"
sigma_position_km = [0.01, 0.05, 0.01]
sigma_velocity_km_s = [1e-5, 1e-5, 1e-5]
[covariance.consider]
drag_coefficient = 0.2
"""


def flown(folder: Path, text: str, *words: str) -> dict:
    path = folder / "state.toml"
    path.write_text(text)
    result = CliRunner().invoke(app, ["propagate", str(path), *words, "--json"], catch_exceptions=False)
    return json.loads(result.stdout)


def test_a_burn_and_what_it_leaves(tmp_path: Path) -> None:
    answer = flown(tmp_path, STATE + CRAFT + BURN, "--for", "2h", "--event", "periapsis", "--event", "umbra_entry")
    assert answer["mass_kg"] == pytest.approx(800.0 * np.exp(-30.0 / (9.80665 * 300.0)), rel=1e-9)
    assert answer["epoch"] == "2027-01-01T02:00:00.000000Z"
    assert "burn of 200 N" in answer["forces"]["maneuver_1"] and "conical" in answer["forces"]["solar_pressure"]
    assert {event["event"] for event in answer["events"]} == {"periapsis, earth", "umbra entry, earth"}
    still = flown(tmp_path, STATE + CRAFT, "--for", "2h")
    assert np.linalg.norm(np.subtract(still["position_km"], answer["position_km"])) > 50.0


def test_an_arc_that_an_event_ends(tmp_path: Path) -> None:
    answer = flown(tmp_path, STATE, "--for", "5h", "--stop-at", "ascending_node")
    assert answer["stopped_by_event"] and answer["flown_s"] < 6000.0
    assert answer["events"][-1]["position_km"] == pytest.approx(answer["position_km"], abs=1e-6)


def test_covariance_and_partials(tmp_path: Path) -> None:
    answer = flown(tmp_path, STATE + CRAFT + KNOWN, "--for", "2h", "--stm", "--sensitivity", "drag_coefficient")
    assert answer["state_transition_method"] == "variational equations"
    assert np.linalg.det(np.array(answer["state_transition"])) == pytest.approx(1.0, abs=1e-3)  # drag takes little
    after = np.array(answer["covariance_icrf"])
    assert np.allclose(after, after.T) and np.linalg.eigvalsh(after).min() > -1e-12
    radial, along, cross = answer["sigma_radial_along_cross_km"]
    assert along > radial and along > cross
    assert len(answer["sensitivities"]["drag_coefficient"]) == 6
    assert answer["considered"] == {"drag_coefficient": 0.2}


def test_a_field_one_brings(tmp_path: Path) -> None:
    field = tmp_path / "j2.gfc"
    field.write_text(
        "modelname only_J2\nearth_gravity_constant 3.986004415e14\nradius 6378136.3\nmax_degree 2\n"
        "norm fully_normalized\nend_of_head\ngfc 2 0 -4.84165371736e-4 0.0\n"
    )
    answer = flown(tmp_path, STATE, "--for", "1h", "--field", str(field))
    assert answer["forces"]["earth_field"] == "only_J2 to degree 2 in ITRF"
    own = flown(tmp_path, STATE, "--for", "1h", "--gravity-degree", "2")
    # The sectoral and tesseral terms of degree 2 are 1e-3 of J2.
    assert 1e-3 < np.linalg.norm(np.subtract(answer["position_km"], own["position_km"])) < 1.0


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        (STATE + "[craft]\n", [], "craft: mass_kg is missing"),
        (STATE + "[craft]\nmass_kg = 1.0\nsize = 3\n", [], "craft.size: not known here"),
        (STATE + "[craft]\nmass_kg = 1.0\ndry_mass_kg = 3\n", [], "dry_mass_kg: must lie"),
        (STATE + "[craft]\nmass_kg = -1.0\n", [], "craft.dry_mass_kg"),
        (STATE + BURN, [], "needs the craft's mass"),
        (STATE + CRAFT + BURN.replace('epoch = "2027-01-01T00:30:00"', ""), [], "give its epoch, or after_s"),
        (STATE + CRAFT + BURN.replace("00:30:00", "09:30:00"), [], "must lie inside"),
        (STATE + CRAFT + BURN.replace("isp_s = 300.0", ""), [], "a burn has thrust_n"),
        (STATE + CRAFT + BURN + 'axes = "LVLH"\n', [], "maneuver 1.axes"),
        (STATE + "[[maneuver]]\nafter_s = 1.0\n", [], "an impulse has delta_v_m_s"),
        (STATE + "[maneuver]\nafter_s = 1.0\n", [], "write each as a table [[maneuver]]"),
        (STATE + "[covariance]\n", [], "covariance.sigma_position_km"),
        (STATE + "[covariance]\nmatrix = [[1.0]]\n", [], "six rows"),
        (STATE + KNOWN.replace("RAC", "NTW"), [], "not ICRF or RAC"),
        (STATE + KNOWN, [], "no craft"),
        (STATE + KNOWN.replace("drag_coefficient = 0.2", "luck = 1"), [], "consider.luck"),
        (STATE, ["--event", "lunch"], "'lunch' is not one of"),
        (STATE, ["--event", "rise:earth"], "over which place"),
        (STATE, ["--event", "ascending:earth:high"], "'high' is not understood"),
        (STATE, ["--sensitivity", "thrust"], "no burn"),
        (STATE, ["--field", "none.gfc"], "cannot be read"),
    ],
)
def test_what_is_wrong_is_named(text: str, words: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        flown(tmp_path, text, "--for", "2h", *words)
    assert said in str(caught.value)
