"""How warm the ground is, at the surface and below: a one-dimensional regolith column under a light series.

Model: Hayne et al. 2017, J. Geophys. Res. Planets 122:2371, doi 10.1002/2017JE005387, appendix A. Two things make polar
ground warmer than this: slopes around it, known only as `environment_w_m2` (a shadowed floor without it is at 24 K),
and its own roughness, for which a smooth plane under a Sun one degree up throws back four fifths of the light.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.constants import ASTRONOMICAL_UNIT_KM, RADIUS_SUN_KM, SECONDS_PER_DAY, SOLAR_IRRADIANCE_W_M2
from malapert.errors import ConvergenceError, InputError
from malapert.sky import ephemeris
from malapert.sky.time import tdb_s
from malapert.terrain.light import disk_fraction
from malapert.terrain.summary import LUNAR_DAY_D

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

# CODATA 2018, exact in the SI of 2019.
STEFAN_BOLTZMANN_W_M2_K4: Final = 5.670374419e-8
# Where the radiative part of the conductivity is chi times the solid part: Hayne et al. 2017, eq. A5.
RADIATIVE_REFERENCE_K: Final = 350.0
# Twelve lunar days are the cycle nearest the 346.6 d of the seasons that ends at the hour at which it began.
SEASONS_LUNAR_DAYS: Final = 12
SPIN_UP_CYCLES: Final = 60
# A Newton step this small leaves an error of its square: the books close to rounding.
NEWTON_K: Final = 1e-7
DEPTHS_M: Final = (0.02, 0.1, 0.5, 1.0)
# Light seen from higher up than this says little about the ground at the foot of the mast.
GROUND_MAST_M: Final = 2.0
NOTE: Final = (
    "One-dimensional regolith column of Hayne et al. 2017: no rocks, no roughness, no sideways heat, so ground under a "
    "low Sun comes out too cold. Heat from neighbouring terrain is environment_w_m2 only; where that is 0 shadowed "
    "floors come out far too cold."
)


@dataclass(frozen=True)
class Regolith:
    """What the ground is made of; the values are for lunar highlands.

    Table A1 of Hayne et al. 2017, read not in the paper but in its first author's own model (github.com/phayne/heat1d:
    c/heat1dfun.h, python/docs/properties.md and boundary.md); the heat capacity is the polynomial there, J/kg/K for T
    in K, good from 10 K up, after Ledlow et al. 1992. The three figures of the layers are ours.
    """

    surface_density_kg_m3: float = 1100.0
    deep_density_kg_m3: float = 1800.0
    # The mean of the map is 0.07 m; the paper's own fit to night curves takes 0.06 m (heat1d, validation.md).
    density_scale_m: float = 0.07
    surface_conductivity_w_m_k: float = 7.4e-4
    deep_conductivity_w_m_k: float = 3.4e-3
    radiative_chi: float = 2.7
    heat_capacity_j_kg: tuple[float, float, float, float, float] = (-3.6125, 2.7431, 2.3616e-3, -1.2340e-5, 8.9093e-9)
    # Highlands 0.12, maria 0.07; a of Vasavada et al. 2012, b of Keihm 1984 (eq. A8).
    normal_albedo: float = 0.12
    albedo_a: float = 0.06
    albedo_b: float = 0.25
    emissivity: float = 0.95
    # Langseth et al. 1976, from the Apollo probes.
    geothermal_w_m2: float = 0.018
    # Four times finer changes the surface by under 0.2 K at any hour (tests/terrain/test_regolith.py).
    first_layer_m: float = 0.002
    layer_growth: float = 1.15
    depth_m: float = 3.0

    def layers_m(self) -> Array:
        """Thickness (n,) of the layers from the top, each layer_growth times the one above, to depth_m or just over."""
        if not (0.0 < self.first_layer_m < self.depth_m and self.layer_growth > 1.0):
            raise InputError("a regolith column needs 0 < first_layer_m < depth_m and a layer_growth over 1")
        ratio = 1.0 + self.depth_m * (self.layer_growth - 1.0) / self.first_layer_m
        count = int(np.ceil(np.log(ratio) / np.log(self.layer_growth)))
        return np.asarray(self.first_layer_m * self.layer_growth ** np.arange(count), dtype=float)

    def profile(self, surface: float, deep: float, depth_m: Array) -> Array:
        """deep - (deep - surface) exp(-z / H), eq. A2: density, and the solid conductivity that is linear in it."""
        return deep - (deep - surface) * np.exp(-depth_m / self.density_scale_m)

    def albedo(self, incidence_deg: ArrayLike) -> Array:
        """Share of sunlight thrown back at an incidence angle, any shape, eq. A8."""
        angle = np.asarray(incidence_deg, dtype=float)
        grown: Array = self.normal_albedo + self.albedo_a * (angle / 45.0) ** 3 + self.albedo_b * (angle / 90.0) ** 8
        return grown


class _Run(NamedTuple):
    """A series run through a column: surface (m,), places (m, k), the last nodes (n + 1,), per layer the mean upward
    flux and mean conductance above it (n,), and the heat that left by radiation."""

    surface_k: Array
    temperature_k: Array
    last_k: Array
    upward_w_m2: Array
    conductance_w_m2_k: Array
    emitted_j_m2: float


@numba.njit(cache=True, nogil=True)
def _march(
    flux_w_m2: Array,
    step_s: float,
    mass_kg_m2: Array,
    conductance_w_m2_k: Array,
    heat: Array,
    radiative_k3: float,
    radiation_w_m2_k4: float,
    geothermal_w_m2: float,
    places: Array,
    t: Array,
    work: Array,
    surface_k: Array,
    places_k: Array,
    means: Array,
) -> tuple[float, int]:
    """Backward Euler on the heat content of n layers, full Newton, the surface a node without mass.

    flux_w_m2 (m,) enters at the end of each step; conductance (n,) is the solid part above each layer; radiative_k3 =
    chi / 350^3; places (k,) are node numbers with fractions. Moves the nodes t (n + 1,) along and fills surface_k (m,),
    places_k (m, k) and means (2, n), upward flux and conductance, which come in as zeros; work (6, n + 1) is scratch.
    Returns what left by radiation (J/m2) and the step that did not converge, or -1.
    """
    steps, layers = flux_w_m2.size, mass_kg_m2.size
    old, pivot, right, flow, by_upper, by_lower = work[0], work[1], work[2], work[3], work[4], work[5]
    emitted = 0.0
    for k in range(steps):
        for j in range(layers + 1):
            old[j] = t[j]
        change = 1.0
        for _ in range(50):
            for j in range(layers):
                middle, gap = 0.5 * (t[j] + t[j + 1]), t[j + 1] - t[j]
                by_radiation = conductance_w_m2_k[j] * radiative_k3 * middle * middle
                g = conductance_w_m2_k[j] + by_radiation * middle
                flow[j] = g * gap
                by_upper[j], by_lower[j] = 1.5 * by_radiation * gap - g, 1.5 * by_radiation * gap + g
            # The last layer's heat from below does not depend on it.
            flow[layers], by_upper[layers] = geothermal_w_m2, 0.0
            # Thomas elimination of the linear system for the Newton step, forwards and back.
            glow = radiation_w_m2_k4 * t[0] * t[0] * t[0]
            pivot[0] = 4.0 * glow - by_upper[0]
            right[0] = flux_w_m2[k] + flow[0] - glow * t[0]
            for j in range(layers):
                a, b = t[j + 1], old[j + 1]
                # Heat content between two temperatures, written without the difference of two large numbers.
                square = a * a + b * b
                content = heat[0] + heat[1] * (a + b) / 2.0 + heat[2] * (square + a * b) / 3.0
                content += (
                    heat[3] * (a + b) * square / 4.0 + heat[4] * (square * (square + a * b) - a * a * b * b) / 5.0
                )
                capacity = heat[0] + a * (heat[1] + a * (heat[2] + a * (heat[3] + a * heat[4])))
                rate = mass_kg_m2[j] / step_s
                factor = by_upper[j] / pivot[j]
                pivot[j + 1] = rate * capacity + by_lower[j] - by_upper[j + 1] + factor * by_lower[j]
                right[j + 1] = flow[j + 1] - flow[j] - rate * content * (a - b) - factor * right[j]
            right[layers] /= pivot[layers]
            for j in range(layers - 1, -1, -1):
                right[j] = (right[j] + by_lower[j] * right[j + 1]) / pivot[j]
            change = 0.0
            for j in range(layers + 1):
                change = max(change, abs(right[j]))
                t[j] = max(t[j] + right[j], 0.5 * t[j])
            if change < NEWTON_K:
                break
        if not change < NEWTON_K:
            return emitted, k
        surface_k[k] = t[0]
        emitted += radiation_w_m2_k4 * t[0] * t[0] * t[0] * t[0] * step_s
        for j in range(layers):
            means[0, j] += flow[j] / steps
            means[1, j] += (by_lower[j] - by_upper[j]) / (2.0 * steps)
        for j in range(places.size):
            node = min(int(places[j]), layers - 1)
            share = places[j] - node
            places_k[k, j] = (1.0 - share) * t[node] + share * t[node + 1]
    return emitted, -1


def disk_cosine(surface_elevation_deg: ArrayLike, clearance_deg: ArrayLike, radius_deg: ArrayLike) -> Array:
    """What a surface gets of the Sun's whole disk, as a share of what it would get face on; any broadcastable shapes.

    surface_elevation_deg: of the Sun's centre over the surface's own plane; clearance_deg: over the horizon. The disk
    is cut by the higher of plane and horizon, taken as parallel; the mean of the sine over the part x = clearance /
    radius >= -y of a uniform disk is sin(elevation) times that part, plus radius 2 / (3 pi) (1 - x^2)^(3/2).
    """
    elevation, radius = np.asarray(surface_elevation_deg, dtype=float), np.asarray(radius_deg, dtype=float)
    clear = np.minimum(elevation, np.asarray(clearance_deg, dtype=float))
    x = np.clip(clear / radius, -1.0, 1.0)
    tilted = np.radians(radius) * 2.0 / (3.0 * np.pi) * (1.0 - x * x) ** 1.5
    cosine: Array = np.maximum(np.sin(np.radians(elevation)) * disk_fraction(clear, radius, 0.0) + tilted, 0.0)
    return cosine


def surface_elevation_deg(
    azimuth_deg: ArrayLike, elevation_deg: ArrayLike, slope_deg: float, aspect_deg: float
) -> Array:
    """Elevation (deg) of a direction over a plane that falls by slope_deg towards aspect_deg, clockwise from north."""
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    slope = np.radians(slope_deg)
    sine = np.sin(elevation) * np.cos(slope)
    sine = sine + np.cos(elevation) * np.sin(slope) * np.cos(azimuth - np.radians(aspect_deg))
    over: Array = np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))
    return over


def column_temperature(
    absorbed_w_m2: Array,
    step_s: float,
    depths_m: tuple[float, ...] = DEPTHS_M,
    ground: Regolith | None = None,
    cycle_steps: int | None = None,
    tolerance_k: float = 0.01,
) -> "xr.Dataset":
    """Temperatures of the ground whose surface takes up absorbed_w_m2 (n,), one value a step; dims: step, depth_m.

    The column is first spun up on the first cycle_steps (all by default) until that cycle repeats itself: no layer
    ends it over tolerance_k from where it began, and no layer needs over tolerance_k to let the geothermal flux and
    nothing else through on the mean. Raises InputError for a bad series, ConvergenceError where that does not come.
    """
    ground = Regolith() if ground is None else ground
    flux = np.ascontiguousarray(absorbed_w_m2, dtype=np.float64)
    cycle = flux.size if cycle_steps is None else cycle_steps
    if flux.ndim != 1 or not 0 < cycle <= flux.size or not (np.isfinite(flux).all() and flux.min() >= 0.0):
        raise InputError("a regolith column needs a series of fluxes, none negative or missing, and a cycle within it")
    if not (step_s > 0.0 and all(0.0 <= depth <= ground.depth_m for depth in depths_m)):
        raise InputError(f"a regolith column needs a step over 0 s and depths within its {ground.depth_m:g} m")
    column = _Column(ground, step_s, np.asarray(depths_m, dtype=float))
    start_k, cycles = _spun_up(column, flux[:cycle], tolerance_k)
    run = column.march(flux, start_k)
    residual = _energy_residual(column, flux, start_k, run)
    import xarray as xr  # a second to import, which arcs in space need not wait for

    return xr.Dataset(
        {
            "surface_temperature_k": ("step", run.surface_k, {"units": "K"}),
            "temperature_k": (("step", "depth_m"), run.temperature_k, {"units": "K"}),
            "absorbed_w_m2": ("step", flux, {"units": "W m-2"}),
        },
        coords={"depth_m": ("depth_m", np.asarray(depths_m, dtype=float), {"units": "m"})},
        attrs={
            "step_s": float(step_s),
            "spin_up_cycles": cycles,
            "spin_up_days": cycle * step_s / SECONDS_PER_DAY,
            "spin_up_tolerance_k": float(tolerance_k),
            "energy_residual": residual,
            "note": NOTE,
        },
    )


def site_temperature(
    light: "xr.Dataset",
    slope_deg: float = 0.0,
    aspect_deg: float = 0.0,
    environment_w_m2: ArrayLike = 0.0,
    depths_m: tuple[float, ...] = DEPTHS_M,
    ground: Regolith | None = None,
) -> "xr.Dataset":
    """Temperatures of the ground under a series from `site_light`; dims: time (UTC), depth_m.

    The surface falls by slope_deg towards aspect_deg (clockwise from lunar north). environment_w_m2, one value or one
    a step: heat radiation of the surrounding terrain that falls on the surface (for surroundings at T that fill a
    share f of its sky, f sigma T^4); the emissivity of it is absorbed. Spun up on the first twelve lunar days, or as
    many whole ones as there are; raises InputError for a shorter series. Holds for the ground in the same light as the
    eye: light from a mast over 2 m up is warned of.
    """
    ground = Regolith() if ground is None else ground
    time, step_s = light["time"].to_numpy().astype("datetime64[ms]"), float(light.attrs["step_s"])
    day_steps = LUNAR_DAY_D * SECONDS_PER_DAY / step_s
    days = min(SEASONS_LUNAR_DAYS, int((time.size + 0.5) / day_steps))
    if days < 1:
        raise InputError(
            f"ground temperatures need a light series of one lunar day ({LUNAR_DAY_D:.1f} d) or longer, "
            f"got {time.size * step_s / SECONDS_PER_DAY:.1f} d; take an earlier start or a later end"
        )
    around = np.broadcast_to(np.asarray(environment_w_m2, dtype=float), time.shape)
    sun = absorbed_sun_w_m2(light, slope_deg, aspect_deg, ground)
    result = column_temperature(
        sun + ground.emissivity * around, step_s, depths_m, ground, min(round(days * day_steps), time.size)
    )
    result = result.rename(step="time").assign_coords(time=time)
    result["absorbed_sun_w_m2"] = ("time", sun, {"units": "W m-2"})
    warnings = [text for text in str(light.attrs["warnings"]).split("\n") if text]
    if float(light.attrs["mast_m"]) > GROUND_MAST_M:
        warnings.append(f"ground temperature from light seen {light.attrs['mast_m']:g} m up: the ground gets less")
    kept = {name: light.attrs[name] for name in ("lat_deg", "lon_deg", "horizon_source")}
    tilt = {"slope_deg": float(slope_deg), "aspect_deg": float(aspect_deg)}
    result.attrs.update(kept | tilt | {"warnings": "\n".join(warnings)})
    return result


def absorbed_sun_w_m2(light: "xr.Dataset", slope_deg: float, aspect_deg: float, ground: Regolith) -> Array:
    """Sunlight (n,) a surface takes up under a series from `site_light`, the Earth's eclipses taken off."""
    t = tdb_s(light["time"].to_numpy())
    distance_km = np.linalg.norm(ephemeris.position_km("sun", "moon", t), axis=-1)
    azimuth, elevation = light["sun_azimuth_deg"].to_numpy(), light["sun_elevation_deg"].to_numpy()
    over = surface_elevation_deg(azimuth, elevation, slope_deg, aspect_deg)
    radius_deg = np.degrees(np.arcsin(RADIUS_SUN_KM / distance_km))
    cosine = disk_cosine(over, elevation - light["sun_horizon_deg"].to_numpy(), radius_deg)
    face_on = SOLAR_IRRADIANCE_W_M2 * (ASTRONOMICAL_UNIT_KM / distance_km) ** 2
    face_on = face_on * (1.0 - light["sun_eclipsed_fraction"].to_numpy())
    absorbed: Array = face_on * cosine * (1.0 - ground.albedo(np.clip(90.0 - over, 0.0, 90.0)))
    return absorbed


