"""Planning: limits are kept, objectives come in order, what cannot come is explained in the problem's own words."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.errors import ProgrammeError
from malapert.logistics.schedule import Piece, Problem, Reserve, Slot, explain, plan
from malapert.logistics.schedule.plan import _Solver

START = date(2032, 1, 1)


def slot(name, first=0, last=None, **more):
    figures = {"pad": "wenchang", "partner": "cnsa", "place": "ridge", "capacity_kg": 5000.0, "travel_d": 5}
    return Slot(name, windows=((first, first + 30 if last is None else last),), **{**figures, **more})


def problem(slots, pieces, **more):
    return Problem("test", START, more.pop("horizon_d", 1500), tuple(slots), tuple(pieces), **more)


def piece(name, kg=1000.0, **more):
    return Piece(name, kg, more.pop("place", "ridge"), must_come=more.pop("must_come", True), **more)


def solved(*args, **more):
    return plan(problem(*args, **more), 20.0, workers=1)


def test_everything_fits_and_comes_as_early_as_it_may():
    found = solved([slot("one"), slot("two", 100)], [piece("a"), piece("b", 4500.0), piece("c", after=("b",))])
    assert found.status == "optimal" and found.absent == () and found.gap == 0.0
    assert found.rides["b"] == "one" and found.rides["c"] == "two"
    assert found.there_d["c"] >= found.there_d["b"] and found.leaves_d == {"one": 0, "two": 100}


def test_fewer_launches_before_less_mass():
    """Two pieces share one flight when that costs no milestone."""
    found = solved([slot("one"), slot("two")], [piece("a"), piece("b")], milestones={"both": ("a", "b")})
    assert len(found.leaves_d) == 1 and found.milestone_d("both") == 5


def test_a_milestone_counts_more_than_launches():
    found = solved(
        [slot("soon", capacity_kg=1000.0), slot("late", 300)],
        [piece("a", 900.0), piece("b", 900.0)],
        milestones={"first": ("a",), "complete": ("a", "b")},
    )
    assert found.milestone_d("first") == 5 and found.milestone_d("complete") == 305
    assert len(found.leaves_d) == 2


def test_pads_and_partners_have_their_cadence():
    slots = [slot(f"f{k}", 0, 700, pad=f"pad{k % 2}") for k in range(4)]
    pieces = [piece(f"p{k}", 4000.0) for k in range(4)]
    by_pad = solved(slots, pieces, cadence_d={"pad0": 60, "pad1": 60})
    assert sorted(by_pad.leaves_d.values()) == [0, 0, 60, 60]
    by_partner = solved(slots, pieces, per_year={"cnsa": 2})
    assert sorted(by_partner.leaves_d.values()) == [0, 0, 365, 365]


def test_flights_follow_the_arrival_of_those_before_them():
    slots = [slot("first", 10, travel_d=20), slot("second", 0, 200, after=("first",))]
    found = solved(slots, [piece("a", 4000.0, flight="first"), piece("b", 4000.0, flight="second")])
    assert found.leaves_d == {"first": 10, "second": 30}


def test_ports_are_taken():
    pieces = [
        piece("core", 2000.0, ports=1),
        piece("lab", docks_at="core"),
        piece("store", docks_at="core", must_come=False),
    ]
    found = solved([slot("one"), slot("two", 50)], pieces)
    assert found.absent == ("store",)
    why = explain(problem([slot("one"), slot("two", 50)], pieces), "store")
    assert "core has 1 ports" in why.words and "more ports on core" in why.relaxations


def test_crews_find_beds_and_do_not_overlap_beyond_them():
    crews = [slot(f"crew{k}", 0, 600, place="crewed", people=2, stay_d=55, must_fly=True) for k in range(2)]
    found = solved([slot("cargo"), *crews], [piece("hab", beds=2, deploy_d=30)])
    first, second = sorted(found.leaves_d[f"crew{k}"] for k in range(2))
    assert first + 5 >= 5 + 30 and second >= first + 55


def test_reserves_come_before_dates():
    """The food goes first although the milestone waits for the rover; what lacks is said in kilograms."""
    slots = [slot("cargo", capacity_kg=1000.0), slot("more", 200, capacity_kg=1000.0),
             slot("crew", 100, place="crewed", people=2, stay_d=50, must_fly=True)]  # fmt: skip
    pieces = [piece("rover", 900.0, must_come=False), piece("food", 400.0, resource="food", must_come=False)]
    limits = {"reserves": (Reserve("food", 3.0, 10.0),), "beds": 2, "milestones": {"drive": ("rover",)}}
    found = solved(slots, pieces, **limits)
    assert found.rides == {"food": "cargo", "rover": "more"} and found.short_kg == 0.0
    short = solved(slots, [replace(pieces[0]), replace(pieces[1], kg=250.0)], **limits)
    assert short.short_kg == pytest.approx(110.0)


MISTAKES = [
    ([slot("one")], [piece("a", after=("b",)), piece("b", after=("a",))], "elements wait for each other in a circle"),
    ([slot("one", after=("two",)), slot("two", after=("one",))], [], "flights wait for each other in a circle"),
    ([slot("one")], [piece("a", place="crater")], "no flight goes to crater, where it belongs: the leg there has no vehicle"),
    ([slot("one")], [piece("a", -5.0)], "a demand cannot be negative (got -5 kg)"),
    ([slot("one")], [piece("a", 3000.0, flight="one"), piece("b", 2500.0, flight="one")],
     "its manifest is 5.5 t, over its capacity of 5 t: a (3 t), b (2.5 t)"),
    ([slot("one")], [piece("a", after=("ghost",))], "waits for 'ghost', which is no element here"),
    ([slot("one")], [piece("a"), piece("a")], "two elements of this name"),
]  # fmt: skip


@pytest.mark.parametrize(("slots", "pieces", "said"), MISTAKES)
def test_mistakes_are_one_clear_error_before_any_solver_starts(slots, pieces, said):
    with pytest.raises(ProgrammeError) as refused:
        plan(problem(slots, pieces))
    assert len(refused.value.problems) == 1 and said in str(refused.value)


def test_what_cannot_come_is_explained_with_the_cheapest_help_first():
    slots = [slot("ilrs_2", 0, 30, capacity_kg=4000.0), slot("ilrs_3", 500, 530, capacity_kg=12000.0)]
    pieces = [piece("reactor_1", 6200.0, by_d=366, must_come=True), piece("wing", 900.0)]
    found = solved(slots, pieces)
    assert found.absent == ("reactor_1",), "an incumbent is never withheld"
    why = explain(problem(slots, pieces), "reactor_1")
    assert why.words.startswith("reactor_1 (6.2 t) needs a flight with 6.2 t to ridge before 2033-01-01")
    assert "ilrs_2 carries 4 t to ridge" in why.clash
    assert "ilrs_3 arrives between 2033-05-20 and 2033-06-19" in why.clash
    assert why.relaxations[0].startswith("reactor_1 needed 139 days later")
    assert why.relaxations[1:] == ("ilrs_3 139 days earlier", "2.2 t more room on ilrs_2")
    later = replace(pieces[0], by_d=366 + 139)
    assert solved(slots, [later, pieces[1]]).absent == ()
    assert explain(problem(slots, [later, pieces[1]]), "reactor_1") is None


def test_every_rule_of_a_clash_is_needed():
    slots = [slot("ilrs_2", 0, 30, capacity_kg=4000.0), slot("ilrs_3", 500, 530, capacity_kg=12000.0)]
    pieces = [piece("base", 3500.0), piece("tower", 1000.0, after=("base",), by_d=300)]
    why = explain(problem(slots, pieces), "tower")
    assert set(why.clash) == {
        "tower (1 t) is needed by 2032-10-27",
        "ilrs_2 carries 4 t to ridge",
        "ilrs_3 arrives between 2033-05-20 and 2033-06-19",
        "tower comes after base",
    }
    assert why.relaxations[-1] == "tower without waiting for base"


def test_a_long_campaign_is_planned_in_parts_and_says_so():
    slots = [slot(f"f{k:02d}", 40 * k) for k in range(12)]
    pieces = [piece(f"p{k:02d}", 2400.0, after=(f"p{k - 1:02d}",) if k else ()) for k in range(20)]
    found = plan(problem(slots, pieces), 20.0, workers=1, together=6)
    assert found.status == "rolling" and found.absent == ()
    assert all(found.there_d[f"p{k:02d}"] >= found.there_d[f"p{k - 1:02d}"] for k in range(1, 20))


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_no_limit_is_ever_broken(data):
    draw = data.draw
    slots = [
        slot(
            f"f{k}", draw(st.integers(0, 300)), 500, pad=f"pad{k % 2}", capacity_kg=float(draw(st.integers(500, 6000)))
        )
        for k in range(draw(st.integers(1, 4)))
    ]
    pieces = [
        piece(f"p{k}", float(draw(st.integers(0, 4000))), must_come=draw(st.booleans()), ready_d=draw(st.integers(0, 400)),
              after=tuple({f"p{draw(st.integers(0, k - 1))}" for _ in range(draw(st.integers(0, 2)))} if k else ()))
        for k in range(draw(st.integers(0, 7)))
    ]  # fmt: skip
    found = plan(problem(slots, pieces, cadence_d={"pad0": 90}), 10.0, workers=1)
    for one in slots:
        aboard = [p for p in pieces if found.rides.get(p.name) == one.name]
        assert sum(p.kg for p in aboard) <= one.capacity_kg + 1e-6
        assert not aboard or one.earliest_d <= found.leaves_d[one.name] <= 500
    for one in pieces:
        if one.name in found.rides:
            assert found.there_d[one.name] >= one.ready_d
            assert all(found.there_d[b] <= found.there_d[one.name] for b in one.after)
    days = sorted(day for name, day in found.leaves_d.items() if found.problem.slot(name).pad == "pad0")
    assert all(later - sooner >= 90 for sooner, later in pairwise(days))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_bound_on_a_milestone_is_none_that_a_plan_can_beat(data):
    """The same optimum with the bound as without it."""
    draw = data.draw
    slots = [
        slot(f"f{k}", draw(st.integers(0, 200)), 900, pad="pad0", travel_d=draw(st.integers(1, 9)),
             capacity_kg=float(draw(st.integers(1000, 4000))))
        for k in range(draw(st.integers(2, 4)))
    ]  # fmt: skip
    pieces = [piece(f"p{k}", float(draw(st.integers(100, 1500)))) for k in range(draw(st.integers(1, 4)))]
    asked = problem(slots, pieces, cadence_d={"pad0": draw(st.integers(0, 120))},
                    milestones={"complete": tuple(p.name for p in pieces)})  # fmt: skip
    bounded = plan(asked, 10.0, workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_Solver, "_soonest", lambda *_: 0)
        free = plan(asked, 10.0, workers=1)
    assert bounded.milestone_d("complete") == free.milestone_d("complete")
    assert bounded.absent == free.absent
