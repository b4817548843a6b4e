"""`malapert orbit`: what it prints and writes, and what it says of wrong input."""

import json
import sys

import numpy as np
import pytest

from malapert import cli
from malapert.data.oem import read_oem


@pytest.fixture
def say(monkeypatch, capsys):
    """Run the command line in this process: exit code, standard output, standard error."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["malapert", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return run


def test_a_halo_orbit_with_upkeep_and_files(say, tmp_path):
    oem, spk, picture = tmp_path / "halo.oem", tmp_path / "halo.bsp", tmp_path / "halo.png"
    code, out, _ = say("orbit", "nrho", "--years", "0.1", "--runs", "2", "--navigation-km", "1", "--out", oem, "--out",
                       spk, "--picture", picture, "--json")  # fmt: skip
    answer = json.loads(out)
    assert code == 0 and answer["files"] == [str(oem), str(spk), str(picture)]
    assert answer["title"] == "southern L2 near-rectilinear halo orbit"
    assert answer["period_d"] == pytest.approx(6.5624, abs=1e-4)
    assert answer["three_body"]["stability_index"] == pytest.approx(1.32, abs=0.02)
    assert answer["three_body"]["closes_to_km"] < 1e-6
    kept = answer["station_keeping"]
    assert kept["lives"] == 2 and kept["errors_one_sigma"]["navigation_km"] == 1.0
    assert 0.0 < kept["delta_v_m_s_per_year"]["least"] <= kept["delta_v_m_s_per_year"]["mean"] < 20.0
    assert "unsourced" in kept["errors_source"] and "DE440" in answer["forces"]["ephemeris"]
    (segment,) = read_oem(oem).segments
    assert segment.center_name == "MOON" and np.allclose(segment.states[0, :3], answer["position_icrf_km"])
    assert picture.read_bytes().startswith(b"\x89PNG") and spk.read_bytes().startswith(b"DAF/SPK")


@pytest.mark.parametrize("words", [("halo", "--point", "l1", "--north"), ("dro", "--resonance", "2:1")])
def test_tables_for_people(say, words):
    code, out, _ = say("orbit", *words, "--years", "0.4", "--runs", "1")
    assert code == 0 and "stability index" in out and "delta-v a year" in out and "unsourced" in out


def test_low_orbits(say, tmp_path):
    picture = tmp_path / "frozen.svg"
    code, out, _ = say("orbit", "frozen", "--years", "0.1", "--gravity-degree", "20", "--picture", picture)
    assert code == 0 and "eccentricity" in out and "<svg" in picture.read_text()
    code, out, _ = say("orbit", "relay", "--years", "0.2", "--perilune-km", "60", "--apolune-km", "10000",
                       "--inclination-deg", "80", "--node-deg", "90", "--json")  # fmt: skip
    answer = json.loads(out)
    assert code == 2 and answer["meets_the_ground"] and answer["years"] < 0.2 and answer["station_keeping"] is None
    code, out, _ = say("orbit", "relay", "--years", "0.2", "--node-deg", "0", "--reset-every", "14d", "--json")
    answer = json.loads(out)
    assert code == 0 and answer["station_keeping"]["burns"] > 3
    assert answer["figures"]["inclination_to_earth_orbit_deg"] == pytest.approx(55.38, abs=0.01)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lissajous",), "choose nrho, halo, dro, frozen, relay"),
        (("dro", "--point", "l1"), "--point belongs to nrho, halo, not to dro"),
        (("frozen", "--runs", "3"), "--runs belongs to nrho, halo, dro, not to frozen"),
        (("halo", "--point", "l3"), "about L1 and L2"),
        (("nrho", "--resonance", "nine"), "such as 9:2"),
        (("nrho", "--resonance", "9:2", "--period-d", "7"), "not both"),
        (("halo", "--period-d", "20"), "asked for 20.00 d"),
        (("dro", "--runs", "-1"), "or 0 for none"),
        (("dro", "--years", "0"), "for some years"),
        (("nrho", "--navigation-km", "-1"), "navigation_km must not be negative"),
        (("relay", "--perilune-km", "900", "--apolune-km", "100"), "perilune <= apolune"),
        (("relay", "--reset-every", "soon"), "--reset-every soon"),
        (("frozen", "--altitude-km", "-5"), "above the ground"),
        (("dro", "--out", "path.txt"), ".oem, .bsp, .czml, .csv"),
        (("dro", "--from", "yesterday"), "yesterday"),
    ],
)
def test_wrong_input_is_one_clear_line(say, words, said):
    code, out, err = say("orbit", *words)
    assert code == 1 and out == "" and said in err and "Traceback" not in err
