"""Drives beside what was driven and what others found at the pole.

Apollo 16 mission report, section 8.1: 26.7 km, 98.2 of 242 ampere-hours, which also fed television and voice for most
of three days; two batteries of 36 V beside each other. Rover of 210 kg with 490 kg aboard, wheels 0.818 by 0.23 m. The
figure bounds the drives' own energy from above; the ground between stations was not level, so level ground bounds it
from below. Nothing here is fitted: the soil is the Lunar Sourcebook's.

Stooke 2003, LPSC 34, 1265: routes from lit ground near the south pole into permanent shadow of "about 8 to 20 km" with
reasonable slopes. Ours, from 1600 m heights, is held to the same span.
"""

from malapert import terrain
from malapert.terrain.mobility import GRAVITY_M_S2, Mobility, compaction
from malapert.terrain.shadow import nearest_shadow
from malapert.terrain.traverse import least_cost_route

ROVER_KG = 210.0 + 490.0
BATTERIES_KWH_KM = 98.2 * 36.0 / 1000.0 / 26.7


def test_level_ground_takes_less_than_apollo_16s_batteries_gave_and_more_than_a_quarter_of_it():
    sunk_m, resistance = compaction(ROVER_KG * GRAVITY_M_S2 / 4.0, 0.818, 0.23)
    rover = Mobility(ROVER_KG, 7.7, 20.0, 20.0, 20.0, resistance)
    assert 0.25 * BATTERIES_KWH_KM < rover.level_kwh_km < BATTERIES_KWH_KM
    # Tracks about a centimetre or two deep are what the photographs show; Lunar Sourcebook, chapter 9: 1.25 cm on average.
    assert 0.005 < sunk_m < 0.025


def test_the_nearest_shadow_of_connecting_ridge_is_as_far_as_published_routes_are_long():
    rover = Mobility(700.0, 8.0, 20.0, 20.0, 20.0, 0.113, 0.7)
    heights, ridge = terrain.polar_terrain("south"), (-89.45, 222.7)
    shadow = nearest_shadow(heights, *ridge, rover, least_km2=5.0)
    way = least_cost_route(heights, ridge, (shadow.lat_deg, shadow.lon_deg), rover)
    assert 8.0 <= way.distance_km <= 20.0
    assert max(way.steepest_up_deg, way.steepest_down_deg) <= 20.0
