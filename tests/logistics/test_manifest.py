"""The manifest against brute force on tiny cases, its rules one by one, and its reasons in words."""

from datetime import timedelta
from itertools import product
from math import inf, nan

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from malapert.errors import InputError
from malapert.logistics.clock import tdb_of
from malapert.logistics.manifest import manifest
from malapert.logistics.plan import FlightOption
from malapert.programme import load
from malapert.programme.elements import Equipment, OrbitalStation

DAY = 86400.0
BASE = load("hello")
START = tdb_of(BASE.start)


def option(name, day, capacity_kg, **changes):
    fields = {
        "partner": "cnsa",
        "route": "surface",
        "site": BASE.station,
        "crew": "",
        "leave_tdb_s": nan,
        "back_tdb_s": nan,
    }
    fields |= {"depart_tdb_s": START + (day - 5) * DAY, "arrive_tdb_s": START + day * DAY}
    return FlightOption(name=name, capacity_kg=capacity_kg, **(fields | changes))


def programme_of(elements, flights):
    rows = {name: Equipment(partner="cnsa", **({"mass_kg": 100.0} | row)) for name, row in elements.items()}
    empty = {"solar_array": {}, "battery": {}, "experiment": {}}
    flown = {name: BASE.flight["first"].model_copy(update=row) for name, row in flights.items()}
    return BASE.model_copy(update={**empty, "equipment": rows, "flight": flown})


@st.composite
def cases(draw):
    flights = draw(st.integers(1, 3))
    days = [draw(st.integers(10, 400)) for _ in range(flights)]
    rooms = [float(draw(st.integers(0, 900))) for _ in range(flights)]
    names = [f"e{k}" for k in range(draw(st.integers(1, 5)))]
    declared = {name: draw(st.integers(-2, flights - 1)) for name in names}
    elements = {
        name: {
            "mass_kg": float(draw(st.integers(1, 500))),
            "priority": draw(st.integers(1, 3)),
            "after": tuple(before for before in names[:k] if draw(st.booleans()) and draw(st.booleans())),
            "ready": BASE.start + timedelta(days=draw(st.integers(0, 200))) if draw(st.booleans()) else None,
            "deploy_d": float(draw(st.integers(0, 60))),
        }
        for k, name in enumerate(names)
    }
    rows = {
        f"f{k}": {"cargo": tuple(n for n in names if declared[n] == k), "open": draw(st.booleans())}
        for k in range(flights)
    }
    options = tuple(option(f"f{k}", days[k], rooms[k]) for k in range(flights))
    return programme_of(elements, rows), options


def score(programme, options, choice):
    """What the manifest should make as large as can be, first to last; None when a rule is broken."""
    arrive = {o.name: o.arrive_tdb_s for o in options}
    declared = {e: f for f, row in programme.flight.items() for e in row.cargo}
    rows = programme.elements
    for o in options:
        if sum(rows[e].mass_kg for e, f in choice.items() if f == o.name) > o.capacity_kg:
            return None
    for e, f in choice.items():
        if f is None:
            continue
        if f != declared.get(e, f) or (e not in declared and not programme.flight[f].open):
            return None
        if rows[e].ready and arrive[f] < tdb_of(rows[e].ready):
            return None

    def useful(e):
        return choice[e] is not None and all(useful(b) for b in rows[e].after)

    def counts(names, wanted):
        return [sum(1 for e in names if rows[e].priority == p and wanted(e)) for p in (1, 2, 3)]

    free = [e for e in rows if e not in declared]
    early = sum(
        1
        for e, f in choice.items()
        if f is not None
        for b in rows[e].after
        if choice[b] is None or arrive[choice[b]] > arrive[f]
    )
    arrivals = sum((10 - rows[e].priority) * arrive[f] for e, f in choice.items() if f is not None)
    comes = lambda e: choice[e] is not None  # noqa: E731
    return (*counts(declared, comes), *counts(free, useful), *counts(free, comes), -early, -round(arrivals / DAY, 3))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_against_brute_force(case):
    programme, options = case
    plan = manifest(programme, options)
    names = list(programme.elements)
    chosen = dict.fromkeys(names) | {d.element: d.flight for d in plan.deliveries}
    ways = product([None, *(o.name for o in options)], repeat=len(names))
    scores = (score(programme, options, dict(zip(names, way, strict=True))) for way in ways)
    best = max(s for s in scores if s is not None)
    assert score(programme, options, chosen) == best
    assert plan.status == "optimal" and plan.bound_gap == 0.0
    assert {d.element for d in plan.deliveries} | {e for e, _ in plan.left_behind} == set(names)
    for flight, used, capacity in plan.loads:
        assert used == pytest.approx(sum(d.mass_kg for d in plan.deliveries if d.flight == flight))
        assert used <= capacity + 1e-6
    use = {d.element: d.use_tdb_s for d in plan.deliveries}
    for d in plan.deliveries:
        row = programme.elements[d.element]
        assert d.use_tdb_s == max([d.arrive_tdb_s + row.deploy_d * DAY, *(use.get(b, inf) for b in row.after)])
    for element, reason in plan.left_behind:
        assert element in reason


def reasons(programme, options):
    return dict(manifest(programme, options).left_behind)


