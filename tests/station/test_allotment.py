"""The plan of hours: no limit broken, never worse than by rank, and the best there is where all can be tried."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.station.allotment import allotted
from malapert.station.by_rank import alone, by_rank, entitled
from malapert.station.window import Hands, Hours, Room, Window, reach, score, taken, waiting


def random_window(seed: int, experiments: int, blocks: int, steps: int) -> Window:
    rng = np.random.default_rng(seed)
    K, B = experiments, blocks

    def some(most: int, *shape: int) -> np.ndarray:
        return rng.integers(0, most + 1, shape)

    lit, dark = some(steps, K, B), some(steps // 2, K, B)
    draw = some(4, K)
    dark[draw == 0] = 0
    surplus = np.sort(some(K * steps * 2, 9, B), axis=0)[::-1]
    spare = np.sort(some(steps * 2, 9, B), axis=0)[::-1]
    days = np.zeros((K, B, 3), int)
    minutes = some(3, K)
    for k, b in product(range(K), range(B)):
        days[k, b] = np.sort(rng.multinomial(lit[k, b] + dark[k, b], np.ones(3) / 3))[::-1]
    partners = tuple(rng.choice(["east", "west", "guest"], K))
    shares = None if rng.random() < 0.2 else {"east": 0.6, "west": float(rng.choice([0.1, 0.4]))}
    half = max(B // 2, 1)
    return Window(
        tuple(f"x{k}" for k in range(K)),
        partners,
        rng.choice([4, 5], K),
        some(steps * B, K),
        lit + dark,
        lit,
        dark,
        draw,
        surplus,
        spare,
        float(rng.uniform(1.0, 2.0)),
        some(3, K),
        some(steps * 3, B),
        int(some(2)),
        some(steps * 2, B),
        (Hands("crew", minutes, some(20 * K, B)),),
        days,
        some(2, K),
        (Room(0, half, int(some(steps * 3))), Room(half, B, int(some(steps * 3)))),
        shares,
    )


def broken(window: Window, hours: Hours, within: bool) -> list[str]:
    """Every limit a plan breaks, worked out plainly from what it gives."""
    found, steps = [], hours.steps
    K, B = steps.shape
    if (
        (hours.lit < 0).any()
        or (hours.lit > window.lit).any()
        or (hours.dark < 0).any()
        or (hours.dark > window.dark).any()
    ):
        found.append("needs")
    if (steps.sum(axis=1) > window.wanted).any():
        found.append("wanted")
    for p in window.levels:
        mine = window.draw_wh * (window.priority >= p)
        if (mine @ hours.lit > window.surplus_wh[p - 1]).any() or (mine @ hours.dark > window.spare_wh[p - 1]).any():
            found.append("energy")
        refill = np.ceil(window.draw_wh * window.store_loss) * (window.priority >= p)
        if (mine @ hours.lit).sum() + (refill @ hours.dark).sum() > window.surplus_wh[p - 1].sum():
            found.append("refill")
    held = waiting(window, steps)
    own = waiting(window, steps * 0)
    if (held > np.maximum(window.most_waiting_mb, own)).any():
        found.append("data")
    for hand in window.hands:
        if (hand.seconds @ hours.tenths > hand.free).any():
            found.append(hand.kind)
        for k, b in product(range(K), range(B)):
            if hand.seconds[k] > 0 and steps[k, b] > reach(window.day_steps[k, b], hours.tenths[k, b]):
                found.append("days")
    for room in window.rooms:
        if (window.samples_g @ steps[:, room.first : room.end]).sum() > room.grams:
            found.append("samples")
    if within and window.shares is not None:
        for partner, right in window.rights.items():
            took = taken(window, hours, partner)
            found += [f"share of {kind}" for kind in right if took[kind] > right[kind]]
    return found


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_no_limit_is_broken_and_the_plan_is_never_worse_than_by_rank(seed: int) -> None:
    window = random_window(seed, 5, 4, 12)
    quick_first = by_rank(window, True)
    found, rights = allotted(window)
    assert not broken(window, quick_first, True)
    assert not broken(window, by_rank(window, False, quick_first), False)
    assert not broken(window, found, False)
    assert (rights == (entitled(window) if window.shares is not None else 0)).all()
    if not rights.any():
        could = alone(window)
        assert score(window, found.total, could) >= score(window, by_rank(window, False).total, could)
    else:  # what rights give in the first pass is kept in the second
        assert score(window, found.total, rights) >= score(window, quick_first.total, rights)


def best_of_all(window: Window, against: np.ndarray) -> list[tuple[int, int]]:
    """The lexicographic best by trying every plan."""
    K, B = window.lit.shape
    spans = [range(n + 1) for n in (*window.lit.ravel(), *window.dark.ravel())]
    best: list[tuple[int, int]] = []
    for choice in product(*spans):
        lit, dark = (np.array(part).reshape(K, B) for part in (choice[: K * B], choice[K * B :]))
        days = np.zeros((K, B), int)
        for k, b in product(range(K), range(B)):
            if any(hand.seconds[k] > 0 for hand in window.hands) and lit[k, b] + dark[k, b] > 0:
                enough = (t for t in range(31) if reach(window.day_steps[k, b], t) >= lit[k, b] + dark[k, b])
                days[k, b] = next(enough, 99)
        hours = Hours(lit, dark, days)
        if not broken(window, hours, False):
            best = max(best, score(window, hours.total, against))
    return best


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 2**32 - 1))
def test_tiny_plans_are_the_best_of_all(seed: int) -> None:
    window = random_window(seed, 3, 2, 2)
    window = replace(window, shares=None)
    could = alone(window)
    if could.any():
        assert score(window, allotted(window)[0].total, could) == best_of_all(window, could)


def two(share: float = 0.5) -> Window:
    """Two partners who each want all the power there is."""
    K, B, one = 2, 2, np.ones((2, 2), int)
    surplus = np.tile(np.array([60, 60]), (9, 1))
    return Window(
        ("a", "b"), ("east", "west"), np.array([5, 5]), np.array([100, 100]), 50 * one, 50 * one, 0 * one, np.array([1, 1]),
        surplus, surplus * 0, 1.0, np.array([0, 0]), np.array([0, 0]), 0, np.array([0, 0]), (), np.zeros((K, B, 7), int),
        np.array([0, 0]), (), {"east": share, "west": 1.0 - share},
    )  # fmt: skip


def test_rights_divide_what_both_want() -> None:
    found, rights = allotted(two(0.75))
    assert rights.tolist() == [90, 30] and found.total.tolist() == [90, 30]
    assert found.status == "optimal" and found.gap == 0.0


def test_what_one_does_not_use_goes_to_the_other() -> None:
    window = replace(two(0.75), wanted=np.array([20, 100]))
    found, rights = allotted(window)
    assert rights.tolist() == [20, 30] and found.total.tolist() == [20, 100]


def test_the_first_priority_goes_first_where_nothing_was_agreed() -> None:
    window = replace(two(), priority=np.array([6, 5]), shares=None)
    found, rights = allotted(window)
    assert not rights.any() and found.total.tolist() == [20, 100]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_window_gives_the_same_plan(seed: int) -> None:
    window = random_window(seed, 6, 6, 20)
    one, two_ = allotted(window)[0], allotted(window)[0]
    assert (one.lit == two_.lit).all() and (one.dark == two_.dark).all() and (one.tenths == two_.tenths).all()
