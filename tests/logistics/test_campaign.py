"""The event simulator on a small campaign: what each event does, what it refuses, and that mass is kept."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from campaigns import ASSETS, campaign, created

from malapert.errors import InputError
from malapert.logistics.campaign import measures, simulate
from malapert.logistics.campaign.demands import boiled_off_kg
from malapert.logistics.campaign.events import (
    Add,
    Consume,
    Eva,
    Exploration,
    Move,
    Reconfigure,
    Remove,
    Step,
    Transfer,
    Transport,
)
from malapert.logistics.campaign.measures import SupplyPoint, supply_points
from malapert.logistics.campaign.packing import packed


def words(simulation):
    return [finding.words for finding in simulation.findings]


DESCENT = Transport("descent", 1.0, 5, "down", ("lander",), ((Step("burn", "lander"),),))


def test_a_burn_follows_the_rocket_equation_and_what_lacks_is_an_error():
    full = replace(ASSETS["lander"], fuel_kg=6000.0)
    one = replace(campaign(created("lander", "orbit"), DESCENT), assets={**ASSETS, "lander": full})
    done = simulate(one, g0_m_s2=9.80665)
    assert not done.findings
    assert done.fuel_kg["lander"] == pytest.approx(8000.0 * math.exp(-1900.0 / (9.80665 * 350.0)) - 2000.0)
    short = simulate(campaign(created("lander", "orbit"), DESCENT))
    assert words(short) == [f"the burn of 1900.0 m/s lacks {1900.0 - 9.81 * 350.0 * math.log(1.5):.1f} m/s"]
    assert not simulate(campaign(created("lander", "orbit"), DESCENT), with_propulsion=False).findings


def test_refuelling_from_a_depot_that_boils_off_keeps_the_mass():
    fill = Transfer("fill", 1.0, 1, "depot", "lander", (("fuel", 3500.0),))
    done = simulate(campaign(created("lander", "orbit"), created("depot", "orbit"), fill, DESCENT))
    assert not done.errors
    assert done.boiled_off_kg["depot"] == pytest.approx(4000.0 * 0.01 + (500.0 - 40.0) * (1 - 0.99**0.5), rel=1e-9)
    burned = sum(burn.propellant_kg for burn in done.burns)
    kept = done.fuel_kg["lander"] + done.fuel_kg["depot"] + burned + sum(done.boiled_off_kg.values())
    assert kept == pytest.approx(5000.0, abs=1e-9)
    more = Transfer("more", 1.0, 1, "depot", "lander", (("fuel", 5000.0),))
    assert "holds 3960.00 of Methalox, not 5000.00" in words(
        simulate(campaign(created("lander", "orbit"), created("depot", "orbit"), more))
    )[0]  # fmt: skip


def test_carriers_refuse_what_does_not_fit():
    found = simulate(
        campaign(
            created("hab", "site"),
            Move("rover in", 1.0, 1, ("rover",), "hab"),
            created("rover", "site", 2.0),
            Move("rover in", 3.0, 1, ("rover",), "hab"),
            created("lander", "orbit"),
            Move("to orbit", 4.0, 1, ("rover",), "lander"),
        )
    )
    assert words(found) == [
        "Rover is not created yet",
        "Rover (400 kg) does not fit Habitat, which has 300 kg left",
        "Rover is at Site, Lander at Low lunar orbit",
    ]
    crowd = {**ASSETS, "hab": replace(ASSETS["hab"], max_crew=1)}
    one = replace(campaign(created("hab", "site"), created("ann", "hab"), created("bo", "hab")), assets=crowd)
    assert words(simulate(one)) == ["Habitat has room for 1 people, none for Bo"]
    over = simulate(campaign(created("hab", "site"), Add("water", 1.0, 1, "hab", (("water", 400.0),))))
    assert words(over) == ["Habitat holds 400 kg; it takes 300 kg"]


def test_a_flight_leg_has_its_limit():
    heavy = {**ASSETS, "depot": replace(ASSETS["depot"], fuel_kg=9000.0, mass_kg=4000.0)}
    go = Transport("up", 0.0, 5, "up", ("depot",))
    found = simulate(replace(campaign(created("depot", "pad"), go), assets=heavy))
    assert words(found) == ["13000 kg on Up, which takes 12000 kg"]
    assert measures(found).launch_mass_kg == 13000.0


def test_states_ask_and_stores_give():
    start = Reconfigure("on", 1.0, 1, ("hab",), "active")
    done = simulate(
        campaign(
            created("hab", "site"),
            Add("water", 0.0, 1, "hab", (("water", 40.0),)),
            start,
            Remove("end", 366.0, 1, ("hab",)),
        )
    )
    water = [d for d in done.demands if d.resource.key == "water"]
    assert sum(d.units for d in water) == pytest.approx(30.0 + 2.0 * 365.0)
    assert sum(d.met for d in water) == pytest.approx(40.0)
    spares_kg = sum(d.units * d.resource.unit_kg for d in done.demands if d.resource.key != "water")
    assert spares_kg == pytest.approx(0.15 * 800.0), "a year of both environments, parts or not"


def test_a_crew_explores_drives_and_comes_back():
    done = simulate(
        campaign(
            created("hab", "site"),
            created("ann", "hab"),
            created("bo", "hab"),
            created("rover", "site"),
            Exploration("explore", 1.0, 1, "site", "hab", 7.0, 5.0, 8.0, (("ann", -1), ("bo", -1))),
            Move("board", 8.5, 1, ("ann", "bo"), "rover"),
            Transport("drive", 9.0, 1, "drive", ("rover",), speed_km_h=8.0),
            Transport("back", 10.0, 1, "drive", ("rover",), speed_km_h=8.0, back=True),
            Eva("eva", 11.0, 1, "site", "rover", 6.0, (("ann", -1),)),
        )
    )
    assert not done.findings and done.excursions == 6
    assert done.end_d == 11.25
    where = {visit.where for visit in done.visits if visit.asset == "ann"}
    assert where == {"site", "drive", "crater"}
    lived = [visit for visit in done.visits if visit.asset == "ann"]
    assert sum(visit.end_d - visit.start_d for visit in lived) == pytest.approx(done.end_d)
    assert sum(done.crew_d.values()) == pytest.approx(2 * 11.25), "driving over lunar ground counts"
    assert sum(done.crew_h.values()) == pytest.approx(2 * 11.25 * 12.0)
    assert done.capability_kg_d["crater"] == pytest.approx(2 * 400.0 * (10.0 - 9.125))


def test_demands_belong_to_the_last_arrival_before_them():
    done = simulate(
        campaign(
            created("depot", "pad"),
            Transport("up", 0.0, 5, "up", ("depot",)),
            Consume("early", 3.0, 1, "orbit", (("water", 5.0),)),
            Consume("later", 5.0, 1, "orbit", (("water", 7.0),)),
        )
    )
    assert [(point.at_d, point.total_kg) for point in supply_points(done)] == [(4.0, 7.0)]


def test_one_clear_error_before_anything_runs():
    with pytest.raises(InputError, match="leg Down has no vehicle"):
        simulate(campaign(Transport("nobody", 0.0, 1, "down", ())))
    with pytest.raises(InputError, match="a demand cannot be negative"):
        simulate(campaign(Consume("less", 0.0, 1, "site", (("water", -1.0),))))
    with pytest.raises(InputError, match="no asset 'ghost'"):
        simulate(campaign(created("ghost", "site")))
    with pytest.raises(InputError, match="no place or asset 'nowhere'"):
        simulate(campaign(created("hab", "nowhere")))


def test_what_disagrees_is_a_warning_in_a_trusted_campaign():
    go = Transport("up", 0.0, 5, "up", ("lander",))
    strict = simulate(campaign(created("lander", "orbit"), go))
    assert [finding.severity for finding in strict.findings] == ["error"]
    trusted = simulate(campaign(created("lander", "orbit"), go, is_trusted=True))
    assert [finding.severity for finding in trusted.findings] == ["warning"]
    assert trusted.travels[0].assets == ("lander",)


@given(
    fuel_kg=st.floats(0.0, 1e5),
    part=st.floats(0.0, 0.5),
    first=st.floats(0.0, 100.0),
    then=st.floats(0.0, 100.0),
)
def test_boil_off_does_not_depend_on_how_time_is_cut(fuel_kg, part, first, then):
    whole = boiled_off_kg(fuel_kg, part, first + then)
    one = boiled_off_kg(fuel_kg, part, first)
    assert one + boiled_off_kg(fuel_kg - one, part, then) == pytest.approx(whole, rel=1e-9, abs=1e-6)
    assert 0.0 <= whole <= fuel_kg


@given(
    st.dictionaries(
        st.tuples(st.sampled_from([4, 201, 202, 203, 302]), st.sampled_from(["pressurised", "unpressurised"])),
        st.floats(0.0, 5000.0),
        max_size=6,
    )
)
def test_packing_keeps_the_mass_and_overfills_nothing(kinds):
    point = SupplyPoint("site", 1.0, kinds)
    boxes = packed(point)
    assert sum(one.contents_kg for one in boxes) == pytest.approx(point.total_kg, abs=1e-6)
    assert all(one.contents_kg <= one.count * one.holder.holds_kg + 1e-6 for one in boxes)
