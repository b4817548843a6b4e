"""`malapert transfer` and `malapert windows`: what they print and write, and what they say of wrong input."""

import json

import pytest

from malapert.data.oem import read_oem


def test_to_low_orbit_over_a_site(say, tmp_path):
    picture, oem = tmp_path / "way.png", tmp_path / "way.oem"
    code, out, _ = say("transfer", "leo", "llo", "--site", "connecting_ridge", "--depart", "2030-03-01", "--picture",
                       picture, "--oem", oem, "--json")  # fmt: skip
    answer = json.loads(out)
    assert code == 0
    assert answer["maneuvers"][0]["name"] == "translunar injection"
    assert answer["arrival"]["elements"]["inclination_deg"] == pytest.approx(90.0, abs=0.01)
    assert answer["figures"]["injection_c3_km2_s2"] == pytest.approx(-1.9, abs=0.3)
    assert answer["site"]["wait_d"] < 28.0
    assert max(answer["flown_again"]["misses_m"]) < 5.0
    assert "DE440" in answer["forces"]["ephemeris"] and "gm_moon_km3_s2" in answer["forces"]
    assert picture.read_bytes().startswith(b"\x89PNG")
    segments = read_oem(oem).segments
    assert len(segments) == 3 and all(one.center_name == "EARTH" for one in segments)


def test_tables_for_people(say):
    code, out, _ = say("transfer", "nrho", "llo", "--depart", "2030-03-01", "--flight", "12h")
    assert code == 0 and "halo orbit departure" in out and "Flown again" in out
    code, out, _ = say(
        "transfer", "earth", "mars", "--depart", "2030-12-25", "--window", "15d", "--flight", "270d..290d"
    )
    assert code == 0 and "arrival: Mars" in out and "Flown again" in out
    code, out, _ = say("windows", "earth", "mars", "--from", "2030-12-01", "--to", "2031-01-20", "--step", "5d")
    assert code == 0 and "Mars injection" in out


def test_windows_picture_and_grid(say, tmp_path):
    picture = tmp_path / "porkchop.svg"
    code, out, _ = say("windows", "leo", "llo", "--from", "2030-01-03", "--to", "2030-01-05", "--step", "12h",
                       "--choices", "4,4.5,6.5", "--picture", picture, "--json")  # fmt: skip
    answer = json.loads(out)
    assert code == 0 and len(answer["delta_v_m_s"]) == 4 and len(answer["delta_v_m_s"][0]) == 3
    assert answer["failed"] == 4 and answer["failures"][0]["cells"] == 4
    assert answer["delta_v_m_s"][0][2] is None
    assert "<svg" in picture.read_text()


def test_nothing_flown_is_not_met(say):
    words = ("windows", "leo", "llo", "--from", "2030-01-03", "--to", "2030-01-04", "--choices", "9")
    code, out, _ = say(*words)
    assert code == 2 and "longer than the slowest conic" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("leo", "venus"), "there are: leo llo"),
        (("leo", "nrho", "--by", "train"), "direct or flyby or ballistic"),
        (("leo", "llo", "--site", "atlantis"), "no such site"),
        (("leo", "nrho", "--site", "connecting_ridge"), "--site belongs to"),
        (("leo", "llo", "--flight", "9"), "a unit is missing"),
        (
            ("leo", "llo", "--launch-lat-deg", "28", "--parking-inclination-deg", "30"),
            "leave --parking-inclination-deg",
        ),
        (("leo", "llo", "--window", "0d", "--parking-inclination-deg", "1"), "raise the inclination"),
    ],
)
def test_wrong_input_is_explained(say, words, said):
    code, _, err = say("transfer", *words, "--depart", "2030-03-04")
    assert code == 1 and said in err
