"""Forces beyond the point masses: any centre, sunlight with shadows, air, fields one brings."""

from dataclasses import replace

import numpy as np
import pytest

from malapert import constants
from malapert.data.pack import GravityField
from malapert.errors import CoverageError, InputError
from malapert.flight import Forces, propagate, state_from_elements
from malapert.flight.atmosphere import air
from malapert.flight.elements import Elements, elements_from_state
from malapert.flight.forces import chosen_forces, own_fields
from malapert.flight.propagate import recentre
from malapert.flight.surface import AIR, Craft
from malapert.sky import ephemeris, frames
from malapert.sky.contacts import angular_separation_rad, eclipsed_fraction
from malapert.sky.rotation import rotation

EPOCH_S = 8.0e8
ALL = Forces(venus=True, jupiter=True, mercury=True, mars=True, saturn=True)


def acceleration(state: np.ndarray, forces: Forces, center: str, seconds: float = 4.0) -> np.ndarray:
    """What `forces.craft` adds, km/s2, as the difference of two short arcs about the state."""
    bare = replace(forces, craft=None)
    back, on = (
        propagate(state, EPOCH_S, sign * seconds / 2, forces, center=center, tolerance=1e-15).end_state
        - propagate(state, EPOCH_S, sign * seconds / 2, bare, center=center, tolerance=1e-15).end_state
        for sign in (-1.0, 1.0)
    )
    return (on - back)[3:] / seconds


@pytest.mark.parametrize("center", ["sun", "mars", "moon"])
def test_any_centre_flies_the_same_path(center: str) -> None:
    """A craft between the Earth and Mars about four centres: what is left is what moves DE440's bodies and not the
    craft (the Moon's figure, relativity, asteroids): GM v2/(c2 r2) of the Sun alone makes 20 m of ten days."""
    start = 0.5 * (ephemeris.state("mars", "earth", EPOCH_S) + 0.2 * ephemeris.state("sun", "earth", EPOCH_S))
    forces = replace(ALL, earth_degree=4)
    here = propagate(start, EPOCH_S, 10 * 86400.0, forces, center="earth").end_state
    arc = propagate(recentre(start, EPOCH_S, "earth", center), EPOCH_S, 10 * 86400.0, forces, center=center)
    assert np.linalg.norm((arc.states_from("earth")[-1] - here)[:3]) < 0.15


