"""Which forces act on an arc, and the arrays the kernels read for them."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.data import earth_gravity, ephemeris, moon_gravity
from malapert.errors import CoverageError, InputError
from malapert.flight.bodies import BODY_NAMES, EARTH, MOON, SERIES_NAMES
from malapert.flight.dynamics import EPHEMERIS, MASS_RATIO, NUMBERS, THREE_BODY, THRUST, Model
from malapert.flight.gravity import harmonic_tables

Array = NDArray[np.float64]

MAX_MOON_DEGREE: Final = 100
MAX_EARTH_DEGREE: Final = 20
# TAI - TDB less UT1 - TAI drift: UT1 follows UTC within 0.9 s; only the Earth's tesseral field feels the rest.
UT1_MINUS_TDB_S: Final = -69.184


@dataclass(frozen=True)
class Forces:
    """Gravity on an arc: degrees 0 or 1 mean a point mass. The Moon's GM is its field's when degree > 1."""

    moon_degree: int = 0
    earth_degree: int = 0
    earth_and_moon: bool = True
    sun: bool = True
    venus: bool = False
    jupiter: bool = False

    def __post_init__(self) -> None:
        for name, degree, top in (
            ("moon_degree", self.moon_degree, MAX_MOON_DEGREE),
            ("earth_degree", self.earth_degree, MAX_EARTH_DEGREE),
        ):
            if not 0 <= degree <= top:
                raise CoverageError(f"{name} must lie between 0 and {top} (got {degree}); the pack holds no more")

    def describe(self) -> dict[str, str]:
        """What stands beside every result: ephemeris, fields, degrees, GMs."""
        gm = gms_km3_s2(self)
        moon = moon_gravity(self.moon_degree).name if self.moon_degree > 1 else "point mass"
        earth = earth_gravity(self.earth_degree).name if self.earth_degree > 1 else "point mass"
        others = [name for name in ("sun", "venus", "jupiter") if getattr(self, name)]
        text = {
            "ephemeris": ephemeris().name,
            "moon_field": f"{moon} to degree {self.moon_degree} in MOON_PA" if self.moon_degree > 1 else moon,
            "earth_field": f"{earth} to degree {self.earth_degree}" if self.earth_degree > 1 else earth,
            "third_bodies": ", ".join(others) or "none",
        }
        return text | {f"gm_{name}_km3_s2": repr(float(gm[k])) for k, name in enumerate(BODY_NAMES)}


# What the transfers fly unless told otherwise: enough for cm near the Moon over hours and metres over days.
POINT_MASSES: Final = Forces()
CISLUNAR: Final = Forces(moon_degree=8, earth_degree=4)
LOW_LUNAR: Final = Forces(moon_degree=50)


def gms_km3_s2(forces: Forces) -> Array:
    """GM of Earth, Moon, Sun, Venus, Jupiter (km3/s2) as the arc uses them."""
    moon = moon_gravity(forces.moon_degree).gm_km3_s2 if forces.moon_degree > 1 else constants.GM_MOON_KM3_S2
    earth = earth_gravity(forces.earth_degree).gm_km3_s2 if forces.earth_degree > 1 else constants.GM_EARTH_KM3_S2
    return np.array(
        [earth, moon, constants.GM_SUN_KM3_S2, constants.GM_VENUS_KM3_S2, constants.GM_JUPITER_SYSTEM_KM3_S2]
    )


@lru_cache(maxsize=1)
def series() -> tuple[Array, Array]:
    """The pack's ephemeris as the kernels read it: directory (6, 5) and one flat array of coefficients.

    The Sun is taken from the Earth-Moon barycentre here, once, because every arc asks for it at every stage.
    """
    segments = [ephemeris().segments[name] for name in SERIES_NAMES]
    coefficients = [segment.coefficients for segment in segments]
    sun, emb = SERIES_NAMES.index("sun"), SERIES_NAMES.index("emb")
    if (segments[sun].start_tdb_s, segments[sun].step_s) != (segments[emb].start_tdb_s, segments[emb].step_s):
        raise CoverageError("the pack's series of the Sun and the Earth-Moon barycentre are cut differently")
    difference = np.zeros_like(coefficients[emb])
    difference[:, :, : coefficients[sun].shape[2]] = coefficients[sun]
    coefficients[sun] = difference - coefficients[emb]
    firsts = np.cumsum([0] + [one.size for one in coefficients])[:-1]
    directory = [
        [first, one.shape[2], len(one), segment.start_tdb_s, segment.step_s]
        for first, one, segment in zip(firsts, coefficients, segments, strict=True)
    ]
    return np.array(directory), np.concatenate([one.ravel() for one in coefficients])


@lru_cache(maxsize=32)
def model(forces: Forces, center: str) -> Model:
    """The kernels' arrays for coasting about the Earth or the Moon."""
    if center not in ("earth", "moon"):
        raise InputError(f"an arc is centred on 'earth' or 'moon' (got {center!r})")
    moon, earth = moon_gravity(forces.moon_degree), earth_gravity(forces.earth_degree)
    numbers = [EPHEMERIS, EARTH if center == "earth" else MOON, forces.moon_degree, forces.earth_degree]
    numbers += [forces.earth_and_moon, forces.sun, forces.venus, forces.jupiter, *gms_km3_s2(forces)]
    share = constants.GM_MOON_KM3_S2 / (constants.GM_EARTH_KM3_S2 + constants.GM_MOON_KM3_S2)
    numbers += [moon.radius_km, earth.radius_km, UT1_MINUS_TDB_S, 0.0, share]
    top = max(forces.moon_degree, forces.earth_degree)
    tables = np.zeros((10, top + 1, top + 3))
    for row, field in ((0, moon), (5, earth)):
        tables[row : row + 5, : field.degree + 1, : field.degree + 3] = harmonic_tables(field, field.degree)
    return Model(np.array(numbers + [0.0] * (NUMBERS - len(numbers))), *series(), tables)


@lru_cache(maxsize=8)
def three_body_model(mass_ratio: float) -> Model:
    """The kernels' arrays for the circular restricted three-body problem."""
    base = model(Forces(), "moon")
    numbers = np.zeros(NUMBERS)
    numbers[0] = THREE_BODY
    numbers[MASS_RATIO] = mass_ratio
    return base._replace(numbers=numbers)


def powered(base: Model, thrust: Array) -> Model:
    """The same forces with an engine: thrust (20,) as laid out in `dynamics` from T_MODE."""
    numbers = base.numbers.copy()
    numbers[THRUST:] = thrust
    return base._replace(numbers=numbers)


def point_mass(forces: Forces) -> Forces:
    """The same bodies without their fields, for partials and first guesses."""
    return replace(forces, moon_degree=0, earth_degree=0)
