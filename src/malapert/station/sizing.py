"""The lightest set of sources and stores that serves a load: a linear programme over the hours, solved by HiGHS.

    minimise    sum_j m_j x_j                                          mass of x_j units of each candidate j
    such that   sum_j a_jt x_j + sum_s (d_st - c_st) + u_t >= load_t    power, surplus thrown away
                e_st = e_s,t-1 + h_t (in_s c_st - d_st / out_s)         energy, the last step before the first
                e_st <= E_s x_s,  c_st <= C_s x_s,  d_st <= D_s x_s,  u_t <= load_t
                sum_t h_t u_t <= f sum_t h_t load_t

Neighbouring steps alike in light and load are one step of their length: by convexity the mean of their flows does as
well, so this loses nothing. With a tolerance, steps in which outputs differ by less than that part of their best count
as alike, at the least of them: a set found so serves the hours as they are. The dual of the power row is what a kWh at
that hour costs in kilograms.

A long programme starts from the optimum of its shadow, every few steps one at their means (`sizing_start`): a
relaxation, so that nothing serves the steps where nothing serves it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numpy.typing import NDArray

from malapert.errors import ConvergenceError, InputError
from malapert.station.sizing_start import Basis, spread

if TYPE_CHECKING:
    import highspy

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Candidate:
    """One kind of unit: a source with its output (n,) for each unit, or a store with its figures for each unit.

    `limit` is how many may be taken; `whole` asks for a whole number of them.
    """

    name: str
    mass_kg: float
    output_kw: Array | None = None
    capacity_kwh: float = 0.0
    charge_kw: float = 0.0
    discharge_kw: float = 0.0
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0
    limit: float = np.inf
    whole: bool = False


@dataclass(frozen=True)
class Sized:
    """The lightest set: units of each candidate, their mass, what goes unserved, and the price of energy (n,), kg/kWh.

    `stored_kwh` (n, stores) is what each store holds at the end of each step.
    """

    units: dict[str, float]
    mass_kg: float
    unserved_fraction: float
    unserved_kwh: float
    price_kg_kwh: Array
    stored_kwh: Array


class InfeasibleError(InputError):
    """Nothing serves the load under these limits."""


def lightest(
    candidates: Sequence[Candidate],
    load_kw: Array,
    unserved: Sequence[float] = (0.0,),
    step_h: float = 1.0,
    most_kg: float = np.inf,
    tolerance: float = 0.0,
) -> list[Sized]:
    """The lightest set for each allowed fraction of energy unserved, in the order given.

    `load_kw` (n,). InfeasibleError when nothing serves it; InputError for input that cannot be; ConvergenceError when
    the solver stops short.
    """
    found = sizes(candidates, load_kw, unserved, step_h, most_kg, tolerance)
    for fraction, sized in zip(unserved, found, strict=True):
        if sized is None:
            raise InfeasibleError(f"nothing serves the load with {fraction:g} of it unserved under these limits")
    return [sized for sized in found if sized is not None]


def sizes(
    candidates: Sequence[Candidate],
    load_kw: Array,
    unserved: Sequence[float] = (0.0,),
    step_h: float = 1.0,
    most_kg: float = np.inf,
    tolerance: float = 0.0,
) -> list[Sized | None]:
    """As `lightest`, with None where nothing serves the load."""
    problem = _problem(candidates, np.asarray(load_kw, dtype=np.float64), step_h, most_kg, tolerance)
    found: list[Sized | None] = []
    for fraction in unserved:
        try:
            found.append(problem.whole(fraction))
        except InfeasibleError:
            found.append(None)
    return found


# So many steps are one in a programme's shadow, which is worth its while from so many steps on.
_JOINED = 12
_LONG = 1000


def _problem(
    candidates: Sequence[Candidate], load_kw: Array, step_h: float, most_kg: float, tolerance: float
) -> "_Problem":
    """The programme of these steps, like ones merged."""
    _check(candidates, load_kw, step_h)
    outputs = [np.asarray(one.output_kw, dtype=np.float64) for one in candidates if one.output_kw is not None]
    first = _changes(load_kw, outputs, tolerance)
    least = [np.minimum.reduceat(output, first) for output in outputs]
    length = np.diff(np.r_[first, len(load_kw)])
    return _Problem(candidates, np.maximum.reduceat(load_kw, first), least, length, step_h, most_kg)


class _Problem:
    """The programme, built once and solved for many allowances: loads and outputs (m,) through `length` steps each."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        load_kw: Array,
        outputs: list[Array],
        length: Indices,
        step_h: float,
        most_kg: float,
    ) -> None:
        self.candidates, self.step_h = tuple(candidates), step_h
        self.sources = [j for j, one in enumerate(candidates) if one.output_kw is not None]
        self.stores = [j for j, one in enumerate(candidates) if one.output_kw is None]
        self.load_kw, self.outputs, self.length = load_kw, outputs, length
        self.hours: Array = np.asarray(length * step_h, dtype=np.float64)
        self.asked_kwh = float(self.load_kw @ self.hours)
        self.coarser = self._joined(most_kg) if len(length) > _LONG else None
        self.solver = self._built(most_kg)

    def _joined(self, most_kg: float) -> "_Problem":
        """Its shadow: every few steps one, at their means."""
        first = np.arange(0, len(self.length), _JOINED)
        length = np.add.reduceat(self.length, first)

        def mean(values: Array) -> Array:
            return np.asarray(np.add.reduceat(values * self.length, first) / length)

        outputs = [mean(output) for output in self.outputs]
        return _Problem(self.candidates, mean(self.load_kw), outputs, length, self.step_h, most_kg)

    def _built(self, most_kg: float) -> "highspy.Highs":
        """HiGHS with the whole programme; columns: units, unserved, then charge, discharge and energy of each store."""
        import highspy

        m, units, stores = len(self.hours), len(self.candidates), len(self.stores)
        steps, infinite = np.arange(m), highspy.kHighsInf
        unserved = units + steps
        entries: list[tuple[Indices, Indices, Array]] = []
        ones = np.ones(m)

        def add(rows: Indices, columns: Indices, values: Array) -> None:
            kept = values != 0.0
            entries.append((rows[kept], columns[kept], values[kept]))

        low, high = [self.load_kw], [np.full(m, infinite)]
        for j, output in zip(self.sources, self.outputs, strict=True):
            add(steps, np.full(m, j), output)
        add(steps, unserved, ones)
        row = m
        for s, j in enumerate(self.stores):
            one = self.candidates[j]
            charge, discharge, energy = (units + m * (1 + 3 * s + k) + steps for k in range(3))
            add(steps, charge, -ones)
            add(steps, discharge, ones)
            add(row + steps, energy, ones)
            add(row + steps, np.roll(energy, 1), -ones)
            add(row + steps, charge, -one.charge_efficiency * self.hours)
            add(row + steps, discharge, self.hours / one.discharge_efficiency)
            low.append(np.zeros(m))
            high.append(np.zeros(m))
            row += m
            for columns, size in ((charge, one.charge_kw), (discharge, one.discharge_kw), (energy, one.capacity_kwh)):
                add(row + steps, columns, ones)
                add(row + steps, np.full(m, j), np.full(m, -size))
                low.append(np.full(m, -infinite))
                high.append(np.zeros(m))
                row += m
        add(np.full(m, row), unserved, self.hours)
        add(np.full(units, row + 1), np.arange(units), np.array([one.mass_kg for one in self.candidates]))
        low.append(np.full(2, -infinite))
        high.append(np.array([0.0, most_kg if np.isfinite(most_kg) else infinite]))

        from scipy.sparse import csc_matrix

        rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
        width = units + m * (1 + 3 * stores)
        matrix = csc_matrix((values, (rows, columns)), shape=(row + 2, width))  # type: ignore[no-untyped-call]
        upper = np.full(width, infinite)
        upper[:units] = [min(one.limit, infinite) for one in self.candidates]
        upper[unserved] = self.load_kw
        cost = np.zeros(width)
        cost[:units] = [one.mass_kg for one in self.candidates]
        programme: Any = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = width, row + 2
        programme.col_cost_, programme.col_lower_, programme.col_upper_ = cost, np.zeros(width), upper
        programme.row_lower_, programme.row_upper_ = np.concatenate(low), np.concatenate(high)
        programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        programme.a_matrix_.start_ = matrix.indptr
        programme.a_matrix_.index_ = matrix.indices
        programme.a_matrix_.value_ = matrix.data
        solver = highspy.Highs()
        solver.silent()
        solver.passModel(programme)
        self.allowance_row, self.infinite = row, infinite
        return solver

    def whole(self, fraction: float) -> Sized:
        """The lightest set, with whole numbers of the candidates that ask for them.

        Mass is convex in the number of one kind, so the best whole number is beside the best number; kinds are settled
        one after the other.
        """
        self.begin(fraction)
        best = self.solved(fraction)
        for j, one in enumerate(self.candidates):
            if not one.whole:
                continue
            found, count = [], best.units[one.name]
            if abs(count - round(count)) < 1e-6:
                self._bound(j, float(round(count)), float(round(count)))
                continue
            for number in {float(np.floor(count + 1e-6)), float(np.ceil(count - 1e-6))}:
                self._bound(j, number, number)
                try:
                    found.append(self.solved(fraction))
                except InfeasibleError:
                    continue
            if not found:
                self._bound(j, 0.0, one.limit)
                raise InfeasibleError(f"no whole number of {one.name} serves the load")
            best = min(found, key=lambda sized: sized.mass_kg)
            settled = float(round(best.units[one.name]))
            self._bound(j, settled, settled)
        for j, one in enumerate(self.candidates):
            self._bound(j, 0.0, one.limit)
        return best

    def _bound(self, j: int, low: float, high: float) -> None:
        self.solver.changeColBounds(j, float(low), float(min(high, self.infinite)))

    def begin(self, fraction: float) -> None:
        """Forget the last optimum, which is far from another allowance's; a long programme starts from its shadow's."""
        self.solver.clearSolver()
        if self.coarser is not None:
            self._start_from(self.coarser, fraction)

    def _start_from(self, coarser: "_Problem", fraction: float) -> None:
        """Begin at the shadow's optimum; InfeasibleError when nothing serves even that."""
        import highspy

        coarser.begin(fraction)
        coarser.optimum(fraction)
        m, k, units = len(self.hours), len(coarser.hours), len(self.candidates)
        found, solution = coarser.solver.getBasis(), coarser.solver.getSolution()
        at = np.arange(m) // _JOINED
        columns = np.array([int(status) for status in found.col_status])
        rows = np.array([int(status) for status in found.row_status])
        steps = spread(
            Basis(columns[units:].reshape(-1, k), rows[:-2].reshape(-1, k)),
            np.asarray(solution.col_value)[units:].reshape(-1, k),
            np.asarray(solution.row_value)[:k] - coarser.load_kw,
            at,
            np.diff(at, append=-1) != 0,
        )
        statuses = np.array([highspy.HighsBasisStatus(status) for status in range(5)], dtype=object)
        basis: Any = highspy.HighsBasis()
        basis.valid = basis.alien = True  # alien: HiGHS mends it where it is short of rank
        basis.col_status = statuses[np.r_[columns[:units], steps.columns.ravel()]].tolist()
        basis.row_status = statuses[np.r_[steps.rows.ravel(), rows[-2:]]].tolist()
        self.solver.setBasis(basis)

    def optimum(self, fraction: float) -> None:
        """Let HiGHS find it; InfeasibleError and ConvergenceError when it does not."""
        import highspy

        if not 0.0 <= fraction < 1.0:
            raise InputError(f"the fraction unserved must lie in [0, 1) (got {fraction:g})")
        solver = self.solver
        solver.changeRowBounds(self.allowance_row, -self.infinite, fraction * self.asked_kwh)
        solver.run()
        status = solver.getModelStatus()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            raise InfeasibleError("nothing serves the load under these limits")
        if status != highspy.HighsModelStatus.kOptimal:
            raise ConvergenceError(
                f"HiGHS stopped with {solver.modelStatusToString(status)}; allow some energy unserved"
            )

    def solved(self, fraction: float) -> Sized:
        """The lightest set for one allowance, fractions of units and all."""
        self.optimum(fraction)
        solution = self.solver.getSolution()
        columns, duals = np.asarray(solution.col_value), np.asarray(solution.row_dual)
        m, units = len(self.hours), len(self.candidates)
        counts = {one.name: float(columns[j]) for j, one in enumerate(self.candidates)}
        short_kwh = float(columns[units : units + m] @ self.hours)
        price = np.repeat(duals[:m] / self.hours, self.length)
        held = [columns[units + m * (3 + 3 * s) :][:m] for s in range(len(self.stores))]
        return Sized(
            counts,
            sum(one.mass_kg * counts[one.name] for one in self.candidates),
            short_kwh / self.asked_kwh if self.asked_kwh else 0.0,
            short_kwh,
            price,
            np.array([self._between(energy) for energy in held]).reshape(len(held), int(self.length.sum())).T,
        )

    def _between(self, energy: Array) -> Array:
        """Energy at the end of every step, from that at the end of every run of like steps (n,)."""
        ends = np.cumsum(self.length)
        return np.interp(np.arange(1, ends[-1] + 1), np.r_[0, ends], np.r_[energy[-1], energy])


