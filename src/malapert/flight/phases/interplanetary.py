"""Phases between planets: a transfer worked out from its dates."""

import numpy as np

from malapert.errors import InputError
from malapert.flight.injection import Parking
from malapert.flight.interplanetary import CRUISE, fly_plan
from malapert.flight.mars_plan import Limits, MarsOrbit, direct, with_turn
from malapert.flight.phases.base import Craft, Flyer, Piece
from malapert.flight.phases.orbital import epoch_s
from malapert.flight.propagate import propagate
from malapert.programme.phases import interplanetary as rows


def mars_transfer(row: rows.MarsTransfer, craft: Craft | None) -> Piece:
    """Fly from the Earth to Mars, about the Sun."""
    parking = Parking(row.parking_height_km, row.parking_inclination_deg)
    orbit = MarsOrbit(row.periapsis_km, row.period_d, row.inclination_deg)
    chosen = direct(epoch_s(row.departure), epoch_s(row.arrival))
    if not np.isfinite(chosen.leaving).all():
        raise InputError("no conic leads from the Earth to Mars between these dates; move them")
    if row.max_c3_km2_s2 is not None:
        chosen = with_turn(chosen, parking, orbit, Limits(row.max_c3_km2_s2, row.max_declination_deg))
    flown = fly_plan(chosen, parking=parking, orbit=orbit, name=row.name)
    path = flown.trajectory
    epochs, states = path.epochs_tdb_s, path.states
    if row.until is not None:
        keep = epochs < epoch_s(row.until)
        last, start = states[keep][-1], float(epochs[keep][-1])
        rest = propagate(last, start, epoch_s(row.until) - start, CRUISE, center="sun", tolerance=1e-11)
        epochs = np.append(epochs[keep], epoch_s(row.until))
        states = np.vstack([states[keep], rest.end_state])
    # Where two arcs meet the epoch stands twice; the state after the burn is kept.
    once = np.append(np.diff(epochs) > 0.0, True)
    epochs, states = epochs[once], states[once]
    facts, names = flown.facts, {one.name: one for one in flown.maneuvers}
    values = {
        "injection_c3_km2_s2": facts["injection_c3_km2_s2"],
        "injection_delta_v_m_s": flown.maneuvers[0].delta_v_m_s,
        "departure_declination_deg": facts["departure_declination_deg"],
        "arrival_excess_km_s": facts["arrival_excess_speed_km_s"],
        "insertion_delta_v_m_s": flown.maneuvers[-1].delta_v_m_s,
        "path_km": float(np.linalg.norm(np.diff(path.states[:, :3], axis=0), axis=1).sum()),
    }
    turn = names.get("deep-space manoeuvre")
    if turn is not None:
        values |= {"turn_delta_v_m_s": turn.delta_v_m_s, "turn_utc": turn.epoch_tdb_s}
    marks = tuple((one.name, one.epoch_tdb_s) for one in flown.maneuvers[:-1])
    return Piece(
        row.name, row.type, "sun", epochs, states, np.full(len(epochs), row.mass_kg), values, marks, models=path.forces
    )


INTERPLANETARY: dict[str, Flyer] = {"mars_transfer": mars_transfer}
