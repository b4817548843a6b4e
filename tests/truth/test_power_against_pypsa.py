"""Dispatch and sizing beside PyPSA 1.4 with HiGHS on the same network, within 1e-6.

Dispatch: energy served of each priority. PyPSA is told what an hour unserved costs, a hundred times more for each higher priority, so its optimum serves the
first as far as can be, then the second, as ours does. Hours at which the lower ones are served are not compared: the
optimum leaves them open. One bus and one store, for which the rule of foresight is exact; two buses and a cable.
Sizing: the least mass, the same linear programme told in PyPSA's words (mass as capital cost, storage by cycles).
"""

import logging
import warnings

import numpy as np
import pytest

from malapert.station.network import Link, Network, Store
from malapert.station.power_flow import flow
from malapert.station.sizing import Candidate, lightest

pypsa = pytest.importorskip("pypsa", reason="PyPSA is a test dependency")
COST = (1e6, 1e4, 1e2)


def _served_by_pypsa(net: Network) -> np.ndarray:
    """kWh of each priority (priorities,)."""
    logging.getLogger("linopy").setLevel(logging.ERROR)
    logging.getLogger("pypsa").setLevel(logging.ERROR)
    warnings.simplefilter("ignore", FutureWarning)
    peer = pypsa.Network()
    peer.set_snapshots(range(len(net.load_kw)))
    for b, bus in enumerate(net.buses):
        peer.add("Bus", bus)
        most = max(float(net.generation_kw[:, b].max()), 1.0)
        peer.add("Generator", f"source {bus}", bus=bus, p_nom=most, p_max_pu=net.generation_kw[:, b] / most)
        for q in range(net.load_kw.shape[2]):
            asked = net.load_kw[:, b, q]
            peer.add("Load", f"{bus} {q}", bus=bus, p_set=asked)
            size = max(float(asked.max()), 1.0)
            peer.add("Generator", f"short {bus} {q}", bus=bus, p_nom=size, p_max_pu=asked / size, marginal_cost=COST[q])
    for store in net.stores:
        peer.add("StorageUnit", store.name, bus=store.bus, p_nom=float(store.discharge_kw[0]),
                 max_hours=float(store.capacity_kwh[0] / store.discharge_kw[0]),
                 efficiency_store=float(store.charge_efficiency[0]),
                 efficiency_dispatch=float(store.discharge_efficiency[0]),
                 p_min_pu=-float(store.charge_kw[0] / store.discharge_kw[0]),
                 state_of_charge_initial=store.energy0_kwh)  # fmt: skip
    for link in net.links:
        peer.add("Link", link.name, bus0=link.from_bus, bus1=link.to_bus, p_nom=float(link.limit_kw[0]),
                 efficiency=link.efficiency)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        status, _ = peer.optimize(solver_name="highs", log_to_console=False)
    assert status == "ok"
    short = peer.generators_t.p
    return np.array(
        [
            net.load_kw[:, :, q].sum() - sum(short[f"short {bus} {q}"].sum() for bus in net.buses)
            for q in range(net.load_kw.shape[2])
        ]
    )


def _case(seed: int, buses: tuple[str, ...], n: int = 400) -> Network:
    rng = np.random.default_rng(seed)
    light = np.clip(2.0 * np.sin(np.arange(n) * 0.03) + 0.6, 0.0, 1.0)
    generation = np.zeros((n, len(buses)))
    generation[:, 0] = 20.0 * light
    generation[:, -1] += 2.5
    load = np.zeros((n, len(buses), 3))
    load[:, 0] = rng.uniform(0.5, 1.0, (n, 3)) * [3.0, 3.0, 4.0]
    full = np.ones(n)
    store = Store("store", buses[0], 180.0 * full, 9.0 * full, 7.0 * full, 0.8 * full, 0.7 * full, energy0_kwh=60.0)
    links = (Link("cable", buses[-1], buses[0], 2.0 * full, 0.85),) if len(buses) > 1 else ()
    return Network(buses, generation, load, (store,), links)


@pytest.mark.parametrize(("seed", "buses"), [(1, ("base",)), (2, ("base",)), (3, ("base", "far"))])
def test_energy_served_by_priority_is_the_optimum(seed: int, buses: tuple[str, ...]) -> None:
    net = _case(seed, buses)
    ours = flow(net).served_kw.sum(axis=(0, 1))
    peers = _served_by_pypsa(net)
    assert 0.0 < peers[2] < net.load_kw[:, :, 2].sum() - 1.0  # something is short, or nothing would be compared
    assert ours == pytest.approx(peers, rel=1e-6)


def test_the_least_mass_is_the_optimum() -> None:
    n = 500
    sun = np.clip(2.0 * np.sin(np.arange(n) * 2 * np.pi / 250) + 0.5, 0.0, 1.0)
    load = np.random.default_rng(5).uniform(4.0, 8.0, n)
    wing, cell = Candidate("wing", 16.0, sun), Candidate("cell", 40.0, None, 12.0, 1.0, 1.0, 0.75, 0.67)
    plant = Candidate("plant", 150.0, np.full(n, 1.0), limit=2.0)
    (ours,) = lightest([wing, cell, plant], load)

    logging.getLogger("linopy").setLevel(logging.ERROR)
    logging.getLogger("pypsa").setLevel(logging.ERROR)
    peer = pypsa.Network()
    peer.set_snapshots(range(n))
    peer.add("Bus", "bus")
    peer.add("Load", "load", bus="bus", p_set=load)
    peer.add("Generator", "wing", bus="bus", p_nom_extendable=True, p_max_pu=sun, capital_cost=16.0)
    peer.add("Generator", "plant", bus="bus", p_nom_extendable=True, p_nom_max=2.0, capital_cost=150.0)
    peer.add("StorageUnit", "cell", bus="bus", p_nom_extendable=True, max_hours=12.0, capital_cost=40.0,
             efficiency_store=0.75, efficiency_dispatch=0.67, cyclic_state_of_charge=True)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        status, _ = peer.optimize(solver_name="highs", log_to_console=False)
    assert status == "ok"
    assert ours.mass_kg == pytest.approx(float(peer.objective), rel=1e-6)
    assert ours.units["wing"] == pytest.approx(float(peer.generators.p_nom_opt["wing"]), rel=1e-6)
    assert ours.units["cell"] == pytest.approx(float(peer.storage_units.p_nom_opt["cell"]), rel=1e-6)
