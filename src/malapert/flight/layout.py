"""What the compiled arcs read: one array of numbers with named places, and the bodies' series."""

from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Kinds of right-hand side: gravity alone, the circular restricted problem, gravity with an engine, sunlight or air.
COASTING, THREE_BODY, ACTING = 0.0, 1.0, 2.0

# Places in Model.numbers. Where "+ body" is said there is one for each body, in the order of `bodies.BODY_NAMES`;
# "+ field" one each for the Earth, the Moon and Mars, whose bodies come first.
KIND, CENTER, UT1_MINUS_TDB, MASS_RATIO, EARTH_SHARE = range(5)
PULLS, GM, DEGREE, FIELD_RADIUS, SHADOW_RADIUS = 5, 13, 21, 24, 27  # + body, + body, + field, + field, + field
(SOLAR_M2, SOLAR_N_KM2, DRAG_M2, LIFT_UP, LIFT_RIGHT, MASS_KG, AIR_TOP_KM, AIR_RADIUS_KM, AIR_FLATTENING, AIR_SPIN) = (
    range(30, 40)
)
AIR_POLE = 40  # three numbers, ICRF: it moves by 20 arc seconds a year, and an arc holds it
THRUST = 43
(T_MODE, T_FORCE_N, T_EXHAUST_M_S, T_START_S, T_A, T_B, T_C, T_D, T_SURFACE_KM, T_SPEED_KM_S, T_MIN_N) = range(43, 54)
T_AXES = 54
NUMBERS = 63

# How an engine steers, in T_MODE.
NO_THRUST, LINEAR_TANGENT, ALONG_VELOCITY, TERMINAL = 0, 1, 2, 3
WORK_ROWS = 26
PLACES = 16  # rows of the work array in which the bodies' places stand
PARTIAL_STEP = 1e-4  # of the distance or the speed, for the differences that give the partials of fields and air


class Model(NamedTuple):
    """Everything a right-hand side reads. numbers (63,): see the places above; directory (12, 5) and series (n,): see
    `bodies`; tables (3, n): `gravity.harmonic_tables` of the Earth, the Moon and Mars."""

    numbers: Array
    directory: Array
    series: Array
    tables: Array


VECTOR, MATRIX = types.Array(types.float64, 1, "C"), types.Array(types.float64, 2, "C")
MODEL = types.NamedTuple([VECTOR, MATRIX, VECTOR, MATRIX], Model)  # type: ignore[no-untyped-call]
