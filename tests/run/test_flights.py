"""The routes of a programme, flown: where they end, what they cost, and what happens when they cannot be flown."""

import json
import math

import numpy as np
import pytest

from malapert import programme
from malapert.constants import RADIUS_MOON_KM, STANDARD_GRAVITY_M_S2
from malapert.errors import InputError
from malapert.logistics.campaign import measures, simulate
from malapert.logistics.spacenet import written
from malapert.logistics.spacenet.read import read_tree
from malapert.logistics.spacenet.write import identifier
from malapert.programme import Programme
from malapert.run.campaign import campaign_of
from malapert.run.flights import Flights, fly_one, traffic
from malapert.run.manifest import flight_options, manifest, stack_of

DAY = 86400.0


def unheard(fraction: float, words: str = "") -> None:
    pass


def only(*names: str, sets: tuple[str, ...] = ()) -> Programme:
    whole = programme.load("ilrs-2035", sets=sets)
    return whole.model_copy(update={"flight": {name: whole.flight[name] for name in names}})


@pytest.fixture(scope="module")
def crewed() -> tuple[Programme, Flights]:
    asked = only("lander_a", "crew_a", "relay_3", "ilrs_1", sets=("flight.crew_a.samples_kg=0",))
    return asked, traffic(asked, unheard)


def test_every_flight_is_flown_in_order_of_departure(crewed: tuple[Programme, Flights]) -> None:
    _, found = crewed
    assert not found.failed
    assert [flown.name for flown in found.flown] == ["ilrs_1", "relay_3", "lander_a", "crew_a"]
    departures = [flown.depart_tdb_s for flown in found.flown]
    assert departures == sorted(departures)


def test_a_cargo_flight_lands_softly_where_it_should(crewed: tuple[Programme, Flights]) -> None:
    flown = {f.name: f for f in crewed[1].flown}["ilrs_1"]
    assert flown.facts["touchdown_error_m"] < 5.0
    assert flown.facts["touchdown_speed_m_s"] < 2.0
    assert [m.name for m in flown.manoeuvres] == ["injection", "correction", "insertion", "deorbit", "descent"]
    assert all(m.delta_v_m_s > 0.0 for m in flown.manoeuvres)
    times = [m.epoch_tdb_s for m in flown.manoeuvres]
    assert times == sorted(times) and times[-1] < flown.arrive_tdb_s


def test_a_crew_meets_its_lander_stays_and_comes_home(crewed: tuple[Programme, Flights]) -> None:
    asked, found = crewed
    flown = {f.name: f for f in found.flown}["crew_a"]
    assert abs(flown.facts["plane_change_deg"]) < 3.0
    assert (flown.leave_tdb_s - flown.arrive_tdb_s) / DAY == pytest.approx(asked.flight["crew_a"].stay_d)
    assert 2.0 < (flown.back_tdb_s - flown.leave_tdb_s) / DAY < 10.0
    assert flown.facts["entry_flight_path_deg"] == pytest.approx(-6.0, abs=0.05)
    assert 10.9 < flown.facts["entry_speed_km_s"] < 11.1
    assert {m.craft for m in flown.manoeuvres} == {"launcher", "ship", "lander"}


def test_paths_start_at_the_earth_and_end_at_the_moon(crewed: tuple[Programme, Flights]) -> None:
    paths = crewed[1].paths
    earth = np.linalg.norm(paths["earth_to_craft_icrf_km"].sel(flight="ilrs_1").to_numpy(), axis=-1)
    moon = paths["earth_to_craft_icrf_km"] - paths["earth_to_moon_icrf_km"]
    near = np.linalg.norm(moon.sel(flight="ilrs_1").to_numpy(), axis=-1)
    assert earth[0] == pytest.approx(6378.1366 + 200.0, abs=1.0)
    assert np.nanmin(near) == pytest.approx(RADIUS_MOON_KM + 100.0, abs=15.0)


def test_masses_of_a_stack_are_conserved_and_within_the_launcher(crewed: tuple[Programme, Flights]) -> None:
    asked, found = crewed
    plan = manifest(asked, unheard, flights=found)
    for mass in plan.masses:
        craft = asked.spacecraft[asked.flight[mass.flight].spacecraft]
        parts = sum(s.dry_kg for s in craft.stages) + sum(use.loaded_kg for use in mass.stages) + mass.cargo_kg
        assert mass.launch_kg == pytest.approx(parts, rel=1e-12)
        assert mass.margin_kg <= mass.tli_capacity_kg - mass.launch_kg + 1e-9
        assert mass.cargo_kg <= mass.cargo_capacity_kg + 1e-9


