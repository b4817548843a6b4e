"""Which forces act on an arc, and the arrays the kernels read for them."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from malapert import constants
from malapert.data import earth_gravity, ephemeris, moon_gravity
from malapert.data.pack import GravityField
from malapert.errors import CoverageError, InputError
from malapert.flight import layout
from malapert.flight.bodies import BODY_NAMES, EARTH, MARS, MOON, SERIES_NAMES
from malapert.flight.gravity import harmonic_tables
from malapert.flight.layout import ACTING, COASTING, MASS_RATIO, NUMBERS, THREE_BODY, THRUST, Model
from malapert.flight.surface import AIR, Craft, air_series, turn_series
from malapert.sky.apparent import RADII_KM
from malapert.sky.rotation import rotation

Array = NDArray[np.float64]

MAX_MOON_DEGREE: Final = 100
MAX_EARTH_DEGREE: Final = 20
CENTERS: Final = ("earth", "moon", "mars", "sun")
# TAI - TDB less UT1 - TAI drift: UT1 follows UTC within 0.9 s; only the Earth's tesseral field feels the rest.
UT1_MINUS_TDB_S: Final = -69.184
# When the poles the air turns about are taken, unless an arc says its own epoch: 2027.
POLES_AT_TDB_S: Final = 8.52e8
# A field may be used with the axes it was made in, and no others.
FIELD_FRAMES: Final = {"earth": "ITRF", "moon": "MOON_PA", "mars": "MARS"}
_OWN_GM: Final = {
    "earth": constants.GM_EARTH_KM3_S2,
    "moon": constants.GM_MOON_KM3_S2,
    "mars": constants.GM_MARS_SYSTEM_KM3_S2,
    "sun": constants.GM_SUN_KM3_S2,
    "venus": constants.GM_VENUS_KM3_S2,
    "jupiter": constants.GM_JUPITER_SYSTEM_KM3_S2,
    "mercury": constants.GM_MERCURY_KM3_S2,
    "saturn": constants.GM_SATURN_SYSTEM_KM3_S2,
}


class _Fields(tuple[tuple[str, GravityField], ...]):
    """Fields the user brought, by body; compared by identity, so that they may stand in a cache's key."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


NO_FIELDS: Final = _Fields()


def own_fields(**fields: GravityField) -> _Fields:
    """Fields to fly instead of the pack's: `own_fields(mars=field)`; InputError where a field's frame is not its
    body's: Earth ITRF, Moon MOON_PA, Mars MARS."""
    for body, field in fields.items():
        if FIELD_FRAMES.get(body) != field.frame:
            known = ", ".join(f"{name} {frame}" for name, frame in FIELD_FRAMES.items())
            raise InputError(f"{field.name} is a field on {field.frame} axes, not one of {body}'s; fields are: {known}")
    return _Fields(fields.items())


@dataclass(frozen=True)
class Forces:
    """What acts on an arc: gravity, and sunlight and air on a craft. Degrees 0 or 1 mean a point mass.

    A body's GM is its field's when its degree > 1, times its gm_factors. Air is that of the arc's centre, the Earth or
    Mars.
    """

    moon_degree: int = 0
    earth_degree: int = 0
    earth_and_moon: bool = True
    sun: bool = True
    venus: bool = False
    jupiter: bool = False
    mercury: bool = False
    mars: bool = False
    saturn: bool = False
    mars_degree: int = 0
    craft: Craft | None = None
    fields: _Fields = NO_FIELDS
    gm_factors: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        brought = dict(self.fields)
        for body, degree, shipped in (
            ("moon", self.moon_degree, MAX_MOON_DEGREE),
            ("earth", self.earth_degree, MAX_EARTH_DEGREE),
            ("mars", self.mars_degree, 0),
        ):
            top = brought[body].degree if body in brought else shipped
            if not 0 <= degree <= top:
                whose = brought[body].name if body in brought else "the pack"
                raise CoverageError(f"{body}_degree must lie between 0 and {top} (got {degree}); {whose} holds no more")
        if self.craft is not None and self.craft.solar_area_m2 > 0.0 and not self.sun:
            raise InputError("sunlight on a craft needs the Sun among the bodies")

    def field(self, body: str) -> GravityField | None:
        """The field flown for a body, cut to its degree; None for a point mass."""
        degree = {"moon": self.moon_degree, "earth": self.earth_degree, "mars": self.mars_degree}.get(body, 0)
        if degree < 2:
            return None
        brought = dict(self.fields)
        if body in brought:
            whole, n = brought[body], degree + 1
            return replace(whole, c=np.ascontiguousarray(whole.c[:n, :n]), s=np.ascontiguousarray(whole.s[:n, :n]))
        return moon_gravity(degree) if body == "moon" else earth_gravity(degree)

    def describe(self, center: str = "moon") -> dict[str, str]:
        """What stands beside every result of an arc about a centre: ephemeris, fields, degrees, GMs, air."""
        gm = gms_km3_s2(self)
        text = {"ephemeris": ephemeris().name}
        for body in ("moon", "earth", "mars") if center == "mars" or self.field("mars") else ("moon", "earth"):
            field = self.field(body)
            said = f"{field.name} to degree {field.degree} in {field.frame}" if field else "point mass"
            text[f"{body}_field"] = said
        others = [name for name in BODY_NAMES[MARS:] if getattr(self, name)]
        text["third_bodies"] = ", ".join(others) or "none"
        if self.craft is not None:
            text |= self.craft.describe(center)
        listed = {"earth", "moon", center, *others}
        return text | {f"gm_{name}_km3_s2": repr(float(gm[k])) for k, name in enumerate(BODY_NAMES) if name in listed}


