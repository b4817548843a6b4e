"""`malapert traverse`: places, rovers, what it prints and draws, and what it says of wrong input."""

import json

import pytest

RIDGE = "connecting_ridge"


def test_a_way_between_two_places_by_site_and_by_coordinates(say, tmp_path):
    picture = tmp_path / "route.png"
    code, out, _ = say("traverse", RIDGE, "-89.0,222.7", "--picture", picture, "--json")
    answer = json.loads(out)
    assert code == 0 and picture.read_bytes().startswith(b"\x89PNG")
    assert answer["distance_km"] >= answer["straight_km"] > 13.0
    assert answer["energy_kwh"] == pytest.approx(answer["drive_kwh"] + answer["hotel_kwh"])
    assert len(answer["route"]["lat_deg"]) == len(answer["route"]["along_km"])
    assert any("1600 m heights alone" in warning for warning in answer["warnings"])
    assert "drive_efficiency" in answer["unsourced"]


def test_departures_come_with_light_and_the_best_first(say):
    words = ("traverse", "-89.5,220", "-89.2,220", "--depart", "2031-01-01", "--until", "2031-01-15", "--top", 3)
    code, out, _ = say(*words, "--rover", "hauler", "--json")
    rows = json.loads(out)["departures"]
    assert code == 0 and len(rows) == 3 and all(row["possible"] for row in rows)
    assert [row["need_kwh"] for row in rows] == sorted(row["need_kwh"] for row in rows)
    assert "Departures, best first" in say(*words)[1]


def test_a_rover_that_does_not_get_there_exits_2(say):
    code, _, err = say("traverse", RIDGE, "-89.9,130")
    assert code == 2 and "no route" in err and "20 deg up" in err
    code, out, _ = say("traverse", RIDGE, "-88.8,123.4", "--load-kg", 90000, "--json")
    assert code == 2 and json.loads(out)["energy_kwh"] > json.loads(out)["battery_kwh"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nowhere", RIDGE), "there are connecting_ridge"),
        ((RIDGE, RIDGE), "two places apart"),
        ((RIDGE, "-89,0", "--rover", "bicycle"), "there are pressurised"),
        ((RIDGE, "-89,0", "--least", "money"), "energy, time or distance"),
        ((RIDGE, "-95,0"), "no such place"),
        ((RIDGE, "-89,0", "--until", "2031-01-01"), "needs --depart"),
        ((RIDGE, "-89,0", "--spacing", "50"), "a unit is missing"),
        ((RIDGE, "10,0"), "poleward"),
    ],
)
def test_wrong_words_are_answered(say, words, says):
    code, _, err = say("traverse", *words)
    assert code == 1 and (says in err or (says == "poleward" and "off them" in err))