def test_the_reason_names_the_largest_flight_with_room():
    programme = programme_of(
        {"reactor_1": {"mass_kg": 6200.0}, "small": {"priority": 1, "mass_kg": 900.0}}, {"ilrs_2": {}, "ilrs_3": {}}
    )
    found = reasons(programme, (option("ilrs_2", 10, 3000.0), option("ilrs_3", 90, 4100.0)))
    want = f"reactor_1 (6.2 t) needs a flight with 6.2 t to {BASE.station}; the largest with room is ilrs_3 with 4.1 t"
    assert found == {"reactor_1": want}


def test_declared_cargo_over_capacity_loses_its_lowest_priority_first():
    elements = {
        "vital": {"priority": 1, "mass_kg": 600.0},
        "less": {"priority": 8, "mass_kg": 500.0},
        "free": {"priority": 1},
    }
    programme = programme_of(elements, {"f": {"cargo": ("less", "vital")}, "g": {"open": False}})
    plan = manifest(programme, (option("f", 10, 700.0), option("g", 20, 9000.0)))
    assert {(d.element, d.flight) for d in plan.deliveries} == {("vital", "f"), ("free", "f")}
    behind = dict(plan.left_behind)
    assert behind["less"].startswith("less (500 kg) is declared on f, which carries 700 kg to ")


def test_other_reasons():
    ready = {"ready": BASE.start + timedelta(days=100)}
    assert (
        "which does not fly"
        in reasons(programme_of({"a": {}}, {"f": {"cargo": ("a",)}, "g": {}}), (option("g", 9, 900.0),))["a"]
    )
    assert (
        "when it is ready; the last is g"
        in reasons(programme_of({"a": ready}, {"g": {}}), (option("g", 9, 900.0),))["a"]
    )
    late = reasons(programme_of({"a": ready}, {"g": {"cargo": ("a",)}}), (option("g", 9, 900.0),))["a"]
    assert "which arrives 2031-01-10; it is ready 2031-04-11" in late
    assert (
        "open to more cargo" in reasons(programme_of({"a": {}}, {"g": {"open": False}}), (option("g", 9, 900.0),))["a"]
    )
    elsewhere = (option("g", 9, 900.0, site="elsewhere"),)
    assert "there is none" in reasons(programme_of({"a": {}}, {"g": {}}), elsewhere)["a"]
    orbit = (option("g", 9, 900.0, route="low_lunar_orbit"),)
    assert "does not land" in reasons(programme_of({"a": {}}, {"g": {"cargo": ("a",)}}), orbit)["a"]
    assert reasons(programme_of({"a": {}}, {"g": {}}), (option("g", 9, 900.0),)) == {}


def test_declared_cargo_goes_where_its_flight_goes_and_the_delivery_says_where():
    programme = programme_of({"probe": {}}, {"g": {"cargo": ("probe",)}})
    plan = manifest(programme, (option("g", 9, 900.0, site="elsewhere"),))
    assert [(d.element, d.site) for d in plan.deliveries] == [("probe", "elsewhere")]


def test_orbital_stations_go_to_their_orbit_and_a_lander_takes_its_cargo_down_with_the_crew():
    programme = programme_of(
        {"suit": {}}, {"lander": {"cargo": ("suit",)}, "crew": {"lander_flight": "lander"}, "cargo": {}}
    )
    hub = OrbitalStation(partner="cnsa", mass_kg=500.0, orbit="nrho")
    programme = programme.model_copy(update={"orbital_station": {"hub": hub}})
    options = (
        option("lander", 9, 900.0, route="low_lunar_orbit"),
        option("cargo", 10, 900.0, route="nrho"),
        option("crew", 30, 0.0, route="crewed_landing", leave_tdb_s=START + 60 * DAY),
    )
    found = {d.element: d for d in manifest(programme, options).deliveries}
    assert found["hub"].flight == "cargo" and found["hub"].site == "nrho"
    assert found["suit"].flight == "lander" and found["suit"].arrive_tdb_s == START + 30 * DAY


def test_the_same_plan_twice_and_stays_carry_their_members():
    programme = load("ilrs-2035")
    options = tuple(
        option(
            name,
            10 + 3 * k,
            20000.0,
            route=flight.route,
            site=programme.landing_site(flight),
            crew=flight.crew,
            leave_tdb_s=START + (10 + 3 * k + flight.stay_d) * DAY if flight.route == "crewed_landing" else nan,
        )
        for k, (name, flight) in enumerate(programme.flight.items())
    )
    plan = manifest(programme, options)
    assert manifest(programme, options) == plan
    crewed = [name for name, flight in programme.flight.items() if flight.route == "crewed_landing"]
    assert [stay.flight for stay in plan.stays] == crewed and crewed
    assert all(stay.members == programme.crew[stay.crew].members for stay in plan.stays)


def test_bad_options_are_refused():
    programme = programme_of({"a": {}}, {"g": {}})
    with pytest.raises(InputError, match="once"):
        manifest(programme, (option("g", 9, 900.0), option("g", 9, 900.0)))
    with pytest.raises(InputError, match="must be a mass"):
        manifest(programme, (option("g", 9, nan),))
    assert not manifest(programme, ()).deliveries


def test_what_arrives_after_it_is_needed_is_said_to_be_late():
    sets = ("solar_array.wing.needed_by=2031-06-01T00:00:00Z", "battery.pack.needed_by=2031-04-01T00:00:00Z")
    programme = load("hello", sets=sets)
    arrive = tdb_of(programme.start) + 125 * 86400.0  # 6 May 2031
    option = FlightOption("first", "cnsa", "surface", "ridge", "", arrive - 5e5, arrive, nan, nan, 5000.0)
    assert manifest(programme, (option,)).late == ("pack",)
