"""What makes a power network wrong, said with the balance that fails."""

import numpy as np

from malapert.errors import InputError
from malapert.station.network import Array, Network, joined


def check(net: Network) -> None:
    """InputError for anything that cannot be."""
    n = len(net.load_kw)
    if net.load_kw.shape[:2] != net.generation_kw.shape or net.load_kw.shape[1] != len(net.buses):
        raise InputError(
            f"load_kw {net.load_kw.shape} and generation_kw {net.generation_kw.shape} must be (n, buses, priorities)"
            f" and (n, buses) with {len(net.buses)} buses"
        )
    if not 0.0 < net.step_h < np.inf:
        raise InputError(f"step_h must be positive (got {net.step_h})")
    _check_not_negative("generation_kw", net.generation_kw)
    _check_not_negative("load_kw", net.load_kw)
    for store in net.stores:
        for bus in {store.bus} - set(net.buses):
            raise InputError(f"store {store.name} is on no bus: {bus!r} is not one of {', '.join(net.buses)}")
        for key in ("capacity_kwh", "charge_kw", "discharge_kw"):
            _check_series(f"{store.name}: {key}", getattr(store, key), n)
        for key in ("charge_efficiency", "discharge_efficiency"):
            if np.shape(getattr(store, key)) != (n,):
                raise InputError(f"{store.name}: {key} must have one value a step, ({n},)")
            _check_efficiency(f"{store.name}: {key}", np.asarray(getattr(store, key)))
        for key in ("standing_loss_per_h", "fade_per_cycle"):
            if not 0.0 <= getattr(store, key) < 1.0:
                raise InputError(f"{store.name}: {key} must lie in [0, 1) (got {getattr(store, key):g})")
        first = float(store.capacity_kwh[0]) if n else 0.0
        if not 0.0 <= store.energy0_kwh < np.inf:
            raise InputError(f"{store.name}: energy0_kwh must not be negative (got {store.energy0_kwh:g})")
        if n and store.energy0_kwh > first:
            raise InputError(
                f"{store.name}: it starts with {store.energy0_kwh:g} kWh and holds at most {first:g}:"
                f" {store.energy0_kwh - first:g} kWh would be nowhere; energy0_kwh must not be above its size"
            )
        if store.brought_kwh is not None:
            _check_series(f"{store.name}: brought_kwh", store.brought_kwh, n)
            if (store.brought_kwh > store.capacity_kwh * (1.0 + 1e-9)).any():
                raise InputError(f"{store.name}: it brings more than it holds; brought_kwh must not be above its size")
    for starter in net.starters:
        for bus in {starter.bus} - set(net.buses):
            raise InputError(f"source {starter.name} is on no bus: {bus!r} is not one of {', '.join(net.buses)}")
        _check_series(f"{starter.name}: power_kw", starter.power_kw, n)
        for key in ("start_kw", "start_h"):
            if not 0.0 <= getattr(starter, key) < np.inf:
                raise InputError(f"{starter.name}: {key} must not be negative (got {getattr(starter, key):g})")
    for link in net.links:
        for bus in {link.from_bus, link.to_bus} - set(net.buses):
            raise InputError(f"link {link.name} ends on no bus: {bus!r} is not one of {', '.join(net.buses)}")
        if link.from_bus == link.to_bus:
            raise InputError(f"link {link.name} leads from {link.from_bus} to itself; give it two different ends")
        _check_series(f"{link.name}: limit_kw", link.limit_kw, n)
        _check_efficiency(f"{link.name}: efficiency", np.asarray(link.efficiency))
    _check_joined(net)


def _check_joined(net: Network) -> None:
    reached = joined(net.buses[0], net.links) if net.buses else set()
    for bus in net.buses:
        if bus not in reached:
            raise InputError(
                f"no link joins bus {bus} to {net.buses[0]}; run it as a network of its own, or add a link"
            )


def _check_series(name: str, values: Array, n: int) -> None:
    if np.shape(values) != (n,):
        raise InputError(f"{name} must have one value a step, ({n},) (got {np.shape(values)})")
    _check_not_negative(name, values)


def _check_not_negative(name: str, array: Array) -> None:
    if array.size and not (array.min() >= 0.0 and array.max() < np.inf):
        good = np.isfinite(array) & (array >= 0.0)
        raise InputError(f"{name} must be finite and not negative (got {array[~good].flat[0]})")


def _check_efficiency(name: str, values: Array) -> None:
    if values.size and not (values.min() > 0.0 and values.max() <= 1.0):
        worst = float(values.max())
        makes = f": it would make {(worst - 1.0) * 100:g} % of what goes in out of nothing" if worst > 1.0 else ""
        raise InputError(f"{name} must lie in (0, 1] (got {values.min():g} to {worst:g}){makes}")