def clash(
    candidates: Sequence[Candidate],
    loads_kw: Mapping[str, Array],
    unserved: float = 0.0,
    step_h: float = 1.0,
    most_kg: float = np.inf,
    tolerance: float = 0.0,
) -> tuple[list[str], list[str], bool]:
    """The smallest set that clashes when nothing is feasible: loads, limited candidates, and whether the mass limit.

    A deletion filter (Chinneck and Dravnieks 1991, ORSA J. Comput. 3:157): each load or limit is left out in turn, and
    stays out when the rest still clashes; what is left is feasible without any one of it. Loads by name, (n,) each.
    """
    loads, limited = list(loads_kw), [one.name for one in candidates if np.isfinite(one.limit)]
    heavy = bool(np.isfinite(most_kg))

    def clashes(loads: list[str], limited: list[str], heavy: bool) -> bool:
        asked = sum((loads_kw[name] for name in loads), np.zeros(len(next(iter(loads_kw.values())))))
        free = [one if one.name in limited else replace(one, limit=np.inf) for one in candidates]
        try:
            problem = _problem(free, asked, step_h, most_kg if heavy else np.inf, tolerance)
            problem.begin(unserved)
            problem.optimum(unserved)
        except InfeasibleError:
            return True
        return False

    if heavy and clashes(loads, limited, False):
        heavy = False
    for name in list(limited):
        fewer = [other for other in limited if other != name]
        limited = fewer if clashes(loads, fewer, heavy) else limited
    for name in sorted(loads_kw, key=lambda name: float(loads_kw[name].sum())):  # the largest is most worth naming
        fewer = [other for other in loads if other != name]
        loads = fewer if fewer and clashes(fewer, limited, heavy) else loads
    return loads, limited, heavy


