"""What kept an experiment from the hours it wants: the smallest set of limits that clash, in the programme's words."""

from dataclasses import replace
from typing import Final

import numpy as np

from malapert.station.by_rank import alone, more
from malapert.station.experiments import Account
from malapert.station.hours import Standing
from malapert.station.weeks import Ground
from malapert.station.window import Hours, Room, Window

# In the order in which limits are let go: those named last are those that are blamed first.
LIMITS: Final = ("samples", "data", "EVA hours", "crew hours", "power")
# Part of the hours wanted whose lack is not worth a word: rounding to whole hours.
SMALL: Final = 0.005
_ENOUGH: Final = 1 << 40
_WORDS: Final = {
    "light": ("in light", "light"),
    "dark": ("dark", "darkness"),
    "earth_visible": ("with the Earth in view", "the Earth in view"),
    "earth_hidden": ("with the Earth hidden", "the Earth hidden"),
    "crew": ("with a crew", "a crew at the station"),
    "outside": ("with somebody outside", "EVA"),
    "ground": ("on ground it bears", "ground between {low:g} and {high:g} K"),
    "warmth": ("at a temperature it bears", "it neither freezing nor overheating"),
}


class Shortages:
    """Hours each experiment lacks, by what keeps them from it, year by year."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.short_h: list[dict[tuple[str, ...], float]] = [{} for _ in ground.order]

    def add(self, window: Window, chosen: list[int], hours: Hours, year: int) -> None:
        """Blame every hour a year's plan leaves wanting."""
        step_h = self.ground.hours.step_h
        held = self.ground.hours.year == year
        for row, k in enumerate(chosen):
            wanted, got = int(window.wanted[row]), int(hours.total[row])
            possible = int(self.ground.able[k, held].sum())
            if wanted > possible:
                self._blame(k, ("needs",), (wanted - max(possible, got)) * step_h)
            rest = min(wanted, possible) - got
            if rest > 0:
                limits = clash(window, hours, row)
                others = window.shares is not None and int(alone(window.only([row]))[0]) > got
                self._blame(k, ("share", *limits) if others else limits, rest * step_h)

    def _blame(self, k: int, limits: tuple[str, ...], hours: float) -> None:
        self.short_h[k][limits] = self.short_h[k].get(limits, 0.0) + hours

    def account(self, k: int, delivery: Standing, entitled_h: float) -> Account:
        """What one experiment is told."""
        short, wanted_h = self.short_h[k], float(self.ground.wanted_h[k].sum())
        short = short if sum(short.values()) > SMALL * wanted_h else {}
        limits = max(short, key=lambda each: short[each], default=())
        held_by = " and ".join(limit for limit in limits if limit != "share")
        if limits == ("needs",):
            held_by = self._scarcest(k).replace("_", " ")
        elif "share" in limits:
            held_by = f"share of {held_by}"
        why = self._words(k, limits) if limits else ""
        return Account(delivery.element, delivery.partner, entitled_h, held_by, why, float(sum(short.values())))

    def _words(self, k: int, limits: tuple[str, ...]) -> str:
        ground, delivery = self.ground, self.ground.order[k]
        row = ground.programme.experiment[delivery.element]
        title, wants = row.title or delivery.element, f"wants {row.wanted_h:,.0f} h"
        if limits == ("needs",):
            need = self._scarcest(k)
            low, high = row.coldest_ground_k or 0.0, row.warmest_ground_k or np.inf
            how, what = (words.format(low=low, high=high) for words in _WORDS.get(need, ("in use", "use")))
            alone_h, all_h = self._range(k, need), self._range(k, "")
            if len(ground.held[k]) > 1 and alone_h != all_h:
                how = "with all it needs"
                what = " and ".join(_WORDS[each][1].format(low=low, high=high) for each in ground.held[k]) + " together"
            return f"{title}: {wants} {how} a year, there are {all_h} h of {what}"
        short = ground.programme.experiment
        said = {
            "power": f"draws {ground.draw_kw[k]:g} kW at priority {ground.priority[k]}, and that much is not left over",
            "data": f"makes {short[delivery.element].data_mbit_s:g} Mbit/s, and the link has no more time for it",
            "EVA hours": f"takes {row.eva_h:g} h outside a day, and no more of them are free",
            "crew hours": f"takes {row.crew_h:g} h of a crew a day, and no more of them are free",
            "samples": f"takes {row.samples_kg_d:g} kg of samples a day, and flights home have no more room",
        }
        others = " once others have their share" if "share" in limits else ""
        return f"{title}: {wants} a year; it " + "; it ".join(said[each] for each in limits if each in said) + others

    def _range(self, k: int, need: str) -> str:
        """Hours a year in which a need, or all of them, holds: the least and the most of any year in use."""
        ground = self.ground
        flags = ground.held[k][need] & ground.in_use[k] if need else ground.able[k]
        held, used = (np.bincount(ground.hours.year, values) for values in (flags, ground.in_use[k]))
        rate = held[used > 0] / used[used > 0] * 8766.0
        low, high = (f"{value:,.0f}" for value in (rate.min(), rate.max()))
        return low if low == high else f"{low} to {high}"

    def _scarcest(self, k: int) -> str:
        """The need that holds least while an experiment is in use."""
        use = self.ground.in_use[k]
        steps = {need: int((flags & use).sum()) for need, flags in self.ground.held[k].items()}
        return min(steps, key=lambda each: steps[each], default="")


def clash(window: Window, hours: Hours, row: int) -> tuple[str, ...]:
    """The smallest set of limits that, with its needs, leave an experiment not one step more; the needs alone when all
    others may go. Found by letting one go after the other and keeping those without which there would be more."""
    gone: list[str] = []
    for limit in LIMITS:
        if more(_without(window, [*gone, limit]), hours, row) == 0:
            gone.append(limit)
    kept = tuple(limit for limit in reversed(LIMITS) if limit not in gone)
    return kept or ("needs",)


def _without(window: Window, limits: list[str]) -> Window:
    """The window with some of its limits let go."""
    changes: dict[str, object] = {}
    if "power" in limits:
        changes |= {"surplus_wh": window.surplus_wh + _ENOUGH, "spare_wh": window.spare_wh + _ENOUGH}
        changes |= {"lit": window.able - window.dark}
    if "data" in limits:
        changes |= {"link_mb": window.link_mb + _ENOUGH}
    more_time = [replace(hand, free=hand.free + _ENOUGH * (hand.kind in limits)) for hand in window.hands]
    changes |= {"hands": tuple(more_time)}
    if "samples" in limits:
        changes |= {"rooms": tuple(Room(room.first, room.end, room.grams + _ENOUGH) for room in window.rooms)}
    return replace(window, **changes)  # type: ignore[arg-type]
