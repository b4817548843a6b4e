"""Burns against the rocket equation and impulses; events against closed forms and the sky's own searches; hard orbits."""

import numpy as np
import pytest

from malapert import constants
from malapert.errors import ConvergenceError, InputError
from malapert.flight import EventRule, Forces, elements_from_state, propagate, state_from_elements
from malapert.flight.elements import Elements
from malapert.flight.events import SPHERES_KM
from malapert.flight.maneuvers import Burn, Impulse, fly_maneuvers, vnb_axes
from malapert.flight.surface import Craft
from malapert.sky import ephemeris, frames
from malapert.sky.contacts import GroundStation, Orbiter, contacts, eclipsed_fraction
from malapert.sky.rotation import rotation

EPOCH_S = 8.0e8
ALONE = Forces(earth_and_moon=False, sun=False)
GM = constants.GM_MOON_KM3_S2
LUNAR = state_from_elements(Elements(1900.0, 0.01, 70.0, 40.0, 90.0, 10.0), GM)
EARTHLY = np.array([6750.0, 300.0, -200.0, -0.2, 5.05, 5.8])


def heavy(**more: float) -> Forces:
    return Forces(earth_and_moon=False, sun=False, craft=Craft(1000.0, **more))


@pytest.mark.parametrize("axes", ["ICRF", "VNB"])
def test_a_quick_burn_is_an_impulse(axes: str) -> None:
    """The same 50 m/s at a thousand times the thrust: what is left is gravity over the burn, half a second long."""
    # Along the velocity VNB axes do not turn while it is gained.
    direction = (0.6, 0.0, 0.8) if axes == "ICRF" else (-1.0, 0.0, 0.0)
    start = 1000.0
    impulse = Impulse(start, tuple(50.0 * x for x in direction), axes, isp_s=300.0)
    burn = Burn(start - 0.25, 1e5, 300.0, direction, axes, delta_v_m_s=50.0)
    sharp = fly_maneuvers(LUNAR, EPOCH_S, 4000.0, heavy(), [impulse])
    blunt = fly_maneuvers(LUNAR, EPOCH_S, 4000.0, heavy(), [burn])
    assert sharp.masses_kg[-1] == pytest.approx(1000.0 * np.exp(-50.0 / (9.80665 * 300.0)), rel=1e-12)
    # Epochs resolve to 0.1 us, in which 34 kg/s burn 4 mg.
    assert blunt.masses_kg[-1] == pytest.approx(sharp.masses_kg[-1], abs=1e-5)
    assert np.linalg.norm((sharp.end_state - blunt.end_state)[:3]) < 0.01
    assert sharp.forces["maneuver_1"].startswith("impulse of (")


def test_a_burn_in_free_space_gives_the_rocket_equation() -> None:
    """Far from everything the speed gained is g0 Isp ln(m0/m1) to rounding."""
    far = np.array([4.0e5, 0.0, 0.0, 0.0, 0.1, 0.0])
    burn = Burn(0.0, 20.0, 2000.0, (0.0, 0.0, 1.0), "ICRF", duration_s=20000.0, throttle=0.5)
    arc = fly_maneuvers(far, EPOCH_S, 20000.0, heavy(), [burn], tolerance=1e-13)
    coasted = propagate(far, EPOCH_S, 20000.0, ALONE).end_state
    gained = 1e3 * (arc.end_state - coasted)[5]
    burnt = 10.0 * 20000.0 / (9.80665 * 2000.0)
    assert arc.masses_kg[-1] == pytest.approx(1000.0 - burnt, rel=1e-12)
    assert gained == pytest.approx(9.80665 * 2000.0 * np.log(1000.0 / (1000.0 - burnt)), rel=1e-5)


