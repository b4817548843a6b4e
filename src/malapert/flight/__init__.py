"""How things get there: dynamics, propagation, transfers, descent, ascent, return.

Leaves the room: `Trajectory`, `Transfer` with its manoeuvres, `FlownOrbit`, `Descent`, `Ascent`, `Entry`, `Rendezvous`,
`RelayEphemeris`, and the rocket equation. docs/flight.md shows each at work.
"""

from malapert.flight.ascent import Ascent, ascend
from malapert.flight.batch import propagate_many
from malapert.flight.clearance import Ground, ground_below
from malapert.flight.descent import Descent, descend
from malapert.flight.dispersions import Dispersion, Errors, disperse
from malapert.flight.earth_return import Corridor, design_return
from malapert.flight.elements import Elements, elements_from_state, lunar_elements, lunar_state, state_from_elements
from malapert.flight.entry import Entry, Interface, fly_entry
from malapert.flight.entry_motion import Capsule, Parachute, Planet
from malapert.flight.families import FAMILIES, periodic_orbit
from malapert.flight.forces import CISLUNAR, LOW_LUNAR, Forces, own_fields
from malapert.flight.frozen import FrozenOrbit, frozen_orbit
from malapert.flight.gravity_files import read_gravity
from malapert.flight.injection import InjectionError, Parking
from malapert.flight.landing_bound import LandingBound, least_propellant
from malapert.flight.launch import Launch, fly_launch
from malapert.flight.lifetime import Lifetime, fly_until_impact, low_orbit
from malapert.flight.maneuvers import Burn, Impulse, fly_maneuvers
from malapert.flight.nrho import Nrho, grow_nrho
from malapert.flight.nrho_flyby import design_nrho_flyby_return, design_nrho_flyby_transfer
from malapert.flight.nrho_transfer import design_llo_to_nrho, design_nrho_to_llo, design_nrho_transfer
from malapert.flight.orbits import FlownOrbit, fly_frozen, fly_periodic, fly_relay
from malapert.flight.patched import PatchedOrbit, grow
from malapert.flight.powered import Lander, Site
from malapert.flight.propagate import Event, EventRule, Trajectory, moon_state, propagate, recentre
from malapert.flight.relay import RelayEphemeris, RelayOrbit, choose_node_deg, relay_ephemeris
from malapert.flight.rendezvous import Hold, Rendezvous, fly_rendezvous
from malapert.flight.review import Review, review
from malapert.flight.rocket import delta_v_m_s, propellant_kg
from malapert.flight.routes import Wish, designer
from malapert.flight.sensitivity import Arc, mapped_covariance, parameter_sensitivity, transition_matrix
from malapert.flight.site_pass import wait_over_site_s
from malapert.flight.state_file import InitialState, read_state
from malapert.flight.station_keeping import KeepingErrors, StationKeeping, keep_station
from malapert.flight.surface import Craft
from malapert.flight.three_body import PeriodicOrbit
from malapert.flight.trajectory_files import Labels, write_trajectory
from malapert.flight.transfer import Maneuver, Transfer
from malapert.flight.translunar import LunarArrival, design_elliptical_transfer, design_llo_transfer

__all__ = [
    "CISLUNAR",
    "FAMILIES",
    "LOW_LUNAR",
    "Arc",
    "Ascent",
    "Burn",
    "Capsule",
    "Corridor",
    "Craft",
    "Descent",
    "Dispersion",
    "Elements",
    "Entry",
    "Errors",
    "Event",
    "EventRule",
    "FlownOrbit",
    "Forces",
    "FrozenOrbit",
    "Ground",
    "Hold",
    "Impulse",
    "InitialState",
    "InjectionError",
    "Interface",
    "KeepingErrors",
    "Labels",
    "Lander",
    "LandingBound",
    "Launch",
    "Lifetime",
    "LunarArrival",
    "Maneuver",
    "Nrho",
    "Parachute",
    "Parking",
    "PatchedOrbit",
    "PeriodicOrbit",
    "Planet",
    "RelayEphemeris",
    "RelayOrbit",
    "Rendezvous",
    "Review",
    "Site",
    "StationKeeping",
    "Trajectory",
    "Transfer",
    "Wish",
    "ascend",
    "choose_node_deg",
    "delta_v_m_s",
    "descend",
    "design_elliptical_transfer",
    "design_llo_to_nrho",
    "design_llo_transfer",
    "design_nrho_flyby_return",
    "design_nrho_flyby_transfer",
    "design_nrho_to_llo",
    "design_nrho_transfer",
    "design_return",
    "designer",
    "disperse",
    "elements_from_state",
    "fly_entry",
    "fly_frozen",
    "fly_launch",
    "fly_maneuvers",
    "fly_periodic",
    "fly_relay",
    "fly_rendezvous",
    "fly_until_impact",
    "frozen_orbit",
    "ground_below",
    "grow",
    "grow_nrho",
    "keep_station",
    "least_propellant",
    "low_orbit",
    "lunar_elements",
    "lunar_state",
    "mapped_covariance",
    "moon_state",
    "own_fields",
    "parameter_sensitivity",
    "periodic_orbit",
    "propagate",
    "propagate_many",
    "propellant_kg",
    "read_gravity",
    "read_state",
    "recentre",
    "relay_ephemeris",
    "review",
    "state_from_elements",
    "transition_matrix",
    "wait_over_site_s",
    "write_trajectory",
]
