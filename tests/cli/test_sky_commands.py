"""`malapert contacts` and `malapert eclipses`: what they print and write, and what they say of wrong input."""

import json

import numpy as np
import pytest

from malapert import terrain
from malapert.sky.contacts import GroundStation, LunarSite, contacts
from malapert.sky.time import tdb_s

WEEK = ("--from", "2026-06-01", "--to", "2026-06-08")


def test_a_catalogue_site_sees_a_station_over_its_own_horizon(say, tmp_path):
    csv, picture = tmp_path / "passes.csv", tmp_path / "passes.png"
    code, out, _ = say("contacts", "connecting_ridge", "kashi", "--from", "2030-01-01", "--to", "2030-02-01", "--csv", csv,
                       "--picture", picture, "--json")  # fmt: skip
    answer = json.loads(out)
    eye = terrain.site_horizon(-89.45, 222.7, 2.0, 1954.96, terrain.near_horizon("connecting_ridge"))
    site = LunarSite(-89.45, 222.7, eye.eye_height_m, horizon_deg=eye.at)
    t = np.arange(tdb_s("2030-01-01"), tdb_s("2030-02-01"), 600.0)
    spans = contacts(site, GroundStation(38.42, 76.71, 1300.0, 10.0), t).spans_tdb_s
    assert code == 0 and answer["passes"] == len(spans) == len(answer["spans"])
    assert answer["seen_h"] == pytest.approx(np.diff(spans).sum() / 3600.0, abs=1e-5)
    # The Earth is a week at most above a ridge that faces away from it half the month.
    assert 0.1 < answer["seen_share"] < 0.3 and answer["longest_gap_h"] > 300.0
    assert 356e3 < answer["least_range_km"] < answer["greatest_range_km"] < 415e3
    lines = csv.read_text().splitlines()
    assert lines[0] == "start_utc,end_utc,duration_s" and len(lines) == 1 + len(spans)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_southern_place_is_a_word_and_a_relay_flies(say):
    code, out, _ = say("contacts", "-89.45,222.7", "queqiao_2", *WEEK)
    assert code == 0 and "Queqiao-2: flown from its elements" in out and "warning: horizon from 1600 m" in out
    code, out, _ = say("eclipses", "queqiao_2", "--by", "moon", *WEEK, "--json")
    found = json.loads(out)["eclipses"]
    # Its perilune passes through the Moon's shadow once in each of the week's 26.18 h.
    assert code == 0 and len(found) == 6 and all(one["covered"] == 1.0 and one["by"] == "moon" for one in found)


def test_where_no_heights_reach_the_ground_is_level_and_that_is_said(say):
    answer = json.loads(say("contacts", "0,0", "madrid", *WEEK, "--json")[1])
    assert answer["warnings"] == ["0,0: no heights there, so the ground is taken as level"]
    assert answer["passes"] >= 6


def test_an_ephemeris_file_is_an_end(say, tmp_path):
    state, oem = tmp_path / "state.toml", tmp_path / "craft.oem"
    state.write_text(
        'epoch = "2026-06-01T00:00:00"\ntime_scale = "UTC"\ncenter = "moon"\nframe = "ICRF"\n'
        "position_km = [5000.0, 0.0, 0.0]\nvelocity_km_s = [0.0, 0.7, 0.7]\n"
    )
    assert say("propagate", state, "--for", "2d", "--out", oem)[0] == 0
    span = ("--from", "2026-06-01T01:00", "--to", "2026-06-02T12:00")
    answer = json.loads(say("contacts", oem, "canberra", *span, "--json")[1])
    assert answer["passes"] >= 2 and answer["ends"][1]["name"] == "canberra"
    code, _, err = say("contacts", oem, "canberra", *WEEK)
    assert code == 1 and "craft.oem gives" in err and "was asked for" in err


def test_the_almanac_of_the_moon(say):
    span = ("--from", "2026-01-01", "--to", "2027-01-01")
    code, out, _ = say("eclipses", *span, "--almanac")
    # NASA's catalogue: 2026-03-03 11:34:52 TD, which is 11:33:40 UTC with the light's 1.3 s on the way.
    assert code == 0 and "2026-03-03 11:33:4" in out and "total" in out and "partial" in out
    solid, enlarged = (json.loads(say("eclipses", *span, *more, "--json")[1]) for more in ((), ("--almanac",)))
    for one, other in zip(solid["eclipses"], enlarged["eclipses"], strict=True):
        assert one["umbral_magnitude"] < other["umbral_magnitude"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("contacts", "kashii", "madrid", *WEEK), "did you mean 'kashi'"),
        (("contacts", "kashi", "x.oem", *WEEK), "x.oem: no such file"),
        (("contacts", "kashi", "99,0", *WEEK), "no such place"),
        (("contacts", "kashi", "queqiao_2", "--from", "2024-06-01", "--to", "2024-06-08"), "elements of 2026-01-01"),
        (("contacts", "kashi", "madrid", "--from", "2026-06-08", "--to", "2026-06-01"), "must come after"),
        (("contacts", "kashi", "0,0", "--from", "2000-01-01", "--to", "2050-01-01", "--step", "1s"), "longer --step"),
        (("contacts", "kashi", "0,0", *WEEK, "--step", "5"), "a unit is missing"),
        (("eclipses", "kashi", *WEEK), "stands on the Earth"),
        (("eclipses", *WEEK, "--by", "mars"), "use earth or moon"),
        (("eclipses", *WEEK, "--by", "moon"), "needs a craft or a place"),
        (("eclipses", "0,0", *WEEK, "--almanac"), "for the Moon as a whole"),
        (("eclipses", "0,0"), "give --from and --to"),
    ],
)
def test_wrong_input_says_what_to_do(say, words, said):
    code, _, err = say(*words)
    assert code == 1 and said in err