def test_a_lander_carries_the_propellant_of_the_landing_it_will_make(crewed: tuple[Programme, Flights]) -> None:
    asked, found = crewed
    lander = next(f for f in found.flown if f.name == "lander_a")
    burns = [name for name, _ in stack_of(asked, found, lander)["manoeuvres"]]
    assert burns[:2] == ["correction", "insertion"] and {"descent", "ascent"} <= set(burns)
    assert all(math.isfinite(option.capacity_kg) for option in flight_options(asked, found))


def test_the_event_simulator_flies_the_same_campaign(crewed: tuple[Programme, Flights]) -> None:
    """Stage books and event simulator are two codes: every tank the first loads, the second burns dry and no more."""
    asked, found = crewed
    campaign = campaign_of(asked, found, manifest(asked, unheard, flights=found))
    done = simulate(campaign, g0_m_s2=STANDARD_GRAVITY_M_S2)
    assert not done.findings
    assert max(done.fuel_kg.values()) < 1e-3
    assert done.crew_d["site/connecting_ridge"] == pytest.approx(2 * asked.flight["crew_a"].stay_d)
    again = read_tree(json.loads(json.dumps(written(campaign))), "again")
    assert simulate(again, g0_m_s2=STANDARD_GRAVITY_M_S2).fuel_kg.keys() == {identifier(k) for k in done.fuel_kg}
    assert not simulate(again, g0_m_s2=STANDARD_GRAVITY_M_S2).errors


def test_samples_are_carried_home_and_boil_off_is_loaded_on_top(crewed: tuple[Programme, Flights]) -> None:
    asked, found = crewed
    row = asked.flight["crew_a"].model_copy(update={"samples_kg": 30.0})
    craft = asked.spacecraft["lanyue"]
    stages = tuple(stage.model_copy(update={"boil_off": 0.0005}) for stage in craft.stages)
    changed = asked.model_copy(
        update={
            "flight": {**asked.flight, "crew_a": row},
            "spacecraft": {**asked.spacecraft, "lanyue": craft.model_copy(update={"stages": stages})},
        }
    )
    plan = manifest(changed, unheard, flights=found)
    for mass in plan.masses:
        parts = sum(s.dry_kg for s in changed.spacecraft[changed.flight[mass.flight].spacecraft].stages)
        parts += sum(use.loaded_kg for use in mass.stages) + mass.cargo_kg
        samples_kg = 30.0 if mass.flight in ("crew_a", "lander_a") else 0.0
        assert mass.launch_kg == pytest.approx(parts + samples_kg, rel=1e-12)
    done = simulate(campaign_of(changed, found, plan), g0_m_s2=STANDARD_GRAVITY_M_S2)
    assert sum(done.boiled_off_kg.values()) > 10.0
    home = next(t for t in done.travels if t.destination == "home")
    assert home.cargo_kg == pytest.approx(30.0)
    assert measures(done).down_mass_utilisation == pytest.approx(30.0 / 130.0)


def test_a_flight_after_the_end_is_not_flown_and_says_why() -> None:
    found = traffic(only("ilrs_1", sets=("end=2030-01-01T00:00:00Z",)), unheard)
    assert not found.flown
    assert "after the programme ends" in dict(found.failed)["ilrs_1"]


def test_a_lander_too_weak_is_told_and_its_crew_stays() -> None:
    weak = only("lander_a", "crew_a")
    stages = tuple(s.model_copy(update={"thrust_n": 500.0}) for s in weak.spacecraft["lanyue"].stages)
    craft = weak.spacecraft["lanyue"].model_copy(update={"stages": stages})
    found = traffic(weak.model_copy(update={"spacecraft": {**weak.spacecraft, "lanyue": craft}}), unheard)
    assert [flown.name for flown in found.flown] == ["lander_a"]
    assert "500 N cannot stop" in dict(found.failed)["crew_a"]


def test_one_flight_alone_is_the_same_flight(crewed: tuple[Programme, Flights]) -> None:
    asked, found = crewed
    assert fly_one(asked, "crew_a") == next(flown for flown in found.flown if flown.name == "crew_a")
    with pytest.raises(InputError, match="no flight 'x'"):
        fly_one(asked, "x")


def test_a_site_far_from_the_pole_is_waited_for() -> None:
    sets = (
        "site.midlat={lat_deg=-43.0, lon_deg=308.1, height_m=-2570}",
        "flight.ilrs_1.site='midlat'",
    )
    found = traffic(only("ilrs_1", sets=sets), unheard)
    assert not found.failed
    flown = found.flown[0]
    assert flown.facts["touchdown_error_m"] < 5.0
    assert 1.0 < (flown.arrive_tdb_s - flown.manoeuvres[2].epoch_tdb_s) / DAY < 15.5  # half a turn of the Moon at most
    low = traffic(only("ilrs_1", sets=(*sets, "flight.ilrs_1.inclination_deg=35")), unheard)
    assert "never comes within" in dict(low.failed)["ilrs_1"]
