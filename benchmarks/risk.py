"""Histories: what one costs, what a second worker brings, and the same rules beside them as SimPy processes.

python benchmarks/risk.py RUN [HISTORIES]    RUN: a run folder of ilrs-2035

The SimPy twin lives through the same draws with the same elements: a process for every element (in use, failed,
replaced) and one for the station that keeps the same daily books of one bus. It leaves out repairs by crews, air, water
and food, so that it does less; the flights are ours for both.
"""

import pickle
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import simpy

from malapert.risk.draws import drawn
from malapert.risk.flights import outcomes
from malapert.risk.study import Study
from malapert.run.doubt import PART, _span, study_of
from malapert.run.executor import made
from malapert.run.folder import reopen
from malapert.run.stages import PLANNED

DAY = 86400.0


def twin(study: Study, first: int, last: int) -> float:
    """The station's days as SimPy processes over the same draws; vital energy unserved, kWh a history."""
    found = outcomes(study.programme, study.plan, study.options, drawn(study.dice, first, last), study.dice.levers)
    return float(np.mean([_lived(study, found, k) for k in range(found.n)]))


def _lived(study: Study, found, k: int) -> float:
    station = study.station
    env = simpy.Environment()
    up: dict[int, float] = {}
    days = len(station.year)

    def element(e: int, index: int):
        use = (found.use(station.elements[e])[k] - station.start_tdb_s) / DAY
        if not np.isfinite(use) or use >= days:
            return
        yield env.timeout(max(use, 0.0))
        for life_s in found.draws.life_s[k, index]:
            up[e] = env.now
            yield env.timeout(min(life_s / DAY, 1e9))
            del up[e]
            yield env.timeout(found.replace_s / DAY)

    short = [0.0]
    arrays = {int(e): a for a, e in enumerate(station.arrays)}

    def bus():
        held = 0.0
        while env.now < days:
            day = int(env.now)
            given, want, usable, charge = 0.0, 0.0, 0.0, 0.0
            for e in up:
                facts = station.facts[e]
                want += facts[0]
                given += facts[3]
                usable += facts[6]
                charge += facts[7]
                if e in arrays:
                    dust, degradation = station.kept[arrays[e]]
                    age_y = (day - up[e]) / 365.25
                    given += station.clean_kw[arrays[e], day] * (1 - dust) * (1 - degradation) ** age_y
            drawn_kwh = max(want - given, 0.0) * 24.0
            short[0] += max(drawn_kwh - held, 0.0)
            held = min(max(held - drawn_kwh, 0.0) + min(max(given - want, 0.0), charge) * 24.0, usable)
            yield env.timeout(1.0)

    for e, index in enumerate(station.deliveries):
        env.process(element(e, int(index)))
    env.process(bus())
    env.run(until=days)
    return short[0]


def main() -> None:
    """Print the ratios."""
    run = reopen(Path(sys.argv[1]), PLANNED)
    study = study_of(run, 1)
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    study.rows(0, 1)
    print(f"{study.programme.name}: {n} histories; study {len(pickle.dumps(study)) / 1e6:.1f} MB")

    begun = time.process_time()
    study.rows(0, PART)
    ours = (time.process_time() - begun) / PART
    begun = time.process_time()
    few = 10
    twin(study, 0, few)
    theirs = (time.process_time() - begun) / few
    print(f"processor time a history: {1e3 * ours:.2f} ms; SimPy twin {1e3 * theirs:.1f} ms, {theirs / ours:.0f} times")

    spans = [(first, min(first + PART, n)) for first in range(0, n, PART)]
    wall = {}
    for workers in (1, 2):
        begun = time.perf_counter()
        for _ in made(partial(_span, study), spans, workers=workers):
            pass
        wall[workers] = time.perf_counter() - begun
    print(f"wall: one worker {wall[1]:.1f} s, two {wall[2]:.1f} s: {wall[1] / wall[2]:.2f} times")
    for count in (10**3, 10**4, 10**5, 10**6):
        print(f"{count:>9,} histories: {count * ours:,.0f} worker-seconds, projected")


if __name__ == "__main__":
    main()
