"""How fast logistics is: the fixed design of Isaji, Takubo and Ho, a plan of 40 elements, a campaign of 200 elements.

Run from the repository: `python benchmarks/logistics.py`. The plan's problem is drawn with a fixed seed: 40 elements
(0.3-6 t, each after up to two others), 20 flights of four pads and three partners (6-9 t), 60 quarters.
"""

import random
import time
from datetime import date
from pathlib import Path

from malapert.logistics.campaign import simulate
from malapert.logistics.campaign.demands import Rated
from malapert.logistics.campaign.events import Campaign, Create, Mission, Reconfigure, Step, Transport
from malapert.logistics.campaign.network import Asset, AssetState, Leg, LegBurn, Place, Resource
from malapert.logistics.flow import read_study, solve
from malapert.logistics.schedule import Piece, Problem, Slot, plan

QUARTER_D = 91
EXAMPLE = Path(__file__).parents[1] / "examples/isaji-2022.toml"


def problem(elements: int = 40, flights: int = 20, quarters: int = 60, seed: int = 7) -> Problem:
    """A campaign of its own, the same for each seed: every flight may leave in the first ten days of any quarter from
    its first on."""
    chance = random.Random(seed)
    slots = []
    for k in range(flights):
        first = chance.randrange(0, quarters // 2)
        windows = tuple((q * QUARTER_D, q * QUARTER_D + 9) for q in range(first, quarters))
        pad = k % 4
        slots.append(
            Slot(
                f"flight_{k}",
                f"pad_{pad}",
                f"partner_{pad % 3}",
                "site",
                windows,
                chance.uniform(6000, 9000),
                5,
                27000.0,
            )
        )
    pieces = []
    for k in range(elements):
        after = tuple(sorted({f"element_{chance.randrange(k)}" for _ in range(chance.randrange(0, 3)) if k}))
        pieces.append(
            Piece(f"element_{k}", chance.uniform(300, 6000), "site", after, 1 + k * 9 // elements, must_come=True)
        )
    third = elements // 3
    milestones = {
        "first power": tuple(f"element_{k}" for k in range(third)),
        "first crew": tuple(f"element_{k}" for k in range(2 * third)),
        "complete": tuple(f"element_{k}" for k in range(elements)),
    }
    cadence = {f"pad_{k}": 2 * QUARTER_D for k in range(4)}
    return Problem(
        "benchmark", date(2030, 1, 1), quarters * QUARTER_D, tuple(slots), tuple(pieces), cadence,
        {"partner_0": 3, "partner_1": 2, "partner_2": 2}, (), milestones,
    )  # fmt: skip


def campaign(assets: int = 200) -> Campaign:
    """So many carriers on 50 flights to low lunar orbit and down to a site, each asking for spares every day."""
    places = {
        "pad": Place("pad", "Pad", "surface", "Earth"),
        "llo": Place("llo", "Low lunar orbit", "orbit", "Moon"),
        "site": Place("site", "Site", "surface", "Moon"),
    }
    legs = {
        "up": Leg("up", "Up", "space", "pad", "llo", 5.0, (LegBurn("a", 4.0, 30.0), LegBurn("b", 5.0, 850.0))),
        "down": Leg("down", "Down", "space", "llo", "site", 0.5, (LegBurn("c", 0.4, 1900.0),)),
    }
    resources = {"fuel": Resource("fuel", "Fuel", 101), "spares": Resource("spares", "Spares", 4)}
    models = {"spares": Rated("spares", "Spares", (("spares", 0.1),))}
    state = (AssetState("on", "active", ("spares",)),)
    things: dict[str, Asset] = {}
    missions = []
    flights = 50
    each = assets // flights - 1
    for k in range(flights):
        lander = f"lander_{k}"
        tanks = {"isp_s": 340.0, "max_fuel_kg": 18000.0, "fuel_kg": 18000.0, "fuel": "fuel"}
        things[lander] = Asset(lander, lander, "propulsive", 4000.0, max_cargo_kg=6000.0, **tanks)
        cargo = [f"cargo_{k}_{j}" for j in range(each)]
        for name in cargo:
            things[name] = Asset(name, name, "element", 900.0, 801, states=state, state_index=-1)
        steps = (Step("burn", lander),)
        events = (
            Create("lander", 0.0, 0, (lander,), "pad"),
            Create("cargo", 0.0, 1, tuple(cargo), lander),
            Transport("up", 0.0, 2, "up", (lander,), (steps, steps)),
            Transport("down", 6.0, 2, "down", (lander,), (steps,)),
            Reconfigure("on", 7.0, 3, tuple(cargo), "active"),
        )
        missions.append(Mission(f"mission {k}", 30.0 * k, events, destination="site"))
    return Campaign("benchmark", "2030-01-01T00:00:00+00:00", places, legs, resources, things, tuple(missions), models)


def timed(what, work):
    """Wall and processor time of one piece of work."""
    wall, processor = time.perf_counter(), time.process_time()
    found = work()
    print(f"{what}: {time.perf_counter() - wall:.1f} s wall, {time.process_time() - processor:.1f} s of processors")
    return found


def main() -> None:
    """Print them."""
    flow = timed("Isaji, Takubo and Ho, fixed design", lambda: solve(read_study(EXAMPLE)))
    print(f"  {flow.imleo_kg:.4f} kg (694264.4171 published), {flow.status}, gap {flow.gap:.1e}")
    found = timed("40 elements, 20 flights, 60 quarters", lambda: plan(problem(), 120.0))
    print(f"  first plan after {found.first_s:.1f} s, {found.status}, largest gap {100 * found.gap:.1f} %")
    for goal in found.goals:
        print(f"    {goal.name}: {goal.value:.0f}, bound {goal.bound:.0f}, gap {100 * goal.gap:.1f} %")
    done = timed("200 elements simulated", lambda: simulate(campaign()))
    print(f"  {len(done.log)} lines, {len(done.demands)} demands, {len(done.errors)} errors")


if __name__ == "__main__":
    main()
