"""Histories: what one costs on 1 to 8 workers and from 1,000 to 1,000,000, and the same rules as SimPy processes.

python benchmarks/risk.py [RUN]    RUN: a run folder of ilrs-2035; made anew without. Ends within some six minutes.

The SimPy twin lives through the same draws with the same elements: a process for every element (in use, failed,
replaced) and one for the station that keeps the same daily books of one bus. It leaves out repairs by crews, air, water
and food, so that it does less; the flights are ours for both.
"""

import os
import pickle
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import simpy

from malapert.programme import load, merged_toml
from malapert.risk.columns import FACTS
from malapert.risk.draws import drawn
from malapert.risk.flights import outcomes
from malapert.risk.histories import answers
from malapert.risk.study import Study
from malapert.run.doubt import PART, fill, study_of
from malapert.run.executor import made
from malapert.run.folder import execute, reopen
from malapert.run.parts import Parts
from malapert.run.stages import PLANNED

DAY, BUDGET_S = 86400.0, 330.0
SURVIVE, FIRM, USABLE, CHARGE = (FACTS.index(name) for name in ("survive_kw", "firm_kw", "usable_kwh", "charge_kw"))


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
                want += facts[SURVIVE]
                given += facts[FIRM]
                usable += facts[USABLE]
                charge += facts[CHARGE]
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


@dataclass(frozen=True)
class Timed:
    """Spans of histories with the processor time each took where it was made."""

    study: Study

    def __call__(self, span: tuple[int, int]):
        begun = time.process_time()
        table = self.study.rows(*span)
        return table, time.process_time() - begun


@dataclass(frozen=True)
class Line:
    """One line of the table: what so many histories took on so many workers, written to disk by the client."""

    workers: int
    histories: int
    wall_s: float
    cpu_s: float

    @property
    def each_ms(self) -> float:
        return 1e3 * self.cpu_s / self.histories


def measured(study: Study, workers: int, histories: int) -> Line:
    """Histories made and written as `malapert risk` does, with the processor time of the workers."""
    with tempfile.TemporaryDirectory() as folder:
        parts = Parts(Path(folder), PART, {"bench": workers})
        parts.open(resume=False)
        begun, cpu = time.perf_counter(), 0.0
        for span, (table, took) in made(Timed(study), parts.missing(histories), workers=workers):
            parts.write(span, table)
            cpu += took
        return Line(workers, histories, time.perf_counter() - begun, cpu)


def weighed(study: Study) -> None:
    """The issue's bar: 10,000 histories on two workers, written, read back and weighed."""
    with tempfile.TemporaryDirectory() as folder:
        parts = Parts(Path(folder), PART, {"bench": 0})
        parts.open(resume=False)
        begun = time.perf_counter()
        fill(parts, study, 10_000, workers=2)
        answers(study, parts.read(10_000))
        wall = time.perf_counter() - begun
    client, worker = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(
        f"10,000 histories on two workers, written and weighed: {wall:.1f} s (bar 60); memory: client {client:.0f} MB, "
        f"each worker at most {worker:.0f} MB, {client + 2 * worker:.0f} MB in all (bar 2,000)"
    )


def show(lines: list[Line]) -> None:
    """The table. Wall speaks for a free machine; processor time a history stays true on a busy one."""
    first = lines[0]
    alone = {line.histories: line for line in lines if line.workers == 1}
    print("\nworkers  histories    wall s     cpu s  cores had  cpu ms each  against first  wall against one worker")
    for line in lines:
        one = alone.get(line.histories)
        against = f"{one.wall_s / line.wall_s:.2f} times" if one and line.workers > 1 else "-"
        print(
            f"{line.workers:>7}  {line.histories:>9,}  {line.wall_s:>8.1f}  {line.cpu_s:>8.1f}  "
            f"{line.cpu_s / line.wall_s:>9.2f}  {line.each_ms:>11.3f}  {line.each_ms / first.each_ms - 1.0:>+12.1%}  "
            f"{against:>23}"
        )
    most = max(lines, key=lambda line: line.histories)
    if most.histories < 10**6:
        print(
            f"{most.workers:>7}  1,000,000  projected: {10**6 * most.each_ms / 1e3:,.0f} cpu s, some "
            f"{10**6 / most.histories * most.wall_s / 60.0:,.0f} min as here"
        )
    print(
        f"while cores last ({os.cpu_count()} here) histories a cpu-second should be flat within 15 %; cores had below "
        "the workers' number means others had them"
    )


def main() -> None:
    """Print the table, the SimPy twin and the bar of the issue."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            run = reopen(Path(sys.argv[1]), PLANNED)
        else:
            run = execute(load("ilrs-2035"), merged_toml("ilrs-2035"), Path(folder), PLANNED)
        study = study_of(run, 1)
    study.rows(0, 1)
    print(f"{study.programme.name}: study {len(pickle.dumps(study)) / 1e6:.1f} MB")

    few = 10
    begun = time.process_time()
    twin(study, 0, few)
    theirs = (time.process_time() - begun) / few
    lines = [measured(study, workers, n) for workers, n in ((1, 1000), (1, 4000), (2, 1000), (2, 4000))]
    lines += [measured(study, workers, 4000) for workers in (4, 8)]
    print(f"SimPy twin: {1e3 * theirs:.1f} cpu ms a history, {1e3 * theirs / lines[0].each_ms:.0f} times ours (bar 10)")
    weighed(study)
    lines.append(measured(study, 2, 10_000))
    if 10.0 * lines[-1].wall_s < BUDGET_S - (time.perf_counter() - started):
        lines.append(measured(study, 2, 100_000))
    else:
        print("100,000 histories would not end in time here: projected")
    show(lines)


if __name__ == "__main__":
    main()