def test_vnb_steers_with_the_path() -> None:
    """A long push along the velocity raises the orbit as energy says: v dv/dt = a v; one along the normal keeps it."""
    for direction, changes in (((1.0, 0.0, 0.0), True), ((0.0, 1.0, 0.0), False)):
        burn = Burn(0.0, 1.0, 3000.0, direction, duration_s=7000.0)
        arc = fly_maneuvers(LUNAR, EPOCH_S, 7000.0, heavy(), [burn], output_step_s=10.0, tolerance=1e-13)
        energy = 0.5 * np.sum(arc.states[:, 3:] ** 2, axis=1) - GM / np.linalg.norm(arc.states[:, :3], axis=1)
        speed = np.linalg.norm(arc.states[:, 3:], axis=1)
        work = np.trapezoid(1e-3 / arc.masses_kg * speed, arc.epochs_tdb_s)
        assert energy[-1] - energy[0] == pytest.approx(work if changes else 0.0, rel=1e-5, abs=1e-11)
    assert np.allclose(vnb_axes(LUNAR) @ vnb_axes(LUNAR).T, np.eye(3))
    assert np.linalg.det(vnb_axes(LUNAR)) == pytest.approx(1.0)


def test_an_engine_runs_dry() -> None:
    burn = Burn(100.0, 400.0, 300.0, (1.0, 0.0, 0.0), delta_v_m_s=500.0, dry_mass_kg=900.0)
    rule = EventRule("burnout", "moon")
    arc = fly_maneuvers(LUNAR, EPOCH_S, 4000.0, heavy(), [burn], rules=[rule])
    assert arc.masses_kg[-1] == pytest.approx(900.0, abs=1e-7)
    (event,) = arc.events
    assert event.epoch_tdb_s - EPOCH_S == pytest.approx(100.0 + 100.0 * 9.80665 * 300.0 / 400.0, abs=1e-6)
    assert propagate(LUNAR, EPOCH_S, 4000.0, ALONE, rules=[rule]).events == ()  # nothing burns on a coast


def test_manoeuvres_that_make_no_sense_are_refused() -> None:
    impulse = Impulse(10.0, (1.0, 0.0, 0.0))
    for maneuvers, forces, said in (
        ([Impulse(5000.0, (1.0, 0.0, 0.0))], ALONE, "inside the 4000 s"),
        ([Impulse(20.0, (1.0, 0.0, 0.0)), impulse], ALONE, "in their order"),
        ([Impulse(20.0, (1.0, 0.0, 0.0), "XYZ")], ALONE, "axes are ICRF or VNB"),
        ([Burn(0.0, 1.0, 300.0, (1.0, 0.0, 0.0), duration_s=1.0)], ALONE, "needs the craft's mass"),
        ([Burn(0.0, 1.0, 300.0, (0.0, 0.0, 0.0), duration_s=1.0)], heavy(), "not all zero"),
        ([Burn(0.0, 1.0, 300.0, (1.0, 0.0, 0.0), duration_s=1.0, dry_mass_kg=2000.0)], heavy(), "nothing is left"),
    ):
        with pytest.raises(InputError, match=said):
            fly_maneuvers(LUNAR, EPOCH_S, 4000.0, forces, maneuvers)
    with pytest.raises(InputError, match="forwards"):
        fly_maneuvers(LUNAR, EPOCH_S, -10.0, ALONE, [impulse])
    for wrong in ({"thrust_n": 0.0}, {"isp_s": -1.0}, {"throttle": 2.0}, {"delta_v_m_s": -1.0}):
        with pytest.raises(InputError, match="a burn"):
            Burn(**{"after_s": 0.0, "thrust_n": 1.0, "isp_s": 300.0, "direction": (1.0, 0.0, 0.0), **wrong})
    with pytest.raises(InputError, match="give one"):
        Burn(0.0, 1.0, 300.0, (1.0, 0.0, 0.0))


def test_nodes_lie_on_the_equator_half_a_turn_apart() -> None:
    rules = [EventRule("ascending_node", "moon"), EventRule("descending_node", "moon")]
    arc = propagate(LUNAR, EPOCH_S, 40000.0, ALONE, rules=rules)
    period = 2.0 * np.pi * np.sqrt(1900.0**3 / GM)
    assert len(arc.events) == pytest.approx(2 * 40000.0 / period, abs=1.1)
    for event in arc.events:
        fixed = rotation("MOON_PA", event.epoch_tdb_s).matrix @ event.state[:3]
        rising = (rotation("MOON_PA", event.epoch_tdb_s).matrix @ event.state[3:])[2] > 0.0
        assert abs(fixed[2]) < 1e-5 and rising == (event.rule.kind == "ascending_node")
    assert [event.rule for event in arc.events] == [
        rules[(k + (arc.events[0].rule != rules[0])) % 2] for k in range(len(arc.events))
    ]


