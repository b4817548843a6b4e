"""The least change that makes a misfit fit, found by trying: one figure at a time, then all of them together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from malapert.constants import SECONDS_PER_DAY
from malapert.programme import Programme
from malapert.programme.elements import ELEMENT_TABLES
from malapert.programme.offer import OfferFile
from malapert.run.fit import Check, World, checks, misfit
from malapert.run.folder import Notice
from malapert.run.light import Light
from malapert.run.living import with_links
from malapert.run.manifest import manifest
from malapert.sky.time import utc
from malapert.station import operate

STEPS = 5
# Which figures may mend which kind of misfit.
MENDS = {
    "flight": ("mass_kg", "ready"),
    "mass": ("mass_kg",),
    "manifest": ("mass_kg", "keep_alive_kw", "load_kw"),
    "requirements": ("keep_alive_kw", "load_kw", "mass_kg", "data_mbit_s", "crew_h"),
    "power": ("load_kw", "keep_alive_kw", "wanted_h"),
    "night": ("keep_alive_kw", "load_kw"),
    "light": ("wanted_h", "load_kw", "needs"),
    "data": ("data_mbit_s", "wanted_h"),
    "crew": ("crew_h", "wanted_h", "needs"),
}
WORDS = {
    "mass_kg": ("lighter", "kg"),
    "keep_alive_kw": ("less power to stay alive", "kW"),
    "load_kw": ("less power", "kW"),
    "wanted_h": ("fewer hours a year", "h"),
    "data_mbit_s": ("less data", "Mbit/s"),
    "crew_h": ("fewer crew hours", "h"),
}


@dataclass(frozen=True)
class Change:
    """A change that makes the offer fit: `key` of `element` from `before` to `after`; `cost` is the part given up."""

    element: str
    key: str
    before: str
    after: str
    cost: float
    words: str


class _Trials:
    """Lives of the programme with the offer changed, and how many were tried."""

    def __init__(self, file: OfferFile, base: World, offered: World, light: Light, notice: Notice) -> None:
        self.file, self.base, self.offered, self.light, self.notice = file, base, offered, light, notice
        self.tried = 0

    def fits(self, changed: Programme, words: str) -> bool:
        """Whether the changed programme would do; a life is lived only when everything finds its flight."""
        self.tried += 1
        self.notice("changes", None, f"What would fit: {words}")
        flights = self.offered.flights
        plan = manifest(changed, _unheard, flights=flights)
        landed = {delivery.element for delivery in plan.plan.deliveries}
        if not landed.issuperset(self.file.elements):
            return False
        life = operate(changed, plan.plan, with_links(changed, self.light, flights, plan))
        return not misfit(checks(self.file, self.base, World(changed, flights, plan, life)))


def least_changes(
    file: OfferFile, base: World, offered: World, light: Light, found: tuple[Check, ...], notice: Notice
) -> tuple[tuple[Change, ...], int]:
    """Changes that each make it fit, the cheapest first, and how many lives were tried. Ports are not changed."""
    topics = [check.topic for check in found if check.answer == "no"]
    if "interfaces" in topics or not file.elements:
        return (), 0
    trials = _Trials(file, base, offered, light, notice)
    keys = list(dict.fromkeys(key for topic in topics for key in MENDS.get(topic, ())))
    changes = [change for name in file.elements for key in keys for change in _single(trials, name, key)]
    if not changes:
        changes = list(_together(trials, [key for key in keys if key in WORDS]))
    return tuple(sorted(changes, key=lambda change: change.cost)), trials.tried


def _single(trials: _Trials, name: str, key: str) -> Iterator[Change]:
    programme = trials.offered.programme
    row = programme.elements.get(name)
    if row is None:
        return
    if key == "ready":
        yield from _earlier(trials, name)
    elif key == "needs":
        for need in getattr(row, "needs", ()):
            left = tuple(other for other in row.needs if other != need)  # type: ignore[attr-defined]
            if trials.fits(_with(programme, name, {"needs": left}), f"{name} without {need}"):
                yield Change(name, key, ", ".join(row.needs), ", ".join(left) or "none", 0.5, f"do without {need}")  # type: ignore[attr-defined]
    elif getattr(row, key, 0.0) > 0.0:
        value = float(getattr(row, key))
        part = _largest(
            lambda part: trials.fits(_with(programme, name, {key: value * part}), f"{name} {key} x {part:.2f}")
        )
        if part is not None:
            yield _scaled(name, key, value, part)


def _scaled(name: str, key: str, value: float, part: float) -> Change:
    how, unit = WORDS[key]
    left = value * part
    after = f"{left:.0f} {unit}" if left >= 1000.0 else f"{left:.3g} {unit}"
    return Change(name, key, f"{value:g} {unit}", after, 1.0 - part, f"{how}: {after} in place of {value:g} {unit}")


def _largest(fits: Callable[[float], bool]) -> float | None:
    """The largest part of a figure that fits, by bisection to 1/2^STEPS; None when next to nothing of it does not."""
    low, high = 0.01, 1.0
    if not fits(low):
        return None
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _earlier(trials: _Trials, name: str) -> Iterator[Change]:
    """The latest date it could be ready by and still ride, where it is ready too late for every flight."""
    programme = trials.offered.programme
    row = programme.elements[name]
    if row.ready is None:
        return
    for flown in sorted(trials.offered.flights.flown, key=lambda flown: -flown.arrive_tdb_s):
        if flown.site != programme.station or not programme.flight[flown.name].open:
            continue
        day = (
            utc(flown.depart_tdb_s - 30.0 * SECONDS_PER_DAY)
            .astype("datetime64[s]")
            .item()
            .replace(tzinfo=row.ready.tzinfo)
        )
        if day < row.ready and trials.fits(_with(programme, name, {"ready": day}), f"{name} ready {day:%Y-%m-%d}"):
            days = (row.ready - day).days
            words = f"ready {days} days earlier, thirty days before {flown.title or flown.name} leaves"
            yield Change(name, "ready", f"{row.ready:%Y-%m-%d}", f"{day:%Y-%m-%d}", min(days / 3652.5, 1.0), words)
            return


def _together(trials: _Trials, keys: list[str]) -> Iterator[Change]:
    """Every figure of every offered element by the same part, when none alone will do."""
    programme = trials.offered.programme

    def smaller(part: float) -> Programme:
        changed = programme
        for name in trials.file.elements:
            row = programme.elements.get(name)
            figures = {key: getattr(row, key) * part for key in keys if getattr(row, key, 0.0) > 0.0}
            changed = _with(changed, name, figures)
        return changed

    part = _largest(lambda part: trials.fits(smaller(part), f"everything x {part:.2f}"))
    if part is not None:
        named = ", ".join(key for key in keys)
        yield Change("all", "all", "100 %", f"{100.0 * part:.0f} %", 1.0 - part, f"{named} at {100.0 * part:.0f} %")


def _with(programme: Programme, name: str, figures: dict[str, object]) -> Programme:
    """The programme with some figures of one element changed."""
    table = next(table for table in ELEMENT_TABLES if name in getattr(programme, table))
    rows = dict(getattr(programme, table))
    rows[name] = rows[name].model_copy(update=figures)
    return programme.model_copy(update={table: rows})


def _unheard(fraction: float, words: str = "") -> None:
    pass
