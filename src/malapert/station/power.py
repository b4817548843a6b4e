"""One bus, one store, loads by priority: the smallest network, for whoever has hourly generation and loads.

The Sun's course at the site is known years ahead, so a station does not spend in the evening on its least load what
its vital ones need before the morning. `dispatch` therefore looks ahead: working back from the end it finds what the
store must hold for each priority and everything above it, and then serves a load only if that much is left.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.errors import InputError
from malapert.station.network import Network, Store
from malapert.station.power_flow import flow

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Dispatch:
    """What the bus did; powers are means over a step, `energy_kwh` is what the store holds at the end of the step."""

    served_kw: Array
    """(n, priorities)"""
    energy_kwh: Array
    """(n,), usable energy held"""
    curtailed_kw: Array
    """(n,), generation nobody could use"""
    charge_kw: Array
    """(n,), taken from the bus into the store"""
    discharge_kw: Array
    """(n,), given by the store to the bus"""
    conversion_loss_kwh: Array
    """(n,), lost in the store's charging and discharging"""
    gone_kwh: Array
    """(n,), held by a part of the store that went out of use at the start of the step"""

    def residual_kwh(self, solar_kw: Array, firm_kw: Array, energy0_kwh: float, step_h: float) -> Array:
        """Energy in minus energy out minus what the store gained, step by step (n,); zero but for rounding."""
        before = np.concatenate([[energy0_kwh], self.energy_kwh[:-1]])
        into = (solar_kw + firm_kw) * step_h
        out = (self.served_kw.sum(axis=1) + self.curtailed_kw) * step_h + self.conversion_loss_kwh + self.gone_kwh
        return np.asarray(into - out - (self.energy_kwh - before))


def dispatch(
    solar_kw: ArrayLike,
    firm_kw: ArrayLike,
    load_kw: ArrayLike,
    capacity_kwh: ArrayLike,
    charge_kw: ArrayLike,
    discharge_kw: ArrayLike,
    charge_efficiency: ArrayLike,
    discharge_efficiency: ArrayLike,
    energy0_kwh: float = 0.0,
    step_h: float = 1.0,
    foresight: bool = True,
) -> Dispatch:
    """Serve loads from generation and one store, the first priority first.

    Shapes: `load_kw` (n, priorities), first column served first; everything else (n,) or a scalar. `capacity_kwh` is
    usable capacity: where it grows the new part comes empty, where it falls the part that goes takes its share of the
    energy with it. With `foresight` a priority is served only as far as the store, with the generation to come, still
    carries all higher ones (single-store water-level rule, exact for a known future but for two things: losses of
    capacity to come are not foreseen, and a need larger than the store is cut to the store). Without it every load
    takes what there is. Loads of one priority are served by the same fraction. InputError on shapes that do not
    match, negative or not finite input, or efficiencies outside (0, 1].
    """
    load = np.ascontiguousarray(load_kw, dtype=np.float64)
    if load.ndim != 2:
        raise InputError(f"load_kw must have shape (n, priorities) (got {load.shape}); give one column a priority")
    n = load.shape[0]
    generation = _series("solar_kw", solar_kw, n) + _series("firm_kw", firm_kw, n)
    charge, discharge = _series("charge_kw", charge_kw, n), _series("discharge_kw", discharge_kw, n)
    into = _series("charge_efficiency", charge_efficiency, n)
    out = _series("discharge_efficiency", discharge_efficiency, n)
    capacity = _series("capacity_kwh", capacity_kwh, n)
    store = Store("the store", "bus", capacity, charge, discharge, into, out, energy0_kwh=float(energy0_kwh))
    done = flow(Network(("bus",), generation[:, None], load[:, None, :], (store,), step_h=float(step_h)), foresight)
    return Dispatch(
        done.served_kw[:, 0, :],
        done.energy_kwh[:, 0],
        done.curtailed_kw[:, 0],
        done.charge_kw[:, 0],
        done.discharge_kw[:, 0],
        done.store_loss_kwh[:, 0],
        done.gone_kwh[:, 0],
    )


def _series(name: str, values: ArrayLike, n: int) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.shape not in ((), (n,)):
        raise InputError(f"{name} must be one number or have shape ({n},) like load_kw (got {array.shape})")
    return np.ascontiguousarray(np.broadcast_to(array, (n,)))