@pytest.mark.parametrize("body", ["earth", "moon"])
def test_shadows_begin_where_the_disks_touch(body: str) -> None:
    kinds = ("penumbra_entry", "umbra_entry", "umbra_exit", "penumbra_exit")
    state, center, forces = (EARTHLY, "earth", Forces()) if body == "earth" else (LUNAR, "moon", Forces())
    arc = propagate(state, EPOCH_S, 20000.0, forces, center=center, rules=[EventRule(kind, body) for kind in kinds])
    assert len(arc.events) >= 6
    radius = {"earth": 6378.1366, "moon": 1737.4}[body]
    for event in arc.events:
        sun = ephemeris.position_km("sun", body, event.epoch_tdb_s) - event.state[:3]
        cover = -event.state[:3]
        apart = np.arccos(sun @ cover / np.linalg.norm(sun) / np.linalg.norm(cover))
        disks = [np.arcsin(695700.0 / np.linalg.norm(sun)), np.arcsin(radius / np.linalg.norm(cover))]
        touch = disks[1] + disks[0] if event.rule.kind.startswith("penumbra") else disks[1] - disks[0]
        # The search takes the bodies where light left them: the near one up to 0.7 km off, a quarter second of a low
        # orbit. Wrong radii or a wrong cone are off by 5e-3.
        assert apart == pytest.approx(touch, abs=3.5e-4)
        covered = float(eclipsed_fraction(apart, *disks))
        assert covered < 0.02 if event.rule.kind.startswith("penumbra") else covered > 0.98
    order = [event.rule.kind for event in arc.events]
    first = kinds.index(order[0])
    assert order == [kinds[(first + k) % 4] for k in range(len(order))]


def test_passes_are_those_of_the_sky() -> None:
    place = {"lat_deg": 40.43, "lon_deg": -4.25, "height_m": 800.0, "mask_deg": 5.0}
    rules = [EventRule("rise", "earth", **place), EventRule("set", "earth", **place)]
    arc = propagate(EARTHLY, EPOCH_S, 43200.0, Forces(), center="earth", rules=rules, output_step_s=20.0)
    assert len(arc.events) >= 2
    for event in arc.events:
        line = frames.icrf_to_itrf(event.epoch_tdb_s) @ event.state[:3] - frames.earth_site_position_km(
            40.43, -4.25, 800.0
        )
        up = frames.enu(40.43, -4.25) @ line
        # Light takes up to 8 ms, in which the craft moves 60 m of 2,000 km.
        assert np.degrees(np.arcsin(up[2] / np.linalg.norm(line))) == pytest.approx(5.0, abs=5e-3)

    def from_moon(t: np.ndarray) -> np.ndarray:
        place = np.array([np.interp(t, arc.epochs_tdb_s, column) for column in arc.states[:, :3].T]).T
        return place + ephemeris.position_km("earth", "moon", t)

    spans = contacts(Orbiter(from_moon), GroundStation(*place.values()), arc.epochs_tdb_s[::3]).spans_tdb_s
    assert len(spans) == len([event for event in arc.events if event.rule.kind == "rise"])


