"""Data by class: sent in order, kept while there is room, and every byte accounted for."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.logistics.plan import Plan
from malapert.programme import Programme
from malapert.station import operate
from malapert.station.downlink import GB_PER_MBIT_S_HOUR, Downlink, Source, latency, queue, way_parts

RATE = 1.0 / GB_PER_MBIT_S_HOUR
SEEDS = st.integers(0, 2**32 - 1)


def test_an_hour_at_one_mbit_a_second_is_450_megabytes() -> None:
    assert GB_PER_MBIT_S_HOUR == 0.45


def test_first_in_first_out_by_hand() -> None:
    """Two gigabytes an hour for three hours, one an hour sent from the second: half of the four sent waited two hours."""
    one, other = np.array([2.0, 0.0, 1.0, 0.0, 0.0]), np.array([0.0, 2.0, 1.0, 0.0, 0.0])
    link = queue([Source("a", 5, one), Source("b", 5, other)], np.array([0.0, RATE, RATE, RATE, RATE]), math.inf, 1.0)
    assert link.backlog_gb == pytest.approx([2.0, 3.0, 4.0, 3.0, 2.0])
    assert link.sent_gb == pytest.approx([0.0, 1.0, 1.0, 1.0, 1.0])
    assert link.returned_gb == pytest.approx([2.0, 2.0]) and link.waiting_gb == pytest.approx([1.0, 1.0])
    assert link.waited_gb.sum(axis=0) == pytest.approx([0.0, 1.0, 2.0, 1.0])
    every = link.latency()
    assert (every.median_h, every.p95_h, every.worst_h) == (2.0, 3.0, 3.0) and link.mean_latency_h == pytest.approx(2.0)
    assert link.latency([0]).worst_h == 2.0


def test_the_first_class_goes_first_and_the_newest_of_the_last_is_dropped() -> None:
    """A memory of 3 GB: in the third hour the last class gives way to the first, its newest gigabyte gone."""
    first, last = np.array([0.0, 0.0, 1.0, 0.0]), np.array([2.0, 1.0, 0.0, 0.0])
    link = queue([Source("last", 5, last), Source("first", 1, first)], np.array([0.0, 0.0, 0.0, 2.0 * RATE]), 3.0, 1.0)
    assert link.dropped_by_class_gb[:, 4] == pytest.approx([0.0, 0.0, 1.0, 0.0])
    assert link.sent_by_class_gb[3, 0] == pytest.approx(1.0) and link.sent_by_class_gb[3, 4] == pytest.approx(1.0)
    place = [source.element for source in link.sources].index("last")
    assert link.latency([place]).worst_h == 3.0 and link.waiting_gb[place] == pytest.approx(1.0)


def test_an_experiments_own_memory_takes_none_of_the_common_one() -> None:
    made = np.full(4, 1.0)
    link = queue([Source("own", 9, made, 1.5), Source("shares", 9, made)], np.zeros(4), 2.0, 1.0)
    assert link.waiting_gb == pytest.approx([1.5, 2.0]) and link.lost_gb == pytest.approx([2.5, 2.0])
    assert link.most_gb[0] == pytest.approx(1.5) and link.common_gb.max() == pytest.approx(2.0)


def test_without_a_source_nothing_is_sent_and_nothing_has_a_latency() -> None:
    link = queue([], np.ones(3), math.inf, 1.0)
    assert not link.sent_gb.any() and not link.made_gb.any() and math.isnan(link.latency().median_h)
    assert math.isnan(link.mean_latency_h) and math.isnan(latency(np.zeros(5), 1.0).worst_h)


def _case(seed: int, n: int = 200) -> tuple[list[Source], np.ndarray, np.ndarray]:
    """Random sources of whole eighths of a gigabyte, so that sums are exact."""
    rng = np.random.default_rng(seed)
    sources = []
    for e in range(int(rng.integers(1, 6))):
        made = np.floor(rng.random(n) * 17) / 8.0 * (rng.random(n) < rng.random())
        own = math.inf if rng.random() < 0.7 else float(rng.integers(0, 60)) / 8.0 + 0.125
        sources.append(Source(f"s{e}", int(rng.integers(1, 4)), made, own))
    link = np.floor(rng.random(n) * rng.integers(1, 80)) / 8.0 * (rng.random(n) < rng.random()) * RATE
    memory = np.full(n, math.inf) if rng.random() < 0.2 else np.repeat(rng.integers(0, 200, 4) / 8.0, n // 4)
    return sources, link, memory


def _plainly(sources: list[Source], link: np.ndarray, memory: np.ndarray) -> tuple[np.ndarray, ...]:
    """The same rules told with one list of lots, sorted anew for every question."""
    n, lots = len(link), []
    sent, dropped, waiting = np.zeros((n, 9)), np.zeros((n, 9)), np.zeros((n, 9))
    back, waits = np.zeros(len(sources)), np.zeros((len(sources), n))

    def take(chosen: list[list[float]], gb: float) -> list[tuple[int, int, float]]:
        """Take gb from lots of one step in parts of their size."""
        total = sum(lot[2] for lot in chosen)
        taken = [(int(lot[0]), int(lot[1]), lot[2] * gb / total) for lot in chosen]
        for lot, (_, _, part) in zip(chosen, taken, strict=True):
            lot[2] -= part
        return taken

    for i in range(n):
        lots += [[i, e, float(s.made_gb[i])] for e, s in enumerate(sources) if s.made_gb[i] > 0.0]
        room = link[i] * GB_PER_MBIT_S_HOUR
        for step, c in sorted({(lot[0], sources[int(lot[1])].priority) for lot in lots}, key=lambda key: key[::-1]):
            chosen = [lot for lot in lots if lot[0] == step and sources[int(lot[1])].priority == c and lot[2] > 0.0]
            gb = min(room, sum(lot[2] for lot in chosen))
            if gb > 0.0:
                for made, e, part in take(chosen, gb):
                    sent[i, c - 1] += part
                    back[e] += part
                    waits[e, i - made] += part
                room -= gb
        for e, source in enumerate(sources):
            over = sum(lot[2] for lot in lots if lot[1] == e) - source.memory_gb
            for lot in sorted((lot for lot in lots if lot[1] == e), key=lambda lot: -lot[0]):
                gone = min(max(over, 0.0), lot[2])
                lot[2], over = lot[2] - gone, over - gone
                dropped[i, source.priority - 1] += gone
        shared = [lot for lot in lots if math.isinf(sources[int(lot[1])].memory_gb)]
        over = sum(lot[2] for lot in shared) - memory[i]
        keys = sorted({(sources[int(lot[1])].priority, lot[0]) for lot in shared}, reverse=True)
        for c, step in keys:
            chosen = [lot for lot in shared if lot[0] == step and sources[int(lot[1])].priority == c and lot[2] > 0.0]
            gone = min(over, sum(lot[2] for lot in chosen))
            if gone > 0.0:
                dropped[i, c - 1] += sum(part for _, _, part in take(chosen, gone))
                over -= gone
        lots = [lot for lot in lots if lot[2] > 0.0]
        for _, e, gb in lots:
            waiting[i, sources[int(e)].priority - 1] += gb
    return sent, dropped, waiting, back, waits


@settings(deadline=None, max_examples=30)
@given(SEEDS)
def test_the_compiled_queue_is_the_plain_one(seed: int) -> None:
    sources, link, memory = _case(seed, 60)
    done = queue(sources, link, memory, 1.0)
    sent, dropped, waiting, back, waits = _plainly(sources, link, memory)
    close = {"rel": 1e-9, "abs": 1e-9}
    assert done.sent_by_class_gb == pytest.approx(sent, **close)
    assert done.dropped_by_class_gb == pytest.approx(dropped, **close)
    assert done.backlog_by_class_gb == pytest.approx(waiting, **close)
    order = [sources.index(source) for source in done.sources]
    assert done.returned_gb == pytest.approx(back[order], **close)
    assert done.waited_gb == pytest.approx(waits[order][:, : done.waited_gb.shape[1]], **close)


@settings(deadline=None, max_examples=30)
@given(SEEDS)
def test_what_is_made_is_sent_dropped_or_waits(seed: int) -> None:
    sources, link, memory = _case(seed)
    done = queue(sources, link, memory, 1.0)
    _balanced(done)
    assert (done.sent_gb <= link * GB_PER_MBIT_S_HOUR + 1e-9).all() and (done.common_gb <= memory + 1e-9).all()
    for e, source in enumerate(done.sources):
        assert done.most_gb[e] <= source.memory_gb + 1e-9
    assert done.waited_gb.sum() == pytest.approx(done.sent_gb.sum(), rel=1e-9, abs=1e-9)
    # What has room to go does not stay, and nothing is dropped below its class while the link has room.
    spare = link * GB_PER_MBIT_S_HOUR - done.sent_gb > 1e-9
    assert not (done.backlog_gb[spare] > 1e-9).any() and not (done.dropped_gb[spare] > 1e-9).any()


def _balanced(done: Downlink) -> None:
    assert np.abs(done.residual_gb).max() <= 1e-9 * max(done.made_gb.sum(), 1.0)
    assert np.abs(done.source_residual_gb).max() <= 1e-9 * max(done.made_gb.sum(), 1.0)
    for values in (done.sent_by_class_gb, done.dropped_by_class_gb, done.backlog_by_class_gb, done.waited_gb):
        assert (values >= 0.0).all()


@settings(deadline=None, max_examples=30)
@given(SEEDS, st.integers(1, 9))
def test_a_class_does_not_feel_those_below_it(seed: int, most: int) -> None:
    """Vital housekeeping waits as long, whatever the instruments make."""
    sources, link, _ = _case(seed)
    whole, alone = (queue(kept, link, math.inf, 1.0) for kept in (sources, [s for s in sources if s.priority <= most]))
    assert whole.sent_by_class_gb[:, :most] == pytest.approx(alone.sent_by_class_gb[:, :most], rel=1e-9, abs=1e-9)


def test_each_way_carries_what_its_rate_wins() -> None:
    """The direct way before relays as good, relays of one rate alike, nothing where no way is open."""
    ways = {
        "direct": np.array([5.0, 0.0, 5.0, 0.0]),
        "up": np.array([5.0, 8.0, 2.0, 0.0]),
        "high": np.array([1.0, 8.0, 9.0, 0.0]),
    }
    parts = way_parts(ways, np.max(list(ways.values()), axis=0))
    assert parts["direct"].tolist() == [1.0, 0.0, 0.0, 0.0]
    assert parts["up"].tolist() == [0.0, 0.5, 0.0, 0.0] and parts["high"].tolist() == [0.0, 0.5, 1.0, 0.0]
    assert way_parts({}, np.ones(2)) == {}


def test_a_station_with_a_small_memory_says_what_it_dropped(
    little: Programme, plan_of: Callable[..., Plan], light_of: Callable[..., xr.Dataset]
) -> None:
    centre = little.equipment["centre"].model_copy(update={"buffer_gb": 2.0})
    small = little.model_copy(update={"equipment": {"centre": centre}})
    shut = np.ones(2400)
    shut[500:600] = 0.0
    direct, relayed = 10.0 * shut, np.full((1, 2400), 4.0) * (np.arange(2400) % 50 < 20) * (shut == 0.0)
    light = light_of(sun_fraction=1.0, link_mbit_s=np.maximum(direct, relayed[0]), earth_visible=1.0)
    light = light.assign(direct_mbit_s=("time", direct), relay_mbit_s=(("relay", "time"), relayed))
    light = light.assign_coords(relay=["above"])
    done = operate(small, plan_of(small), light)
    figures, kept = done.quantities, {line.element: line for line in done.data}
    assert all(value <= 1e-9 for value in done.residuals.values()), done.residuals
    assert kept["centre"].priority == 1 and kept["centre"].dropped_gb == 0.0 == figures["data_dropped_1_gb"]
    # The garden grows and the crew maps while the link is shut: what does not fit is theirs.
    assert sum(line.made_gb for line in done.data) == pytest.approx(
        sum(line.returned_gb + line.dropped_gb + line.waiting_gb for line in done.data), rel=1e-9
    )
    assert figures["data_dropped_gb"] == pytest.approx(sum(line.dropped_gb for line in done.data_classes))
    assert figures["data_dropped_gb"] == pytest.approx(sum(line.dropped_gb for line in done.data_partners))
    assert done.series["backlog_gb"].max() <= 2.0 + 1e-9
    ways = {way.way: way for way in done.ways}
    assert sum(way.sent_gb for way in done.ways) == pytest.approx(figures["downlinked_gb"], rel=1e-9)
    assert ways["direct"].open_h == 2300.0 and ways["above"].open_h == 40.0
    assert done.series["sent_by_way_gb"].dims == ("way", "time")
    plenty = operate(little, plan_of(little), light)
    assert plenty.quantities["data_dropped_gb"] == 0.0 and any("no limit" in note for note in plenty.notes)
    assert plenty.quantities["latency_1_max_h"] <= plenty.quantities["latency_max_h"]
