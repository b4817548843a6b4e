"""Flying one craft to another and touching it: what the phases about the Earth and the Moon share."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from malapert.flight.conics import unit
from malapert.flight.forces import Forces
from malapert.flight.maneuvers import Impulse, fly_maneuvers
from malapert.flight.phases.base import Craft, Piece
from malapert.flight.rendezvous import Hold, fly_rendezvous
from malapert.programme.phases.earth import RendezvousPhase
from malapert.programme.phases.moon import Dock

Array = NDArray[np.float64]


def met(row: RendezvousPhase | Dock, chaser: Craft, target: Array, forces: Forces) -> Piece:
    """From a chaser and a target's state (6,) about the same body at the same epoch to contact; the mass stays."""
    epoch = chaser.epoch_tdb_s
    holds = [Hold(0.0, along, hop_s=row.hop_s, hold_s=row.hold_s) for along in row.holds_m]
    holds[-1] = replace(holds[-1], hold_s=0.0)
    flown = fly_rendezvous(
        chaser.state, target, epoch, center=chaser.center, forces=forces, approach=holds,
        most_wait_s=row.longest_wait_s,
    )  # fmt: skip
    length = flown.docked_tdb_s - epoch
    jumps = []
    for one in flown.maneuvers:
        x, y, z = 1000.0 * one.delta_v_icrf_km_s
        jumps.append(Impulse(min(one.epoch_tdb_s - epoch, length), (x, y, z)))
    path = fly_maneuvers(chaser.state, epoch, length, forces, jumps, center=chaser.center, output_step_s=60.0)
    normals = [unit(np.cross(state[:3], state[3:])) for state in (target, chaser.state)]
    across = np.cross(normals[1], chaser.state[:3])
    ahead = math.atan2(float(target[:3] @ across), float(target[:3] @ chaser.state[:3]))
    states = path.states.copy()
    states[-1] = flown.chaser_state
    return Piece(
        row.name, row.type, chaser.center, path.epochs_tdb_s, states, np.full(len(states), chaser.mass_kg),
        {
            "docked_utc": flown.docked_tdb_s,
            "wait_s": flown.wait_s,
            "delta_v_m_s": flown.delta_v_m_s,
            "transfer_delta_v_m_s": flown.transfer_m_s,
            "approach_delta_v_m_s": flown.approach_m_s,
            "plane_offset_deg": math.degrees(math.acos(min(1.0, float(normals[0] @ normals[1])))),
            "target_ahead_deg": math.degrees(ahead) % 360.0,
        },
        tuple((one.name, one.epoch_tdb_s) for one in flown.maneuvers), dict(flown.approach), flown.forces,
    )  # fmt: skip