def _changes(load_kw: Array, outputs: list[Array], tolerance: float) -> Indices:
    """Indices of the first of every run of steps with one load and outputs within a part of their best."""
    slack = np.array([tolerance * float(output.max(initial=0.0)) for output in outputs])
    series = np.array(outputs).reshape(len(outputs), len(load_kw))
    return np.asarray(_runs(np.ascontiguousarray(load_kw), np.ascontiguousarray(series.T), slack))


@numba.njit(cache=True)
def _runs(load_kw: Array, outputs: Array, slack: Array) -> Indices:
    first, count = np.zeros(len(load_kw), np.int64), 1
    low, high = outputs[0].copy(), outputs[0].copy()
    for i in range(1, len(load_kw)):
        alike = load_kw[i] == load_kw[i - 1]
        for j in range(len(slack)):
            # Darkness is never joined with light: a night's length is what counts.
            lit = (outputs[i, j] > 0.0) == (high[j] > 0.0)
            spread = max(high[j], outputs[i, j]) - min(low[j], outputs[i, j])
            alike = alike and lit and spread <= slack[j]
        if alike:
            for j in range(len(slack)):
                low[j], high[j] = min(low[j], outputs[i, j]), max(high[j], outputs[i, j])
        else:
            first[count] = i
            count += 1
            low[:], high[:] = outputs[i], outputs[i]
    return first[:count]


def _check(candidates: Sequence[Candidate], load_kw: Array, step_h: float) -> None:
    if load_kw.ndim != 1 or not len(load_kw) or not np.isfinite(load_kw).all() or load_kw.min() < 0.0:
        raise InputError("load_kw must be one finite value a step, none negative, and at least one step")
    if not 0.0 < step_h < np.inf:
        raise InputError(f"step_h must be positive (got {step_h})")
    if len({one.name for one in candidates}) < len(candidates):
        raise InputError("two candidates have the same name; give each its own")
    for one in candidates:
        if one.mass_kg <= 0.0 or one.limit < 0.0:
            raise InputError(f"{one.name}: its mass must be positive and its limit not negative")
        if one.output_kw is not None and np.shape(one.output_kw) != load_kw.shape:
            raise InputError(f"{one.name}: output_kw must have one value a step, {load_kw.shape}")
        if not (0.0 < one.charge_efficiency <= 1.0 and 0.0 < one.discharge_efficiency <= 1.0):
            raise InputError(f"{one.name}: efficiencies must lie in (0, 1], or it would make energy out of nothing")
