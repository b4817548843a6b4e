"""Studies: mistakes at once, what the program keeps, objectives, and clashes in the study's own words."""

from pathlib import Path

import pytest

from malapert.errors import ProgrammeError
from malapert.logistics.flow import ClashError, is_study, read_study, solve

EXAMPLE = Path(__file__).parents[2] / "examples/isaji-2022.toml"


def study(*sets):
    return read_study(EXAMPLE, sets=sets)


@pytest.fixture(scope="module")
def plan():
    return solve(study("study.missions=1"))


def test_the_file_is_a_study_and_a_programme_is_not():
    assert is_study(EXAMPLE) and not is_study("hello")


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        (("study.crw=2",), "study.crw: unknown key"),
        (("study.habitat_kg=-5",), "study.habitat_kg: input should be greater than or equal to 0"),
        (("study.missions=0", "study.isp_s=0"), "study.isp_s: input should be greater than 0"),
        (('leg.landing.origin="leo"',), "leg from leo to surface does not begin at llo"),
        (('leg.landing.destination="leo"',), "the legs lead back to leo"),
        (('study.objective="launches"',), "study.launch_kg: is missing"),
        (("study.launches=3",), "study.launch_kg: is missing"),
        (("reactor.x.power_kw=3",), "no key of a study"),
    ],
)
def test_mistakes_are_said_before_any_solver_starts(sets, said):
    with pytest.raises(ProgrammeError) as refused:
        study(*sets)
    assert said in str(refused.value)


def test_all_mistakes_at_once():
    with pytest.raises(ProgrammeError) as refused:
        study("study.missions=0", "study.isp_s=0", "leg.launch.flight_d=-1")
    assert len(refused.value.problems) == 3


def test_vehicles_people_and_mass_are_kept(plan):
    """Nothing arrives that did not leave, a stack burns by the rocket equation, and demands are met."""
    row = plan.study.row
    for flow in plan.flows:
        payload = flow.crew * row.crew_mass_kg + sum(flow.cargo_kg.values())
        if flow.origin != "earth":
            assert payload <= flow.spacecraft * row.payload_kg + 1e-3
            assert flow.propellant_kg <= flow.spacecraft * row.propellant_kg + 1e-3
        assert flow.arriving_kg >= -1e-6 and min(flow.cargo_kg.values()) >= -1e-6
    landing = next(flow for flow in plan.flows if flow.destination == "surface" and flow.origin == "llo")
    home = next(flow for flow in plan.flows if flow.destination == "earth")
    assert landing.crew == home.crew == row.crew
    assert landing.cargo_kg["habitat"] >= row.habitat_kg - 1e-6
    assert home.cargo_kg["sample"] >= row.sample_kg - 1e-6
    assert plan.imleo_kg == pytest.approx(sum(plan.launched_kg))


def test_a_smaller_crew_launches_less(plan):
    assert solve(study("study.missions=1", "study.crew=2")).imleo_kg < plan.imleo_kg


def test_launches_are_counted_whole(plan):
    found = solve(study("study.missions=1", 'study.objective="launches"', "study.launch_kg=70000"))
    assert found.value == found.launches[0] == -(-plan.imleo_kg // 70_000)


def test_dates_come_earlier_with_more_vehicles():
    free = solve(study('study.objective="date"', "study.interval_d=100", "study.spacecraft=12"))
    assert free.windows == (0, 0) and free.value == pytest.approx(0.0)
    assert free.launched_kg[1] == pytest.approx(0.0, abs=1e-6)


def test_a_clash_names_its_demands_and_what_helps():
    with pytest.raises(ClashError) as clash:
        solve(study("study.missions=1", "study.sample_kg=9000"))
    assert clash.value.demands == ("sample_kg = 9000 on mission 1",)
    said = clash.value.relaxations
    assert said[0].startswith("sample_kg = ") and said[-1].startswith("spacecraft = ")
    smaller, copies = said[0].split()[-1], said[-1].split()[2]
    solve(study("study.missions=1", f"study.sample_kg={float(smaller) - 1}"))
    assert int(copies) > 6


def test_a_vehicle_that_cannot_fly_the_legs_is_said_to():
    with pytest.raises(ClashError, match="no smaller demand and no more copies"):
        solve(study("study.missions=1", "study.isp_s=150", "study.habitat_kg=0", "study.sample_kg=0"))
