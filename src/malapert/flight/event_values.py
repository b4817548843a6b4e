"""Events that the integrators locate themselves: apsides, and a distance passed on the way down or up."""

import math
from functools import cache
from typing import Any, Final

import numpy as np
from numba import types
from numpy.typing import NDArray

from malapert.flight.bodies import MOON, S_MOON, earth_to_moon_velocity, series_value
from malapert.flight.compiled import called_by_arcs
from malapert.flight.layout import CENTER, KIND, MODEL, THREE_BODY, VECTOR, Model

Array = NDArray[np.float64]

PERIAPSIS, APOAPSIS, DESCENDING_RADIUS, ASCENDING_RADIUS = 1, 2, 3, 4
_SIGNATURE: Final = types.float64(types.float64, VECTOR, VECTOR, MODEL)


def _value(t_s: float, y: Array, event: Array, model: Model) -> float:
    """Function whose rise through zero is the event (kind, body, radius km, how many end the arc)."""
    rx, ry, rz, vx, vy, vz = y[0], y[1], y[2], y[3], y[4], y[5]
    body = int(event[1])
    if model.numbers[KIND] != THREE_BODY and body != model.numbers[CENTER]:
        sign = 1.0 if body == MOON else -1.0
        mx, my, mz = series_value(model.directory, model.series, S_MOON, t_s)
        ux, uy, uz = earth_to_moon_velocity(model.directory, model.series, t_s)
        rx, ry, rz = rx - sign * mx, ry - sign * my, rz - sign * mz
        vx, vy, vz = vx - sign * ux, vy - sign * uy, vz - sign * uz
    kind = int(event[0])
    if kind == PERIAPSIS:
        return float(rx * vx + ry * vy + rz * vz)
    if kind == APOAPSIS:
        return -float(rx * vx + ry * vy + rz * vz)
    radius = math.sqrt(rx * rx + ry * ry + rz * rz)
    return float(event[2]) - radius if kind == DESCENDING_RADIUS else radius - float(event[2])


def _nothing(t_s: float, y: Array, event: Array, model: Model) -> float:
    return 1.0


def watched(events: Array) -> Any:
    """The compiled function whose rise through zero is an event, for an integrator to call; none to compile where
    events (k, 4) is empty."""
    return _compiled(len(events) > 0)


@cache
def _compiled(any_event: bool) -> Any:
    return called_by_arcs(_value if any_event else _nothing, _SIGNATURE)