def test_spheres_of_influence() -> None:
    """924,000, 66,000 and 577,000 km: Bate, Mueller and White 1971, table of section 7.4, to three figures."""
    assert SPHERES_KM["earth"] == pytest.approx(9.25e5, rel=6e-3)
    assert SPHERES_KM["moon"] == pytest.approx(6.62e4, rel=6e-3)
    assert SPHERES_KM["mars"] == pytest.approx(5.77e5, rel=6e-3)
    out = state_from_elements(Elements(-3000.0, 1.8, 30.0, 0.0, 0.0, 0.0), GM)
    arc = propagate(out, EPOCH_S, 3e5, Forces(), rules=[EventRule("soi_exit", "moon", stop_after=1)])
    assert arc.stopped_by_event and np.linalg.norm(arc.end_state[:3]) == pytest.approx(SPHERES_KM["moon"], abs=1e-6)


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_a_searched_event_ends_the_arc(direction: float) -> None:
    rule = EventRule("ascending_node", "moon", stop_after=2)
    arc = propagate(LUNAR, EPOCH_S, direction * 40000.0, Forces(), rules=[rule], output_step_s=60.0)
    assert arc.stopped_by_event and len(arc.events) == 2
    assert arc.end_tdb_s == arc.events[-1].epoch_tdb_s
    assert abs((rotation("MOON_PA", arc.end_tdb_s).matrix @ arc.end_state[:3])[2]) < 1e-5
    assert direction * (arc.epochs_tdb_s[-2] - arc.end_tdb_s) < 0.0


def test_events_that_cannot_be_are_refused() -> None:
    for rule, said in (
        (EventRule("tea", "moon"), "an event is one of"),
        (EventRule("rise", "mars"), "rise is found about earth or moon"),
        (EventRule("soi_exit", "mars"), "soi_exit is found about"),
        (EventRule("periapsis", "sun"), "periapsis is found about earth or moon"),
    ):
        with pytest.raises(InputError, match=said):
            propagate(LUNAR, EPOCH_S, 100.0, rules=[rule])


@pytest.mark.parametrize(
    ("a", "e", "i", "nu"),
    [
        (-2500.0, 1.9, 30.0, -60.0),
        (-40000.0, 1.05, 120.0, -130.0),
        (3000.0, 0.3, 180.0, 20.0),
        (2500.0, 0.2, 90.0, 0.0),
    ],
)
def test_hyperbolic_escaping_retrograde_and_polar_keep_their_conic(a: float, e: float, i: float, nu: float) -> None:
    start = state_from_elements(Elements(a, e, i, 50.0, 20.0, nu), GM)
    end = propagate(start, EPOCH_S, 40000.0, ALONE, tolerance=1e-13).end_state
    found = elements_from_state(end, GM)
    assert found.semi_major_axis_km == pytest.approx(a, rel=1e-10)
    assert found.eccentricity == pytest.approx(e, rel=1e-10)
    assert np.allclose(np.cross(end[:3], end[3:]), np.cross(start[:3], start[3:]), rtol=1e-10, atol=1e-8)


def test_rectilinear_rise_follows_its_cycloid() -> None:
    """Straight up from 2,000 km at a speed that would carry it to 6,000: r = a (1 - cos E), t = sqrt(a3/GM)(E - sin E)."""
    top, low = 6000.0, 2000.0
    speed = np.sqrt(2.0 * GM * (1.0 / low - 1.0 / top))
    half = top / 2.0

    def time(radius: float) -> float:
        anomaly = np.arccos(1.0 - radius / half)
        return float(np.sqrt(half**3 / GM) * (anomaly - np.sin(anomaly)))

    axis = np.array([2.0, -1.0, 2.0]) / 3.0
    start = np.concatenate([low * axis, speed * axis])
    for radius in (2500.0, 4000.0, 5900.0):
        end = propagate(start, EPOCH_S, time(radius) - time(low), ALONE, tolerance=1e-13).end_state
        assert np.linalg.norm(end[:3]) == pytest.approx(radius, rel=1e-10)
        assert np.linalg.norm(np.cross(end[:3], axis)) < 1e-9
    down = EventRule("descending", "moon", stop_after=1)
    fallen = propagate(start, EPOCH_S, 1e5, ALONE, rules=[down], tolerance=1e-13)
    assert fallen.end_tdb_s - EPOCH_S == pytest.approx(2 * time(top) - time(low) - time(1737.4), abs=1e-4)
    with pytest.raises(ConvergenceError, match="runs into a body's centre"):
        propagate(start, EPOCH_S, 1e5, ALONE)