# What the transfers fly unless told otherwise: enough for cm near the Moon over hours and metres over days.
POINT_MASSES: Final = Forces()
CISLUNAR: Final = Forces(moon_degree=8, earth_degree=4)
LOW_LUNAR: Final = Forces(moon_degree=50)


def chosen_forces(
    center: str,
    degree: int | None,
    moon_degree: int,
    earth_degree: int,
    bodies: tuple[str, ...],
    craft: Craft | None = None,
    fields: _Fields = NO_FIELDS,
) -> Forces:
    """Forces as a person names them: the degree of the centre's field (None: 50 for the Moon, 10 for the Earth, a
    point mass else), those of the Moon and the Earth when they are not the centre, the bodies that pull."""
    names = BODY_NAMES if bodies == ("all",) else bodies
    unknown = [name for name in names if name not in BODY_NAMES]
    if unknown:
        raise InputError(f"bodies: {unknown[0]!r} is not one of {', '.join(BODY_NAMES)}, or all")
    if center not in CENTERS:
        raise InputError(f"an arc is centred on {', '.join(CENTERS)} (got {center!r})")
    if ("earth" in names) != ("moon" in names) and not {"earth", "moon"} - set(names) == {center}:
        raise InputError("bodies: the Earth and the Moon pull together; name both, or neither")
    degrees = {"moon": moon_degree, "earth": earth_degree, "mars": 0}
    if center in degrees:
        brought = dict(fields).get(center)
        usual = brought.degree if brought else {"moon": 50, "earth": 10, "mars": 0}[center]
        degrees[center] = usual if degree is None else degree
    elif degree:
        raise InputError(f"no gravity field of the {center} is read; leave the degree out")
    return Forces(
        degrees["moon"], degrees["earth"], "earth" in names and "moon" in names, "sun" in names, "venus" in names,
        "jupiter" in names, "mercury" in names, "mars" in names, "saturn" in names, degrees["mars"], craft, fields,
    )  # fmt: skip


@lru_cache(maxsize=32)
def gms_km3_s2(forces: Forces) -> Array:
    """GMs (8,) in the order of `bodies.BODY_NAMES` (km3/s2) as the arc uses them."""
    factors, found = dict(forces.gm_factors), []
    for body in BODY_NAMES:
        field = forces.field(body)
        found.append((field.gm_km3_s2 if field else _OWN_GM[body]) * factors.get(body, 1.0))
    return np.array(found)


@lru_cache(maxsize=2)
def series(extended: bool = False) -> tuple[Array, Array]:
    """The pack's ephemeris as the kernels read it: directory (12, 5) and one flat array of coefficients.

    The Sun is taken from the Earth-Moon barycentre here, once, because every arc asks for it at every stage.
    extended: with the turning of Mars and the air of the Earth and Mars behind it, whose rows are empty otherwise.
    """
    segments = [ephemeris().segments[name] for name in SERIES_NAMES]
    coefficients = [segment.coefficients for segment in segments]
    sun, emb = SERIES_NAMES.index("sun"), SERIES_NAMES.index("emb")
    if (segments[sun].start_tdb_s, segments[sun].step_s) != (segments[emb].start_tdb_s, segments[emb].step_s):
        raise CoverageError("the pack's series of the Sun and the Earth-Moon barycentre are cut differently")
    difference = np.zeros_like(coefficients[emb])
    difference[:, :, : coefficients[sun].shape[2]] = coefficients[sun]
    coefficients[sun] = difference - coefficients[emb]
    rows = [(segment.start_tdb_s, segment.step_s, one) for segment, one in zip(segments, coefficients, strict=True)]
    if extended:
        rows += [turn_series(), air_series("earth"), air_series("mars")]
    firsts = np.cumsum([0] + [one.size for _, _, one in rows])[:-1]
    directory = np.zeros((12, 5))
    for k, (start_s, step_s, one) in enumerate(rows):
        directory[k] = firsts[k], one.shape[2], len(one), start_s, step_s
    return directory, np.concatenate([one.ravel() for _, _, one in rows])


