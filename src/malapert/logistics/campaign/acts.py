"""What each kind of event does to a running simulation."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from malapert.constants import STANDARD_GRAVITY_M_S2
from malapert.flight.rocket import delta_v_m_s, propellant_kg
from malapert.logistics.campaign.events import (
    Add,
    Burn,
    Campaign,
    Consume,
    Create,
    Eva,
    Event,
    Exploration,
    Move,
    Reconfigure,
    Remove,
    Step,
    Transfer,
    Transport,
)
from malapert.logistics.campaign.network import LegBurn
from malapert.logistics.campaign.state import BurnDone, Travel

if TYPE_CHECKING:
    from malapert.logistics.campaign.simulate import Run

Act = Callable[["Run"], None]
_ROUNDING_KG = 5e-3  # half the hundredth of a kilogram that masses are stated to


def act_of(event: Event) -> Act:
    """What an event does when its time comes."""
    for kind, act in _ACTS:
        if isinstance(event, kind):
            return lambda run: act(run, event)
    raise TypeError(type(event))  # every kind of event has an act


def ends(campaign: Campaign, event: Transport) -> tuple[str, str]:
    """Origin and destination of a transport."""
    leg = campaign.legs[event.leg]
    return (leg.destination, leg.origin) if event.back else (leg.origin, leg.destination)


def duration_d(campaign: Campaign, event: Event) -> float:
    """Days an event takes; zero for those that happen at once."""
    if isinstance(event, Exploration):
        return event.days
    if isinstance(event, Eva):
        return event.hours / 24.0
    if not isinstance(event, Transport):
        return 0.0
    if event.duration_d is not None:
        return event.duration_d
    leg = campaign.legs[event.leg]
    if leg.kind == "surface" and event.speed_km_h > 0.0:
        return leg.distance_km / event.speed_km_h / 24.0
    return leg.duration_d


def _create(run: "Run", event: Create) -> None:
    for key in event.assets:
        if key in run.world.container:
            run.warn(event.name, f"{run.title(key)} exists already and stays where it is")
        elif _may_hold(run, event.name, key, event.container):
            run.put(key, event.container)
    run.say(f"Create {_names(run, event.assets)} in {run.title(event.container)}")


def _move(run: "Run", event: Move) -> None:
    world = run.world
    for key in event.assets:
        if not _is_there(run, event.name, key):
            continue
        here, there = world.where(key), world.where(event.container)
        apart = f"{run.title(key)} is at {run.title(here)}, {run.title(event.container)} at {run.title(there)}"
        if here != there and not run.doubt(event.name, apart):
            continue
        if world.container[key] != event.container and _may_hold(run, event.name, key, event.container):
            stated = {event.origin, *world.within(event.origin)} if event.origin else {world.container[key]}
            if world.container[key] not in stated:
                was, said = run.title(world.container[key]), run.title(event.origin)
                run.warn(event.name, f"{run.title(key)} is in {was}, not in {said}")
            run.put(key, event.container)
    run.say(f"Move {_names(run, event.assets)} to {run.title(event.container)}")


def _remove(run: "Run", event: Remove) -> None:
    for key in event.assets:
        if key in run.world.gone:
            continue  # it went with the one that held it
        if _is_there(run, event.name, key):
            run.remove(key)
    run.say(f"Remove {_names(run, event.assets)}")


def _reconfigure(run: "Run", event: Reconfigure) -> None:
    for key in event.assets:
        if not _is_there(run, event.name, key):
            continue
        states = run.world.asset(key).states
        index = event.state_index
        if index is None:
            index = next((k for k, state in enumerate(states) if state.kind == event.state_kind), None)
        if index is None or not -1 <= index < len(states):
            run.fail(event.name, f"{run.title(key)} has no state {event.state_kind or event.state_index}")
            continue
        run.world.state_index[key] = index
        run.say(f"{run.title(key)} goes to {states[index].name if index >= 0 else 'no state'}")


def _add(run: "Run", event: Add) -> None:
    for resource, units in event.amounts:
        if _is_tank_for(run, event.container, resource):
            run.world.fuel_kg[event.container] += units
        else:
            held = run.world.stores.setdefault(event.container, {})
            held[resource] = held.get(resource, 0.0) + units
    _check_full(run, event.name, event.container)
    run.say(f"Add {_amounts(run, event.amounts)} to {run.title(event.container)}")


def _transfer(run: "Run", event: Transfer) -> None:
    world = run.world
    if world.where(event.origin) != world.where(event.destination):
        here, there = run.title(world.where(event.origin)), run.title(world.where(event.destination))
        run.fail(event.name, f"{run.title(event.origin)} is at {here}, {run.title(event.destination)} at {there}")
        return
    for resource, units in event.amounts:
        from_tank = _is_tank_for(run, event.origin, resource)
        held = world.fuel_kg[event.origin] if from_tank else world.stores.get(event.origin, {}).get(resource, 0.0)
        took = min(units, held)
        if took < units:
            name = run.title(resource)
            run.fail(event.name, f"{run.title(event.origin)} holds {held:.2f} of {name}, not {units:.2f}")
        if from_tank:
            world.fuel_kg[event.origin] -= took
        elif took > 0.0:
            world.stores[event.origin][resource] -= took
        _add(run, Add(event.name, event.at_d, event.priority, event.destination, ((resource, took),)))


def _consume(run: "Run", event: Consume) -> None:
    asset = event.container if event.container in run.campaign.assets else ""
    for resource, units in event.amounts:
        run.demand(run.world.where(event.container), asset, run.campaign.resources[resource], units)


def _burn_alone(run: "Run", event: Burn) -> None:
    _burn(
        run,
        event.name,
        [key for key in event.assets if _is_there(run, event.name, key)],
        event.delta_v_m_s,
        event.steps,
    )


def _transport(run: "Run", event: Transport) -> None:
    origin, destination = ends(run.campaign, event)
    leg = run.campaign.legs[event.leg]
    going = [key for key in _outermost(run, event.assets) if _is_at(run, event.name, key, origin)]
    end_d = run.rounded_d(run.now_d + duration_d(run.campaign, event))
    run.travels.append(_travel(run, event, going, end_d))
    _check_flight(run, event, going)
    if not going:
        return
    run.say(f"{_names(run, going)} leave {run.title(origin)} for {run.title(destination)} by {leg.name}")
    for key in going:
        run.put(key, event.leg)
        for one in (key, *run.world.within(key)):
            run.arrives_d[one] = end_d
    burns = leg.burns or ((LegBurn("", 0.0, 0.0),) if event.sequences else ())  # staging without a delta-v
    for k, burn in enumerate(burns):
        steps = event.sequences[k] if k < len(event.sequences) else ()

        def fire(run: "Run", wanted_m_s: float = burn.delta_v_m_s, steps: tuple[Step, ...] = steps) -> None:
            still = [key for key in going if key in run.world.container]
            _burn(run, event.name, still, wanted_m_s, steps)

        run.schedule(run.now_d + burn.at_d, k - len(burns), fire)
    run.schedule(end_d, 0, lambda run: _arrive(run, event, going, destination))


def _arrive(run: "Run", event: Transport, going: list[str], destination: str) -> None:
    arrived = [key for key in going if run.world.container.get(key) == event.leg]
    for key in arrived:
        run.put(key, destination)
    if arrived:
        run.say(f"{_names(run, arrived)} arrive at {run.title(destination)}")


def _burn(run: "Run", name: str, stack: list[str], wanted_m_s: float, steps: Iterable[Step]) -> None:
    """Steps of a burn in order; what the stages cannot give is an error, unless propulsion is left out."""
    lacking = wanted_m_s
    for step in steps:
        if step.asset not in run.world.container:
            run.warn(name, f"{run.title(step.asset)} is not in the stack any more")
        elif step.action == "stage":
            there = [key for key in stack if key in run.world.container]
            if any(step.asset == one or step.asset in run.world.within(one) for one in there) or run.doubt(
                name, f"{run.title(step.asset)} is staged from a stack it does not travel with"
            ):
                run.remove(step.asset)
                run.say(f"{run.title(step.asset)} is staged away")
        elif run.with_propulsion and lacking > 0.0:
            lacking -= _fire(run, name, [key for key in stack if key in run.world.container], step.asset, lacking)
    if run.with_propulsion and lacking > 1e-9:
        run.fail(name, f"the burn of {wanted_m_s:.1f} m/s lacks {lacking:.1f} m/s")


def _fire(run: "Run", name: str, stack: list[str], key: str, wanted_m_s: float) -> float:
    asset = run.world.asset(key)
    if asset.isp_s <= 0.0:
        run.fail(name, f"{asset.name} has no specific impulse and cannot burn")
        return 0.0
    if all(key != one and key not in run.world.within(one) for one in stack):
        run.doubt(name, f"{asset.name} burns but does not travel with the stack")
        return 0.0
    before_kg, held_kg = sum(run.world.total_kg(one) for one in stack), run.world.fuel_kg.get(key, 0.0)
    isp_s = asset.isp_s * run.g0_m_s2 / STANDARD_GRAVITY_M_S2
    needed_kg = propellant_kg(before_kg, wanted_m_s, isp_s)
    burned_kg = min(needed_kg, held_kg)
    given = wanted_m_s if needed_kg <= held_kg else delta_v_m_s(before_kg, before_kg - held_kg, isp_s)
    left_kg = held_kg - burned_kg
    run.world.fuel_kg[key] = left_kg
    run.burns.append(BurnDone(run.now_d, key, wanted_m_s, given, before_kg, burned_kg, left_kg))
    run.say(f"{asset.name} burns {given:.2f} of {wanted_m_s:.2f} m/s, {left_kg:.2f} kg left")
    return given


def _eva(run: "Run", event: Eva) -> None:
    crew = [key for key, _ in event.states]
    if any(not _is_at(run, event.name, key, event.place) for key in (event.vehicle, *crew)):
        return
    before = {key: (run.world.container[key], run.world.state_index[key]) for key in crew}
    run.excursions += 1
    for key, index in event.states:
        run.put(key, event.place)
        run.world.state_index[key] = index
    for resource, units in event.demands:
        run.demand(event.place, "", run.campaign.resources[resource], units)
    run.say(f"{_names(run, crew)} go outside at {run.title(event.place)} for {event.hours:g} h")

    def back(run: "Run") -> None:
        for key, (_, index) in before.items():
            if key in run.world.container:
                run.put(key, event.vehicle)
                run.world.state_index[key] = index
        run.say(f"{_names(run, crew)} are back in {run.title(event.vehicle)}")

    run.schedule(run.now_d + event.hours / 24.0, -1, back)


def _explore(run: "Run", event: Exploration) -> None:
    crew = [key for key, _ in event.states]
    if any(not _is_at(run, event.name, key, event.place) for key in (event.vehicle, *crew)):
        return
    run.say(f"Exploration of {run.title(event.place)}: {event.days:g} d with {event.excursions} excursions")
    if not run.campaign.detailed_eva:
        run.excursions += event.excursions
        return
    for k in range(event.excursions):
        at_d = run.now_d + (k + 1) * event.hours_between / 24.0  # SpaceNet leaves the excursions themselves out
        eva = Eva(
            event.name, at_d, event.priority, event.place, event.vehicle, event.eva_hours, event.states, event.demands
        )
        run.schedule(at_d, event.priority, act_of(eva))


def _outermost(run: "Run", keys: Iterable[str]) -> list[str]:
    """The assets named without those that travel inside another one named."""
    named = list(dict.fromkeys(keys))
    carried = {one for key in named for one in run.world.within(key)}
    return [key for key in named if key not in carried]


def _is_there(run: "Run", event: str, key: str) -> bool:
    if key in run.world.container:
        return True
    run.doubt(event, f"{run.title(key)} {'was removed before' if key in run.world.gone else 'is not created yet'}")
    return False


def _is_at(run: "Run", event: str, key: str, place: str) -> bool:
    """Whether an asset is at a place; one that is still on its way there is taken as arrived, with a warning."""
    if not _is_there(run, event, key):
        return False
    here = run.world.where(key)
    if here == place:
        return True
    leg = run.campaign.legs.get(here)
    if leg is not None and place in (leg.destination, leg.origin if leg.kind == "surface" else ""):
        late_h = (run.arrives_d[key] - run.now_d) * 24.0
        run.warn(event, f"{run.title(key)} arrives at {run.title(place)} {late_h:.1f} h later; taken as there")
        run.put(key, place)
        return True
    if run.doubt(event, f"{run.title(key)} is at {run.title(here)}, not at {run.title(place)}"):
        run.put(key, place)
        return True
    return False


def _may_hold(run: "Run", event: str, key: str, container: str) -> bool:
    """Whether a container has room: people, mass, pressure. What is stated nowhere is not checked."""
    if container not in run.campaign.assets:
        return True
    world, holder, asset = run.world, run.campaign.assets[container], run.campaign.assets[key]
    if container not in world.container:
        run.fail(event, f"{holder.name} is not there to hold {asset.name}")
        return False
    if asset.kind == "crew":
        if holder.max_crew is not None and world.crew_in(container) >= holder.max_crew:
            return run.doubt(event, f"{holder.name} has room for {holder.max_crew} people, none for {asset.name}")
        return True
    mass_kg = world.total_kg(key) if key in world.container else asset.mass_kg + asset.fuel_kg
    room_kg = None if holder.max_cargo_kg is None else holder.max_cargo_kg - world.cargo_kg(container)
    if room_kg is not None and mass_kg > room_kg + _ROUNDING_KG:
        much = f"{asset.name} ({mass_kg:.0f} kg) does not fit {holder.name}"
        return run.doubt(event, f"{much}, which has {room_kg:.0f} kg left")
    return True


def _check_flight(run: "Run", event: Transport, going: list[str]) -> None:
    leg = run.campaign.legs[event.leg]
    people = sum(run.world.asset(one).kind == "crew" for key in going for one in (key, *run.world.within(key)))
    if leg.max_crew is not None and people > leg.max_crew:
        run.doubt(event.name, f"{people} people on {leg.name}, which takes {leg.max_crew}")
    mass_kg = sum(run.world.total_kg(key) for key in going)
    if leg.kind == "flight" and leg.max_cargo_kg is not None and mass_kg > leg.max_cargo_kg + _ROUNDING_KG:
        run.doubt(event.name, f"{mass_kg:.0f} kg on {leg.name}, which takes {leg.max_cargo_kg:.0f} kg")


def _check_full(run: "Run", event: str, key: str) -> None:
    asset = run.campaign.assets.get(key)
    if asset is None:
        return
    if asset.max_cargo_kg is not None and run.world.cargo_kg(key) > asset.max_cargo_kg + _ROUNDING_KG:
        run.fail(event, f"{asset.name} holds {run.world.cargo_kg(key):.0f} kg; it takes {asset.max_cargo_kg:.0f} kg")
    if asset.max_fuel_kg > 0.0 and run.world.fuel_kg.get(key, 0.0) > asset.max_fuel_kg + _ROUNDING_KG:
        run.fail(
            event, f"the tank of {asset.name} takes {asset.max_fuel_kg:.0f} kg, not {run.world.fuel_kg[key]:.0f} kg"
        )


def _is_tank_for(run: "Run", key: str, resource: str) -> bool:
    return key in run.world.fuel_kg and run.campaign.assets[key].fuel == resource


def _travel(run: "Run", event: Transport, going: list[str], end_d: float) -> Travel:
    """Masses of a transport at its start; a proven flight's capacity is its leg's and counts what flies, other
    capacities are the carriers' and count what they carry."""
    world, leg = run.world, run.campaign.legs[event.leg]
    origin, destination = ends(run.campaign, event)
    carriers = [world.asset(key) for key in going if world.asset(key).max_cargo_kg is not None]
    capacity = leg.max_cargo_kg if leg.kind == "flight" else sum(c.max_cargo_kg or 0.0 for c in carriers)
    return Travel(
        run.now_d, end_d, event.leg, origin, destination, tuple(going),
        sum(world.total_kg(key) for key in going), sum(world.exploration_kg(key) for key in going),
        sum(world.cargo_kg(one.key) for one in carriers), capacity,
        sum(world.asset(one).kind == "crew" for key in going for one in (key, *world.within(key))),
    )  # fmt: skip


def _names(run: "Run", keys: Iterable[str]) -> str:
    return ", ".join(run.title(key) for key in keys) or "nothing"


def _amounts(run: "Run", amounts: Iterable[tuple[str, float]]) -> str:
    return ", ".join(f"{units:g} of {run.title(resource)}" for resource, units in amounts)


_ACTS: tuple[tuple[type, Callable[..., None]], ...] = (
    (Create, _create),
    (Move, _move),
    (Remove, _remove),
    (Reconfigure, _reconfigure),
    (Add, _add),
    (Transfer, _transfer),
    (Consume, _consume),
    (Burn, _burn_alone),
    (Transport, _transport),
    (Eva, _eva),
    (Exploration, _explore),
)
