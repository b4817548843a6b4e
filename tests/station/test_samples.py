"""Samples: what is taken goes home or stays, by right and no more than there is room for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.programme import Programme
from malapert.station import operate
from malapert.station.plan_hours import planned
from malapert.station.samples import fill


def sampling(programme: Programme, room_kg: float, **rates: tuple[float, tuple[str, ...]]) -> Programme:
    rows = dict(programme.experiment)
    for name, (kg_d, needs) in rates.items():
        rows[name] = rows[name].model_copy(update={"samples_kg_d": kg_d, "needs": needs})
    flight = programme.flight["people"].model_copy(update={"samples_kg": room_kg})
    return programme.model_copy(update={"experiment": rows, "flight": {**programme.flight, "people": flight}})


@settings(deadline=None)
@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=6),
    st.lists(st.sampled_from([0.0, 0.1, 0.5, 2.0]), min_size=6, max_size=6),
    st.floats(0, 300),
)
def test_room_is_filled_by_right_and_never_twice(wanted: list[float], rights: list[float], room: float) -> None:
    given_kg = fill(np.array(wanted), np.array(rights[: len(wanted)]), room)
    assert (given_kg <= np.array(wanted) * (1 + 1e-9) + 1e-9).all() and (given_kg >= 0.0).all()
    assert given_kg.sum() == pytest.approx(min(room, sum(wanted)), rel=1e-9, abs=1e-9)


def test_a_right_not_used_goes_to_others() -> None:
    assert fill(np.array([10.0, 100.0]), np.array([0.8, 0.2]), 60.0).tolist() == pytest.approx([10.0, 50.0])
    assert fill(np.array([100.0, 100.0]), np.array([0.8, 0.2]), 60.0).tolist() == pytest.approx([48.0, 12.0])
    assert fill(np.array([9.0, 50.0, 50.0]), np.array([1.0, 0.0, 0.0]), 29.0).tolist() == pytest.approx([9, 10, 10])


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 60.0), st.floats(0.0, 5.0), st.floats(0.0, 5.0))
def test_samples_are_taken_returned_or_left(little, plan_of, light_of, seed, room_kg, one_kg_d, two_kg_d) -> None:
    asked = sampling(little, room_kg, geology=(one_kg_d, ("crew", "light")), mirror=(two_kg_d, ("earth_visible",)))
    done = operate(asked, plan_of(asked, stays_h=((300.0, 700.0), (900.0, 1100.0))), light_of(1300, seed))
    assert done.residuals["samples_kg"] <= 1e-9 * max(done.quantities["samples_taken_kg"], 1.0)
    for row in done.samples:
        assert row.taken_kg == pytest.approx(row.returned_kg + row.left_kg, rel=1e-9, abs=1e-9)
    ran = {e.element: e.delivered_h for e in done.experiments}
    for row in done.samples:
        assert row.taken_kg == pytest.approx(ran[row.element] / 24.0 * asked.experiment[row.element].samples_kg_d)
    for flight in done.sample_flights:
        assert flight.loaded_kg <= room_kg * (1 + 1e-9)
    assert float(done.series["samples_kg"][-1]) == pytest.approx(done.quantities["samples_left_kg"], abs=1e-6)


def test_one_that_needs_its_samples_home_runs_no_longer_than_there_is_room(little, plan_of, light_of) -> None:
    needs = ("earth_visible", "sample_return")
    asked = sampling(little, 20.0, mirror=(24.0, needs))
    plan = plan_of(asked, stays_h=((300.0, 700.0), (900.0, 1100.0)))
    table, _ = planned(asked, plan, light_of(1300), None)
    done = operate(asked, plan, light_of(1300), planned=table)
    (row,) = done.samples
    assert 38.0 <= row.returned_kg <= 40.0 and row.left_kg < 2.0
    (mirror,) = (e for e in done.experiments if e.element == "mirror")
    assert mirror.held_by == "samples" and "flights home have no more room" in mirror.why
    assert operate(asked, plan, light_of(1300)).samples[0].left_kg > 5.0  # by rank nobody asks the flights
    none = planned(sampling(little, 0.0, mirror=(24.0, needs)), plan, light_of(1300), None)[0]
    assert not none.of("mirror").any()


def test_both_partners_samples_share_a_flight_by_right(little, plan_of, light_of) -> None:
    asked = sampling(little, 10.0, mirror=(24.0, ()), geology=(240.0, ("crew", "light")))
    done = operate(asked, plan_of(asked, stays_h=((300.0, 700.0),)), light_of(1000, sun_fraction=1.0))
    kg = {row.partner: row.returned_kg for row in done.samples}
    assert sum(kg.values()) == pytest.approx(10.0) and kg["one"] == pytest.approx(7.0, rel=0.35) and kg["two"] > 0.0