@lru_cache(maxsize=32)
def model(forces: Forces, center: str) -> Model:
    """The kernels' arrays for coasting about the Earth, the Moon, Mars or the Sun."""
    if center not in CENTERS:
        raise InputError(f"an arc is centred on {', '.join(CENTERS)} (got {center!r})")
    numbers = np.zeros(NUMBERS)
    numbers[layout.KIND] = COASTING if forces.craft is None else ACTING
    numbers[layout.CENTER] = BODY_NAMES.index(center)
    numbers[layout.UT1_MINUS_TDB] = UT1_MINUS_TDB_S
    numbers[layout.EARTH_SHARE] = constants.GM_MOON_KM3_S2 / (constants.GM_EARTH_KM3_S2 + constants.GM_MOON_KM3_S2)
    pulls = [forces.earth_and_moon] * 2 + [getattr(forces, name) for name in BODY_NAMES[MARS:]]
    numbers[layout.PULLS : layout.PULLS + len(BODY_NAMES)] = pulls
    numbers[layout.PULLS + BODY_NAMES.index(center)] = 1.0
    numbers[layout.GM : layout.GM + len(BODY_NAMES)] = gms_km3_s2(forces)
    fields = {k: forces.field(BODY_NAMES[k]) for k in (MOON, EARTH, MARS)}
    rows = {k: harmonic_tables(field, field.degree) for k, field in fields.items() if field}
    tables = np.zeros((3, max((row.size for row in rows.values()), default=0)))
    for k, field in fields.items():
        if field:
            numbers[layout.DEGREE + k], numbers[layout.FIELD_RADIUS + k] = field.degree, field.radius_km
            tables[k, : rows[k].size] = rows[k]
    if forces.craft is not None:
        _dress(numbers, forces.craft, center)
    extended = fields[MARS] is not None or numbers[layout.DRAG_M2] > 0.0 or center == "mars"
    return Model(numbers, *series(extended), tables)


def _dress(numbers: Array, craft: Craft, center: str) -> None:
    """Put sunlight and air on a craft into the numbers of a model."""
    numbers[layout.MASS_KG] = craft.mass_kg
    numbers[layout.SOLAR_M2] = craft.solar_area_m2 * craft.reflectivity
    pressure_n_m2 = constants.SOLAR_IRRADIANCE_W_M2 / (1e3 * constants.SPEED_OF_LIGHT_KM_S)
    numbers[layout.SOLAR_N_KM2] = pressure_n_m2 * constants.ASTRONOMICAL_UNIT_KM**2
    shading = ("earth", "moon", "mars") if center == "mars" else ("earth", "moon")
    for name in shading:
        numbers[layout.SHADOW_RADIUS + BODY_NAMES.index(name)] = RADII_KM[name]
    if craft.drag_area_m2 == 0.0 or center not in AIR:
        return
    air = AIR[center]
    numbers[layout.DRAG_M2] = craft.drag_area_m2 * craft.drag_coefficient
    bank = np.radians(craft.bank_deg)
    numbers[layout.LIFT_UP], numbers[layout.LIFT_RIGHT] = craft.lift_to_drag * np.array([np.cos(bank), np.sin(bank)])
    numbers[layout.AIR_TOP_KM], numbers[layout.AIR_RADIUS_KM] = air.top_km, air.radius_km
    numbers[layout.AIR_FLATTENING], numbers[layout.AIR_SPIN] = air.flattening, air.spin_rad_s
    numbers[layout.AIR_POLE : layout.AIR_POLE + 3] = rotation(FIELD_FRAMES[center], POLES_AT_TDB_S).matrix[2]


@lru_cache(maxsize=8)
def three_body_model(mass_ratio: float) -> Model:
    """The kernels' arrays for the circular restricted three-body problem."""
    base = model(Forces(), "moon")
    numbers = np.zeros(NUMBERS)
    numbers[layout.KIND] = THREE_BODY
    numbers[MASS_RATIO] = mass_ratio
    return base._replace(numbers=numbers)


def powered(base: Model, thrust: Array) -> Model:
    """The same forces with an engine: thrust (20,) as laid out in `dynamics` from T_MODE."""
    numbers = base.numbers.copy()
    numbers[layout.KIND], numbers[THRUST:] = ACTING, thrust
    return base._replace(numbers=numbers)


def point_mass(forces: Forces) -> Forces:
    """The same bodies without their fields, for partials and first guesses."""
    return replace(forces, moon_degree=0, earth_degree=0, mars_degree=0)
