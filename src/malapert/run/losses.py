"""Each partner and vehicle taken away: the programme planned without it, and its histories with the same dice."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from malapert.programme import Programme
from malapert.risk.sensitivity import OUTCOMES
from malapert.run.closure import without
from malapert.run.flights import Flights
from malapert.run.folder import Run
from malapert.run.light import Light
from malapert.run.manifest import Manifest, manifest
from malapert.run.study import study_of


@dataclass(frozen=True)
class Loss:
    """Means over some histories without something; `complete` is of the plan that is left."""

    words: str
    kind: str
    name: str
    complete: float
    first_crew: float
    crew_survives: float
    vital_unserved_kwh: float
    experiment_h: float
    crew_d: float


@dataclass(frozen=True)
class Without:
    """What a worker is asked: the histories of a run without one thing; without nothing, those of the run itself."""

    programme: Programme
    light: Light
    flights: Flights
    plan: Manifest
    seed: int
    histories: int

    def __call__(self, asked: tuple[str, str, str]) -> Loss:
        """The loss under (words, kind, name)."""
        words, kind, name = asked
        left = without(self.programme, kind, name) if kind else self.programme
        there = replace(self.flights, flown=tuple(f for f in self.flights.flown if f.name in left.flight))
        plan = manifest(left, _unheard, flights=there) if kind else self.plan
        study = study_of(left, self.light, there, plan, self.seed)
        table = study.rows(0, self.histories)
        means = {key: float(of(table, study.end_tdb_s).mean()) for key, (_, _, of) in OUTCOMES.items()}
        crew = float(np.mean(table["first_crew"] <= study.end_tdb_s))
        return Loss(words, kind, name, first_crew=crew, crew_d=float(table["crew_d"].mean()), **means)


def asked(programme: Programme) -> Iterator[tuple[str, str, str]]:
    """(words, kind, name) of everything taken away in turn, first nothing: partners with hardware, and vehicles."""
    yield "Nothing", "", ""
    bringing = {element.partner for element in programme.elements.values()}
    bringing |= {programme.flown_by(flight) for flight in programme.flight.values()}
    for name in programme.partner:
        if name in bringing:
            yield programme.partner[name].title or name, "partner", name
    for table, key in (("launcher", "launcher"), ("spacecraft", "spacecraft")):
        rows: dict[str, Any] = getattr(programme, table)
        for name in dict.fromkeys(getattr(flight, key) for flight in programme.flight.values()):
            yield rows[name].title or name, table, name


def without_each(run: Run, seed: int, histories: int) -> Without:
    """The work of looking at a run's losses."""
    light, flights, plan = run.result("light", Light), run.result("flights", Flights), run.result("plan", Manifest)
    return Without(run.programme, light, flights, plan, seed, histories)


def _unheard(fraction: float, words: str = "") -> None:
    pass
