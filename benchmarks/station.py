"""The station's speed: twenty years by the hour, the worst dark spell by the minute, a year's sizing beside PyPSA.

python benchmarks/station.py [PROGRAMME]

Sizing runs each tool in a process of its own, from data in memory to the answer, with the same HiGHS and the same
network: an array, a battery, a fuel cell and a reactor, one year of hours at the programme's station.
"""

import json
import logging
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

HOURS = 8766
LOAD_KW = 20.0
KINDS = {  # mass kg, capacity kWh, charge kW, discharge kW, efficiencies; of one unit
    "battery": (667.0, 80.0, 50.0, 50.0, 0.97, 0.97),
    "cell": (1000.0, 475.0, 10.0, 10.0, 0.75, 0.67),
}
WING_KG, WING_KW, PLANT_KG, PLANT_KW = 320.0, 20.0, 60_000.0, 40.0


def best(work: Callable[[], object], repeats: int = 3) -> float:
    """Least seconds of some."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def year(sun: np.ndarray, restless: bool) -> tuple[np.ndarray, np.ndarray]:
    """Output of a wing for each kW, and a load: 20 kW, and 5 more in the dark, as a station's own is.

    Restless, no two hours are alike: 2 kW of noise on it.
    """
    noise = 2.0 * np.random.default_rng(7).standard_normal(len(sun)) if restless else 0.0
    return sun, LOAD_KW + 5.0 * (sun <= 0.0) + noise


def ours(sun: np.ndarray, restless: bool) -> float:
    """Least mass, kg."""
    from malapert.station.sizing import Candidate, lightest

    output, load = year(sun, restless)
    kinds = [Candidate("wing", WING_KG, WING_KW * output), Candidate("plant", PLANT_KG, np.full(len(sun), PLANT_KW))]
    kinds += [Candidate(name, mass, None, *rest) for name, (mass, *rest) in KINDS.items()]
    return lightest(kinds, load)[0].mass_kg


def peers(sun: np.ndarray, restless: bool) -> float:
    """The same in PyPSA's words."""
    import pypsa

    for name in ("linopy", "pypsa"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    output, load = year(sun, restless)
    net = pypsa.Network()
    net.set_snapshots(range(len(sun)))
    net.add("Bus", "bus")
    net.add("Load", "load", bus="bus", p_set=load)
    wing = {"p_max_pu": output, "capital_cost": WING_KG / WING_KW}
    net.add("Generator", "wing", bus="bus", p_nom_extendable=True, **wing)
    net.add("Generator", "plant", bus="bus", p_nom_extendable=True, capital_cost=PLANT_KG / PLANT_KW)
    for name, (mass, kwh, charge_kw, discharge_kw, into, out) in KINDS.items():
        net.add("StorageUnit", name, bus="bus", p_nom_extendable=True, max_hours=kwh / discharge_kw,
                p_min_pu=-charge_kw / discharge_kw, capital_cost=mass / discharge_kw, efficiency_store=into,
                efficiency_dispatch=out, cyclic_state_of_charge=True)  # fmt: skip
    net.optimize(solver_name="highs", log_to_console=False)
    return float(net.objective)


def one(which: str, data: Path, restless: bool) -> None:
    """One tool in this process, imports and all: prints processor seconds, peak memory and the mass found."""
    sun = np.load(data)
    start = time.process_time()
    mass = (ours if which == "ours" else peers)(sun, restless)
    seconds = time.process_time() - start
    # Not getrusage: what it says of a child starts at its parent's peak.
    peak_kb = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    peak_mb = float(peak_kb) / 1024.0
    print("\n" + json.dumps({"seconds": seconds, "peak_mb": peak_mb, "mass_kg": mass}))


def size_beside_pypsa(sun: np.ndarray, restless: bool) -> None:
    """Each twice, in turns; the better of the two counts."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "sun.npy"
        np.save(data, sun)
        found: dict[str, list[dict[str, float]]] = {"ours": [], "pypsa": []}
        for _ in range(2):
            for which, rows in found.items():
                command = [sys.executable, __file__, "--one", which, str(data), "restless" if restless else ""]
                said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                rows.append(json.loads(said.strip().splitlines()[-1]))
    mine, theirs = (min(rows, key=lambda row: row["seconds"]) for rows in found.values())
    kind = "a load different every hour" if restless else "a load that seldom changes"
    for name, row in ((f"a year's sizing, {kind}", mine), ("PyPSA, same HiGHS", theirs)):
        print(f"{name:46s} {row['seconds']:7.2f} s, peak {row['peak_mb']:4.0f} MB, {row['mass_kg']:.5f} kg")
    ratios = theirs["seconds"] / mine["seconds"], theirs["peak_mb"] / mine["peak_mb"]
    print(f"PyPSA for each of ours: {ratios[0]:.1f} in time, {ratios[1]:.2f} in memory")


def main(name: str) -> None:
    """Run the programme once, then time its station."""
    import malapert
    from malapert.run.flights import Flights
    from malapert.run.light import Light
    from malapert.run.living import finer, with_links
    from malapert.run.manifest import Manifest
    from malapert.station import operate

    with tempfile.TemporaryDirectory() as folder:
        run = malapert.run(name, sets=("histories=100",), out=Path(folder) / "run")
    light, flights, plan = run.result("light", Light), run.result("flights", Flights), run.result("plan", Manifest)
    hourly = with_links(run.programme, light, flights, plan)
    n = 20 * HOURS
    again = hourly.isel(time=np.arange(n) % hourly.sizes["time"])
    time_utc = hourly["time"].to_numpy()[0] + np.arange(n) * np.timedelta64(1, "h")
    twenty = again.assign_coords(time=time_utc.astype("datetime64[ns]"))
    print(f"{name}, twenty years by the hour {best(lambda: operate(run.programme, plan.plan, twenty)):6.2f} s")
    done = operate(run.programme, plan.plan, hourly)
    if done.worst_dark is not None:
        fine = finer(run.programme, hourly, done.worst_dark)
        plain = best(lambda: operate(run.programme, plan.plan, hourly))
        both = best(lambda: operate(run.programme, plan.plan, hourly, lambda _: fine))
        seeing = best(lambda: finer(run.programme, hourly, done.worst_dark), 2)
        steps = fine.sizes["time"]
        print(f"its worst dark spell by the minute ({steps} steps) {both - plain:6.2f} s, its light {seeing:.2f} s")
    for restless in (False, True):
        size_beside_pypsa(hourly["sun_fraction"].to_numpy()[-HOURS:], restless)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], Path(sys.argv[3]), sys.argv[4:5] == ["restless"])
    else:
        main(sys.argv[1] if len(sys.argv) > 1 else "ilrs-2035")
