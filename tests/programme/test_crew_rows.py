"""A crew's day: what does not fit into 24 h, a suit or a week is refused with the key that is wrong."""

import pytest
from pydantic import ValidationError

from malapert.programme.vehicles import Crew


def _crew(**keys: object) -> Crew:
    return Crew.model_validate({"members": ["a", "b"], **keys})


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"work_h": 14.0}, "make a day of 25 h"),
        ({"work_h": 3.0, "upkeep_h": 4.0}, "upkeep_h 4 is part of work_h"),
        ({"evas_per_week": 2.0, "eva_h": 8.0, "suit_h": 7.0}, "longer than suit_h 7"),
        ({"evas_per_week": 2.0, "work_h": 4.0, "exercise_h": 1.0}, "takes 7.5 h"),
        ({"evas_per_week": 6.0, "rest_days": 2}, "more than one on each of 5 days"),
        ({"evas_per_week": 1.0, "eva_inside": 1}, "2 members are too few"),
        ({"eva_people": 1}, "greater than or equal to 2"),
    ],
)
def test_a_day_that_cannot_be_is_refused(keys: dict[str, object], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        _crew(**keys)


def test_a_short_day_of_work_has_no_more_upkeep_than_work() -> None:
    assert _crew(work_h=1.0).upkeep_h == 2.0  # the default; days are planned with the smaller of the two
    assert _crew(evas_per_week=0.0, eva_h=12.0).evas_per_week == 0.0