@pytest.mark.parametrize("body", ["earth", "moon"])
def test_sunlight_is_what_the_disks_leave(body: str) -> None:
    sun = ephemeris.position_km("sun", body, EPOCH_S)
    away = -sun / np.linalg.norm(sun)
    across = np.cross(away, [0.0, 0.0, 1.0])
    across /= np.linalg.norm(across)
    radius = {"earth": 6378.1366, "moon": 1737.4}[body]
    craft = Craft(1000.0, solar_area_m2=40.0, reflectivity=1.5)
    seen = []
    for off in np.linspace(0.0, 1.06, 15):
        place = 4.0 * radius * away + off * radius * across
        to_sun = sun - place
        d = np.linalg.norm(to_sun)
        covered = eclipsed_fraction(
            angular_separation_rad(to_sun, -place), np.arcsin(695700.0 / d), np.arcsin(radius / np.linalg.norm(place))
        )
        push = 1360.8 / 299792458.0 * (constants.ASTRONOMICAL_UNIT_KM / d) ** 2 * 1.5 * 40.0 / 1000.0 / 1000.0
        expected = -(1.0 - covered) * push * to_sun / d
        seen.append(float(covered))
        # The craft hangs still: over 4 s the disks move by 1e-8 rad. Two arcs' rounding, 1e-16 km/s, over 4 s.
        state = np.concatenate([place, np.zeros(3)])
        found = acceleration(state, Forces(craft=craft), body)
        assert np.linalg.norm(found - expected) < 2e-4 * push + 3e-15
    assert seen[0] == 1.0 and seen[-1] == 0.0 and 0.05 < sorted(seen)[len(seen) // 2 - 1] <= 1.0


@pytest.mark.parametrize("center", ["earth", "mars"])
@pytest.mark.parametrize("bank_deg", [0.0, 90.0, 200.0])
def test_air_drags_and_lifts(center: str, bank_deg: float) -> None:
    shape = AIR[center]
    turn = rotation({"earth": "ITRF", "mars": "MARS"}[center], EPOCH_S)
    lat, height = np.radians(35.0), 110.0
    up_fixed = np.array([np.cos(lat), 0.0, np.sin(lat)])
    e2 = shape.flattening * (2.0 - shape.flattening)
    normal = shape.radius_km / np.sqrt(1.0 - e2 * up_fixed[2] ** 2)
    fixed = (normal * np.array([1.0, 1.0, 1.0 - e2]) + height) * up_fixed
    place, pole = turn.matrix.T @ fixed, turn.matrix[2]
    wind = shape.spin_rad_s * np.cross(pole, place)
    through = np.array([3.0, -4.0, 2.0])
    craft = Craft(500.0, drag_area_m2=10.0, drag_coefficient=1.2, lift_to_drag=0.3, bank_deg=bank_deg)
    found = acceleration(np.concatenate([place, wind + through]), Forces(craft=craft), center, 0.2)
    drag = 500.0 * float(air(center, height).density_kg_m3) * 10.0 * 1.2 / 500.0 * float(through @ through)
    along = through / np.linalg.norm(through)
    right = np.cross(through, place)
    right /= np.linalg.norm(right)
    bank = np.radians(bank_deg)
    expected = drag * (-along + 0.3 * (np.cos(bank) * np.cross(right, along) + np.sin(bank) * right))
    # Height along the radius is 5e-6 off, the cubics of the density 2e-4, the pole half an arc second.
    assert np.linalg.norm(found - expected) < 2e-3 * drag


def test_a_low_orbit_sinks_as_the_air_says() -> None:
    """da/dt = -rho Cd A/m sqrt(GM a) over still air; the Earth's turning takes 2 w cos(i)/n off an equatorial orbit."""
    radius = 6378.137 + 300.0
    gm, craft = constants.GM_EARTH_KM3_S2, Craft(1000.0, drag_area_m2=20.0)
    pole = frames.icrf_to_itrf(EPOCH_S)[2]
    x = np.cross(pole, [0.0, 1.0, 0.0])
    x /= np.linalg.norm(x)
    speed = np.sqrt(gm / radius)
    state = np.concatenate([radius * x, speed * np.cross(pole, x)])
    alone = Forces(earth_and_moon=False, sun=False, craft=craft)
    arc = propagate(state, EPOCH_S, 2 * np.pi * np.sqrt(radius**3 / gm), alone, center="earth", tolerance=1e-13)
    fell = elements_from_state(arc.end_state, gm).semi_major_axis_km - radius
    density = float(air("earth", 300.0).density_kg_m3)
    wind = (1.0 - 7.292115e-5 * radius / speed) ** 2
    expected = -1e3 * density * 20.0 * 2.2 / 1000.0 * wind * np.sqrt(gm * radius) * (arc.end_tdb_s - EPOCH_S)
    assert fell == pytest.approx(expected, rel=0.02)  # it falls 1 km meanwhile, and the air thickens by 2 %


def test_a_field_of_mars_turns_the_node() -> None:
    c = np.zeros((3, 3))
    c[0, 0], c[2, 0] = 1.0, -1.96045e-3 / np.sqrt(5.0)
    field = GravityField("J2 of Mars", "MARS", 42828.37, 3396.0, c, np.zeros((3, 3)))
    forces = chosen_forces("mars", 2, 0, 0, ("sun",), fields=own_fields(mars=field))
    turn = rotation("MARS", EPOCH_S).matrix
    node = np.cross([0.0, 0.0, 1.0], turn[2])
    node /= np.linalg.norm(node)
    axes = np.array([node, np.cross(turn[2], node), turn[2]])
    a, e, i = 3800.0, 0.02, 70.0
    start = state_from_elements(Elements(a, e, i, 30.0, 10.0, 0.0), field.gm_km3_s2)
    days = 5.0
    state = np.concatenate([axes.T @ start[:3], axes.T @ start[3:]])
    arc = propagate(state, EPOCH_S, days * 86400.0, forces, center="mars", output_step_s=600.0)
    turned = np.concatenate([arc.states[:, :3] @ axes.T, arc.states[:, 3:] @ axes.T], axis=1)
    nodes = np.unwrap([np.radians(elements_from_state(one, field.gm_km3_s2).node_deg) for one in turned])
    slope = np.polyfit(arc.epochs_tdb_s - EPOCH_S, nodes, 1)[0]
    expected = -1.5 * np.sqrt(field.gm_km3_s2 / a**3) * 1.96045e-3 * (3396.0 / (a * (1 - e * e))) ** 2
    # First order in J2: the next is 2e-3 of it.
    assert slope == pytest.approx(expected * np.cos(np.radians(i)), rel=1e-2)


def test_fields_belong_to_their_frames() -> None:
    field = GravityField("somebody's", "MOON_PA", 4902.8, 1738.0, np.eye(3), np.zeros((3, 3)))
    with pytest.raises(InputError, match="not one of mars's"):
        own_fields(mars=field)
    with pytest.raises(CoverageError, match="somebody's holds no more"):
        Forces(moon_degree=3, fields=own_fields(moon=field))
    with pytest.raises(CoverageError, match="mars_degree must lie between 0 and 0"):
        Forces(mars_degree=2)


def test_forces_are_chosen_by_name() -> None:
    assert chosen_forces("moon", 50, 0, 0, ("earth", "moon", "sun")) == Forces(moon_degree=50)
    assert chosen_forces("earth", None, 8, 0, ("all",)).earth_degree == 10
    assert chosen_forces("sun", None, 0, 0, ("all",)) == ALL
    for args, said in (
        (("moon", 50, 0, 0, ("earth", "moon", "pluto")), "pluto"),
        (("venus", 50, 0, 0, ("all",)), "centred on"),
        (("sun", 4, 0, 0, ("all",)), "no gravity field of the sun"),
        (("mars", None, 0, 0, ("earth", "sun")), "pull together"),
    ):
        with pytest.raises(InputError, match=said):
            chosen_forces(*args)
    with pytest.raises(InputError, match="needs the Sun"):
        Forces(sun=False, craft=Craft(100.0, solar_area_m2=1.0))
    with pytest.raises(InputError, match="mass_kg"):
        Craft(0.0)


def test_every_result_names_its_centre_and_its_air() -> None:
    said = propagate([4000.0, 0.0, 0.0, 0.0, 3.3, 0.0], EPOCH_S, 60.0, center="mars").forces
    assert float(said["gm_mars_km3_s2"]) == constants.GM_MARS_SYSTEM_KM3_S2 and said["mars_field"] == "point mass"
    craft = Forces(craft=Craft(500.0, drag_area_m2=4.0))
    assert "US Standard Atmosphere 1976" in propagate([7000.0, 0.0, 0.0, 0.0, 7.5, 0.0], EPOCH_S, 60.0, craft,
                                                      center="earth").forces["air"]  # fmt: skip
    assert "air" not in propagate([1800.0, 0.0, 0.0, 0.0, 1.6, 0.0], EPOCH_S, 60.0, craft).forces
