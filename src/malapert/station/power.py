"""One bus, one store, loads by priority: hour-by-hour dispatch, shared by operations and by the histories of risk.

The Sun's course at the site is known years ahead, so a station does not spend in the evening on its least load what
its vital ones need before the morning. `dispatch` therefore looks ahead: working back from the end it finds what the
store must hold for each priority and everything above it, and then serves a load only if that much is left.
"""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from malapert.errors import InputError

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
    _check_not_negative("load_kw", load)
    generation = _series("solar_kw", solar_kw, n) + _series("firm_kw", firm_kw, n)
    capacity = _series("capacity_kwh", capacity_kwh, n)
    charge, discharge = _series("charge_kw", charge_kw, n), _series("discharge_kw", discharge_kw, n)
    charge_eff = _efficiency("charge_efficiency", charge_efficiency, n)
    discharge_eff = _efficiency("discharge_efficiency", discharge_efficiency, n)
    if not 0.0 <= energy0_kwh < np.inf or not 0.0 < step_h < np.inf:
        raise InputError(f"energy0_kwh must not be negative and step_h must be positive (got {energy0_kwh}, {step_h})")
    if n and energy0_kwh > capacity[0]:
        raise InputError(f"energy0_kwh {energy0_kwh:g} is more than the store holds ({capacity[0]:g} kWh)")
    return Dispatch(
        *_dispatch(
            generation,
            load,
            capacity,
            charge,
            discharge,
            charge_eff,
            discharge_eff,
            float(energy0_kwh),
            float(step_h),
            bool(foresight),
        )
    )


def _series(name: str, values: ArrayLike, n: int) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.shape not in ((), (n,)):
        raise InputError(f"{name} must be one number or have shape ({n},) like load_kw (got {array.shape})")
    _check_not_negative(name, array)
    return np.ascontiguousarray(np.broadcast_to(array, (n,)))


def _efficiency(name: str, values: ArrayLike, n: int) -> Array:
    array = _series(name, values, n)
    if n and not (array.min() > 0.0 and array.max() <= 1.0):
        raise InputError(f"{name} must lie in (0, 1] (got {array.min():g} to {array.max():g})")
    return array


def _check_not_negative(name: str, array: Array) -> None:
    good = np.isfinite(array) & (array >= 0.0)
    if not good.all():
        raise InputError(f"{name} must be finite and not negative (got {array[~good].flat[0]})")


@numba.njit(cache=True)
def _dispatch(
    generation_kw: Array,
    load_kw: Array,
    capacity_kwh: Array,
    charge_limit_kw: Array,
    discharge_limit_kw: Array,
    charge_efficiency: Array,
    discharge_efficiency: Array,
    energy0_kwh: float,
    step_h: float,
    foresight: bool,
) -> tuple[Array, Array, Array, Array, Array, Array, Array]:
    n, priorities = load_kw.shape
    served = np.zeros((n, priorities))
    energy, curtailed, charge, discharge = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    loss, gone = np.zeros(n), np.zeros(n)

    # floor[i, q]: what must be left after step i before priority q may draw; priority 0 may take everything.
    floor = np.zeros((n, priorities))
    if foresight:
        need = np.zeros(priorities)
        for i in range(n - 1, -1, -1):
            wanted = 0.0
            for q in range(priorities - 1):
                floor[i, q + 1] = need[q]
                wanted += load_kw[i, q]
                net = generation_kw[i] - wanted
                if net < 0.0:
                    change = min(-net, discharge_limit_kw[i]) * step_h / discharge_efficiency[i]
                else:
                    change = -min(net, charge_limit_kw[i]) * step_h * charge_efficiency[i]
                need[q] = min(max(need[q] + change, 0.0), capacity_kwh[i])

    held = energy0_kwh
    capacity_before = capacity_kwh[0] if n else 0.0
    for i in range(n):
        if capacity_kwh[i] < capacity_before:
            kept = held * (capacity_kwh[i] / capacity_before)
            gone[i] = held - kept
            held = kept
        capacity_before = capacity_kwh[i]
        room_kw = min(charge_limit_kw[i], max(capacity_kwh[i] - held, 0.0) / (charge_efficiency[i] * step_h))
        total = 0.0
        for q in range(priorities):
            spare = held - floor[i, q]
            if spare >= 0.0:
                most = generation_kw[i] + min(discharge_limit_kw[i], spare * discharge_efficiency[i] / step_h)
            else:
                most = generation_kw[i] - min(room_kw, -spare / (charge_efficiency[i] * step_h))
            given = min(load_kw[i, q], max(most - total, 0.0))
            served[i, q] = given
            total += given
        if total > generation_kw[i]:
            discharge[i] = total - generation_kw[i]
            taken = min(discharge[i] * step_h / discharge_efficiency[i], held)
            loss[i] = max(taken - discharge[i] * step_h, 0.0)
            held -= taken
        else:
            surplus = generation_kw[i] - total
            charge[i] = min(surplus, room_kw)
            curtailed[i] = surplus - charge[i]
            gained = charge[i] * step_h * charge_efficiency[i]
            loss[i] = max(charge[i] * step_h - gained, 0.0)
            held = min(held + gained, capacity_kwh[i])
        energy[i] = held
    return served, energy, curtailed, charge, discharge, loss, gone