class _Column:
    """The layers of a ground with what the kernel needs of them, at one step."""

    def __init__(self, ground: Regolith, step_s: float, depths_m: Array) -> None:
        thick = ground.layers_m()
        middle = np.cumsum(thick) - 0.5 * thick
        density = ground.profile(ground.surface_density_kg_m3, ground.deep_density_kg_m3, middle)
        solid = ground.profile(ground.surface_conductivity_w_m_k, ground.deep_conductivity_w_m_k, middle)
        half = 0.5 * thick / solid
        self.ground, self.step_s, self.mass_kg_m2 = ground, step_s, density * thick
        self.conductance_w_m2_k = 1.0 / (half + np.concatenate([[0.0], half[:-1]]))
        nodes_m = np.concatenate([[0.0], middle])
        self.places = np.interp(depths_m, nodes_m, np.arange(nodes_m.size, dtype=float))

    def march(self, flux_w_m2: Array, start_k: Array) -> _Run:
        """A series from a start; raises ConvergenceError for a step that finds no balance."""
        ground, steps, layers = self.ground, flux_w_m2.size, self.mass_kg_m2.size
        last_k, means = start_k.copy(), np.zeros((2, layers))
        surface_k, places_k = np.empty(steps), np.empty((steps, self.places.size))
        emitted_j_m2, failed = _march(
            flux_w_m2,
            self.step_s,
            self.mass_kg_m2,
            self.conductance_w_m2_k,
            np.asarray(ground.heat_capacity_j_kg, dtype=float),
            ground.radiative_chi / RADIATIVE_REFERENCE_K**3,
            ground.emissivity * STEFAN_BOLTZMANN_W_M2_K4,
            ground.geothermal_w_m2,
            self.places,
            last_k,
            np.empty((6, layers + 1)),
            surface_k,
            places_k,
            means,
        )
        if failed >= 0:
            raise ConvergenceError(f"regolith column: no heat balance at step {failed}; take a shorter step")
        return _Run(surface_k, places_k, last_k, means[0], means[1], emitted_j_m2)

    def heat_j_m2(self, temperature_k: Array) -> Array:
        """Heat (n,) each layer holds above 0 K by the polynomial."""
        powers = np.arange(1, 6)
        terms = np.asarray(self.ground.heat_capacity_j_kg) / powers * temperature_k[1:, None] ** powers
        held: Array = self.mass_kg_m2 * terms.sum(axis=1)
        return held


