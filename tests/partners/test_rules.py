"""Rules of sharing as data: agreement, common pool, first use, contribution; together never more than the whole."""

from math import fsum

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from malapert.errors import InputError
from malapert.partners.entitlements import entitled_shares, supply_shares
from malapert.partners.ledger import Contributed
from malapert.programme import load
from malapert.programme.places import Entitlement, Partner

NAMES = ("a", "b", "c", "d", "e")
BASE = load("hello").model_copy(update={"partner": {name: Partner() for name in NAMES}})


def shares(rules: dict[str, tuple[str, float | None]], given: dict[str, float], supply: dict[str, float]):
    rows = {n: Entitlement(partner=n, rule=rule, share=share) for n, (rule, share) in rules.items()}
    return entitled_shares(BASE.model_copy(update={"entitlement": rows}), given, supply)


def test_each_rule() -> None:
    rules = {
        "a": ("agreement", 0.2), "b": ("common_pool", 0.1), "c": ("common_pool", 0.1), "d": ("first_use", None),
        "e": ("contribution", None),
    }  # fmt: skip
    found = shares(rules, {"d": 0.5, "e": 0.1}, {"d": 0.5})
    assert found == pytest.approx({"a": 0.2, "b": 0.05, "c": 0.05, "d": 0.35, "e": 0.35})


def test_a_pool_has_one_size() -> None:
    for other in (0.2, None):
        with pytest.raises(InputError, match="the same share"):
            shares({"a": ("common_pool", 0.1), "b": ("common_pool", other)}, {}, {})


def test_supply_is_the_mean_over_what_is_given_at_all() -> None:
    given = {"a": Contributed(generated_kwh=30.0, crew_h=1.0), "b": Contributed(generated_kwh=10.0, crew_h=1.0)}
    assert supply_shares(given) == pytest.approx({"a": 0.625, "b": 0.375})
    assert supply_shares({"a": Contributed()}) == {"a": 0.0}


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["agreement", "common_pool", "first_use", "contribution"])),
    st.lists(st.floats(0.0, 1.0), min_size=5, max_size=5),
    st.lists(st.floats(0.0, 1.0), min_size=5, max_size=5),
)
@example({"a": "contribution", "b": "agreement"}, [5e-324, 0.0, 1.0, 0.0, 0.0], [0.0] * 5)
def test_never_more_than_the_whole(kinds, weights, supplies) -> None:
    total, most = fsum(weights) or 1.0, fsum(supplies) or 1.0
    given = dict(zip(NAMES, (w / total for w in weights), strict=True))
    supply = dict(zip(NAMES, (s / most for s in supplies), strict=True))
    rules = {n: (k, {"agreement": 0.1, "common_pool": 0.2}.get(k)) for n, k in kinds.items()}
    found = shares(rules, given, supply)
    assert set(found) == set(NAMES) and min(found.values()) >= 0.0
    assert fsum(found.values()) <= 1.0 + 1e-9
    followers = [n for n, k in kinds.items() if k == "contribution"]
    if fsum(given[n] for n in followers) > 0.0:
        assert fsum(found.values()) == pytest.approx(1.0)
