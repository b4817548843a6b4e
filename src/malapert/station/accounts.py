"""What became of the data, by element, class, partner and way, and of what failed."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from malapert.programme import Programme
from malapert.station.downlink import way_parts
from malapert.station.hours import Array
from malapert.station.kits import CONFIDENCE, best_within, lightest, until
from malapert.station.results import (
    DataMade,
    DataOfClass,
    DataOfPartner,
    ElementRepairs,
    Spares,
    SparesOfKind,
    StationUsed,
    WayUsed,
)
from malapert.station.steps import Lived

# How far the curve of spares goes.
SURE = 0.999


def by_element(lived: Lived) -> tuple[DataMade, ...]:
    """Each element that makes data."""
    partners = _partners(lived)
    return tuple(
        DataMade(
            **_sums(lived, [e]),
            element=source.element,
            partner=partners[source.element],
            priority=source.priority,
            memory_gb=source.memory_gb,
            most_gb=float(lived.link.most_gb[e]),
        )
        for e, source in enumerate(lived.link.sources)
    )


def by_class(lived: Lived) -> tuple[DataOfClass, ...]:
    """Each class of which anything is made."""
    sources, waiting = lived.link.sources, lived.link.backlog_by_class_gb
    places = {k: [e for e, source in enumerate(sources) if source.priority == k] for k in range(1, 10)}
    return tuple(
        DataOfClass(**_sums(lived, which), priority=k, most_gb=float(waiting[:, k - 1].max()))
        for k, which in places.items()
        if which
    )


def by_partner(lived: Lived) -> tuple[DataOfPartner, ...]:
    """Each partner whose elements make data."""
    whose = [_partners(lived)[source.element] for source in lived.link.sources]
    return tuple(
        DataOfPartner(**_sums(lived, [e for e, name in enumerate(whose) if name == partner]), partner=partner)
        for partner in sorted(set(whose))
    )


def ways(lived: Lived) -> tuple[WayUsed, ...]:
    """Each way to the Earth that was ever open."""
    step_h = lived.hours.step_h
    return tuple(
        WayUsed(
            way,
            *bands(lived.programme, way),
            open_h=float(np.count_nonzero(lived.sky.ways[way])) * step_h,
            used_h=float(np.count_nonzero(gb)) * step_h,
            sent_gb=float(gb.sum()),
        )
        for way, gb in sent_by_way(lived).items()
        if lived.sky.ways[way].any()
    )


def sent_by_way(lived: Lived) -> dict[str, Array]:
    """GB sent each way in each step (n,)."""
    parts = way_parts(lived.sky.ways, lived.sky.link_mbit_s)
    return {way: np.asarray(lived.link.sent_gb * part) for way, part in parts.items()}


def stations(lived: Lived) -> tuple[StationUsed, ...]:
    """Each ground station that took anything."""
    sent, rows = lived.link.sent_gb, lived.programme.ground_station
    taken = {name: sent * part for name, part in lived.sky.stations.items()}
    return tuple(
        StationUsed(name, rows[name].partner, float(np.count_nonzero(gb)) * lived.hours.step_h, float(gb.sum()))
        for name, gb in taken.items()
        if gb.any()
    )


def spares(lived: Lived) -> Spares:
    """What failed, what it took and what spares would suffice."""
    mended, kinds = lived.mended, lived.mended.kinds(lived.programme)
    landed_kg = float(mended.landed_kg.sum())
    kits, advised = best_within(kinds, landed_kg), lightest(kinds)
    of_kind = {element: kind.name for kind in kinds for element in kind.elements}
    return Spares(
        tuple(_repairs(lived, e, of_kind) for e in range(len(mended.standing))),
        tuple(
            SparesOfKind(kind.name, kind.elements, kind.kit_kg, kind.mean, kits.counts[k], advised.counts[k])
            for k, kind in enumerate(kinds)
        ),
        landed_kg,
        float(mended.used_kg.sum()),
        float(mended.stock_kg[-1]),
        kits.sufficiency,
        CONFIDENCE,
        advised.kg,
        tuple((step.kg, step.sufficiency) for step in until(kinds, SURE)),
    )


def _repairs(lived: Lived, e: int, of_kind: dict[str, str]) -> ElementRepairs:
    mended, here = lived.mended, lived.mended.standing[e]
    lacking = np.flatnonzero(mended.lacking_kg[e] > 1e-9)
    first = int(np.searchsorted(lived.hours.day, lacking[0])) if len(lacking) else -1
    begun = float(mended.begun[e].sum())
    return ElementRepairs(
        here.element,
        here.partner,
        of_kind[here.element],
        float(mended.failures[e].sum()),
        begun,
        begun * lived.programme.elements[here.element].repair_h,
        float(mended.used_kg[e].sum()),
        float(mended.availability[e]),
        float(lived.hours.tdb_s[first]) if first >= 0 else math.nan,
    )


def bands(programme: Programme, way: str) -> tuple[str, str]:
    """Band in which the site sends, and that in which a relay sends on; empty where it is not declared."""
    if way == "direct":
        return programme.home.earth_band, ""
    relay = programme.relay.get(way)
    return (relay.site_band, relay.earth_band) if relay else ("", "")


def _partners(lived: Lived) -> dict[str, str]:
    return {delivery.element: delivery.partner for delivery in lived.standing}


def _sums(lived: Lived, which: Sequence[int]) -> dict[str, Any]:
    link, places = lived.link, list(which)
    return {
        "made_gb": float(sum(link.sources[e].made_gb.sum() for e in places)),
        "returned_gb": float(link.returned_gb[places].sum()),
        "dropped_gb": float(link.lost_gb[places].sum()),
        "waiting_gb": float(link.waiting_gb[places].sum()),
        "latency": link.latency(places),
    }