def _spun_up(column: _Column, flux_w_m2: Array, tolerance_k: float) -> tuple[Array, int]:
    """Nodes (n + 1,) from which the cycle of fluxes repeats itself, and the cycles that took.

    After each cycle the surface is moved by what would radiate the heat the column still takes up, and each layer under
    it by what would make the mean flux through it the geothermal one, both with the means of that cycle (a Newton
    step on the means: a deep column needs decades to find them by itself).
    """
    ground = column.ground
    mean = (flux_w_m2.mean() + ground.geothermal_w_m2) / (ground.emissivity * STEFAN_BOLTZMANN_W_M2_K4)
    start_k = np.full(column.mass_kg_m2.size + 1, mean**0.25)
    worst_k = np.inf
    for cycles in range(1, SPIN_UP_CYCLES + 1):
        run = column.march(flux_w_m2, start_k)
        radiation = ground.emissivity * STEFAN_BOLTZMANN_W_M2_K4 * run.surface_k**3
        kept_w_m2 = flux_w_m2.mean() + ground.geothermal_w_m2 - (radiation * run.surface_k).mean()
        shift = np.cumsum((ground.geothermal_w_m2 - run.upward_w_m2) / run.conductance_w_m2_k)
        shift = shift + kept_w_m2 / (4.0 * radiation.mean())
        worst_k = float(max(np.abs(run.last_k[1:] - start_k[1:]).max(), np.abs(shift).max()))
        if worst_k <= tolerance_k:
            return run.last_k, cycles
        start_k = np.concatenate([run.last_k[:1], np.maximum(run.last_k[1:] + shift, 0.5 * run.last_k[1:])])
    raise ConvergenceError(
        f"regolith column: still {worst_k:.3g} K from repeating itself after {SPIN_UP_CYCLES} cycles of "
        f"{flux_w_m2.size * column.step_s / SECONDS_PER_DAY:.1f} d; allow more than {tolerance_k:g} K"
    )


def _energy_residual(column: _Column, flux_w_m2: Array, start_k: Array, run: _Run) -> float:
    """(in - out - stored) / in of a run: sunlight, surroundings and geothermal heat against radiation and storage."""
    into = (flux_w_m2.sum() + column.ground.geothermal_w_m2 * flux_w_m2.size) * column.step_s
    stored = (column.heat_j_m2(run.last_k) - column.heat_j_m2(start_k)).sum()
    return float((into - run.emitted_j_m2 - stored) / into)
