"""Hours of every experiment in every block by CP-SAT: within what there is, rights first, then by priority.

First every partner is held to its share of each common resource, and the least fulfilment of what partners are entitled
to is raised as far as it goes, then the hours in all; a share nobody uses is then free for everybody, by the same two
questions against what each could have alone. Each question is asked of one priority after the other, and its answer is
kept by those that follow. One worker, one seed and a bound on work rather than on seconds: the same answer every time.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from ortools.sat.python import cp_model

from malapert.errors import ConvergenceError
from malapert.station.by_rank import alone, by_rank, entitled
from malapert.station.window import TENTHS, Hours, Whole, Window, score

# Bound on each question, in CP-SAT's deterministic unit (about a second), and the gap at which an answer will do.
WORK: Final = 1.0
GOOD: Final = 1e-4

Variable = cp_model.IntVar | int
Term = cp_model.LinearExpr | int


def allotted(window: Window, told: Callable[[], None] = lambda: None) -> tuple[Hours, Whole]:
    """Steps for all experiments of a window, and what each is entitled to (K,; zeros without rights)."""
    rights = np.zeros(len(window.names), dtype=np.int64) if window.shares is None else entitled(window)
    could = alone(window)
    if not could.any():
        none = np.zeros_like(window.lit)
        return Hours(none, none, none, "optimal"), rights
    first, gap = None, 0.0
    if rights.any():
        first = _answered(window, True, by_rank(window, True), rights, None)
        told()
        gap = first.gap
    guess = by_rank(window, False, first)
    found = _answered(window, False, guess, could, None if first is None else first.total)
    told()
    status = "optimal" if found.status == "optimal" and (first is None or first.status == "optimal") else "feasible"
    return Hours(found.lit, found.dark, found.tenths, status, max(gap, found.gap)), rights


def _answered(window: Window, within_rights: bool, guess: Hours, against: Whole, at_least: Whole | None) -> Hours:
    """The lexicographic best; the guess itself where it reaches bounds that nothing can pass."""
    if (guess.total >= _most(window, within_rights)).all():
        return Hours(guess.lit, guess.dark, guess.tenths, "optimal")
    model = _Model(window, within_rights, guess)
    if at_least is not None:
        for k, steps in enumerate(at_least):
            model.cp.add(model.total[k] >= int(steps))
    for level in window.levels:
        least = model.cp.new_int_var(0, 1000, f"least {level}")
        behind = [k for k in range(len(window.names)) if window.priority[k] == level and against[k] > 0]
        for k in behind:
            model.cp.add(1000 * model.total[k] >= int(against[k]) * least)
        if behind:
            model.ask(least, dict(zip(window.levels, score(window, model.best.total, against), strict=True))[level][0])
        mine = [model.total[k] for k in range(len(window.names)) if window.priority[k] == level]
        model.ask(cp_model.LinearExpr.sum(mine), 0)
    return model.best


def _most(window: Window, within_rights: bool) -> Whole:
    """Steps nothing can pass: those possible and wanted; while rights hold, a partner without one has only those that
    take nothing common."""
    if not within_rights or window.shares is None:
        return window.most
    shares = window.shares
    takes = (window.draw_wh > 0) | (window.data_mb > 0) | (window.samples_g > 0)
    takes[window.attended] = True
    without = np.array([shares.get(p, 0.0) == 0.0 for p in window.partners]) & takes
    return np.where(without, 0, window.most)


class _Model:
    """The constraint program of a window."""

    def __init__(self, window: Window, within_rights: bool, guess: Hours) -> None:
        self.window, self.best = window, guess
        self.cp, self.gap, self.proved = cp_model.CpModel(), 0.0, True
        K, B = window.lit.shape
        self.lit = [[self._steps(window.lit[k, b], f"lit {k} {b}") for b in range(B)] for k in range(K)]
        self.dark = [[self._steps(window.dark[k, b], f"dark {k} {b}") for b in range(B)] for k in range(K)]
        self.tenths = {k: [self._tenths(k, b) for b in range(B)] for k in window.attended}
        self.both = [[self.lit[k][b] + self.dark[k][b] for b in range(B)] for k in range(K)]
        self.total = [self.cp.new_int_var(0, int(window.most[k]), f"total {k}") for k in range(K)]
        for k in range(K):
            self.cp.add(cp_model.LinearExpr.sum(self.both[k]) == self.total[k])
        self._energy()
        self._link()
        self._hands()
        self._samples()
        if within_rights and window.shares is not None:
            self._rights()

    def _steps(self, most: int, name: str) -> Variable:
        return self.cp.new_int_var(0, int(most), name) if most > 0 else 0

    def _tenths(self, k: int, b: int) -> Variable:
        return self._steps(TENTHS * int(np.count_nonzero(self.window.day_steps[k, b])), f"tenths {k} {b}")

    def _sum(self, sizes: Whole, terms: Sequence[Term]) -> Term:
        kept = [(int(s), t) for s, t in zip(sizes, terms, strict=True) if s > 0 and not isinstance(t, int)]
        return cp_model.LinearExpr.weighted_sum([t for _, t in kept], [s for s, _ in kept]) if kept else 0

    def _hold(self, total: Term, most: int) -> None:
        if not isinstance(total, int):
            self.cp.add(total <= most)

    def _energy(self) -> None:
        """Each block's surplus and what its stores can spare, and the surplus that refills them over the window."""
        window = self.window
        for level in window.levels:
            draw = np.where(window.priority >= level, window.draw_wh, 0)
            for b in range(window.blocks):
                for given, there_wh in ((self.lit, window.surplus_wh), (self.dark, window.spare_wh)):
                    self._hold(self._sum(draw, [row[b] for row in given]), int(there_wh[level - 1, b]))
            refill = np.where(window.priority >= level, window.store_wh, 0)
            sizes = np.concatenate([np.repeat(draw, window.blocks), np.repeat(refill, window.blocks)])
            terms = [v for given in (self.lit, self.dark) for row in given for v in row]
            self._hold(self._sum(sizes, terms), int(window.surplus_wh[level - 1].sum()))

    def _link(self) -> None:
        """What waits: more by what is made, less by what the link carries, never more than may wait."""
        window, before = self.window, self.window.waiting_mb
        top = window.waiting_mb + int(window.data_mb @ window.most)
        left: Term = before
        for b in range(window.blocks):
            made = self._sum(window.data_mb, [row[b] for row in self.both])
            most = max(int(window.most_waiting_mb[b]), max(before - int(window.link_mb[: b + 1].sum()), 0))
            held = self.cp.new_int_var(0, min(max(most, 0), top), f"waiting {b}")
            self.cp.add(held >= left + made - int(window.link_mb[b]))
            left = held

    def _hands(self) -> None:
        """Days with hands: their time is there, and the best days of a block hold the steps given in it."""
        window = self.window
        for hand in window.hands:
            chosen = [k for k in self.tenths if hand.seconds[k] > 0]
            for b in range(window.blocks):
                self._hold(self._sum(hand.seconds[chosen], [self.tenths[k][b] for k in chosen]), int(hand.free[b]))
        for k, tenths in self.tenths.items():
            for b, count in enumerate(tenths):
                if isinstance(self.both[k][b], int):
                    continue
                reach = np.concatenate([[0], np.cumsum(window.day_steps[k, b])])
                # The steps of the best d days are concave in d: each chord bounds them, and together they are exact.
                for d, gain in enumerate(np.diff(reach)):
                    if d == 0 or gain != reach[d] - reach[d - 1]:
                        most = TENTHS * (int(reach[d]) - int(gain) * d) + int(gain) * count
                        self.cp.add(TENTHS * self.both[k][b] <= most)

    def _samples(self) -> None:
        for room in self.window.rooms:
            terms = [cp_model.LinearExpr.sum(row[room.first : room.end]) for row in self.both]
            self._hold(self._sum(self.window.samples_g, terms), room.grams)

    def _rights(self) -> None:
        """Each partner inside its share of every common resource."""
        window = self.window
        for partner, right in window.rights.items():
            mine = [k for k, name in enumerate(window.partners) if name == partner]
            lit = [cp_model.LinearExpr.sum(self.lit[k]) for k in mine]
            dark = [cp_model.LinearExpr.sum(self.dark[k]) for k in mine]
            both = [self.total[k] for k in mine]
            sizes = np.concatenate([window.draw_wh[mine], window.store_wh[mine]])
            self._hold(self._sum(sizes, [*lit, *dark]), right["power"])
            self._hold(self._sum(window.data_mb[mine], both), right["data"])
            self._hold(self._sum(window.samples_g[mine], both), right["samples"])
            for hand in window.hands:
                tended = [k for k in mine if k in self.tenths]
                terms = [cp_model.LinearExpr.sum(self.tenths[k]) for k in tended]
                self._hold(self._sum(hand.seconds[tended], terms), right[hand.kind])

    def ask(self, goal: Term, known: int) -> None:
        """Make a goal as large as it can be, starting from the best so far, and keep it so."""
        self._hint()
        self.cp.maximize(goal)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.max_deterministic_time = WORK
        solver.parameters.relative_gap_limit = GOOD
        status = solver.solve(self.cp)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise ConvergenceError(f"hours of experiments: CP-SAT says {solver.status_name(status)}")
        value, bound = round(solver.objective_value), solver.best_objective_bound
        self.gap = max(self.gap, (bound - value) / max(1.0, abs(value)))
        self.proved &= status == cp_model.OPTIMAL
        self.best = self._read(solver)
        self.cp.clear_objective()  # type: ignore[no-untyped-call]
        self.cp.add(goal >= value)

    def _hint(self) -> None:
        self.cp.clear_hints()  # type: ignore[no-untyped-call]
        for rows, values in ((self.lit, self.best.lit), (self.dark, self.best.dark)):
            for row, steps in zip(rows, values, strict=True):
                for variable, value in zip(row, steps, strict=True):
                    if not isinstance(variable, int):
                        self.cp.add_hint(variable, int(value))
        for k, row in self.tenths.items():
            for variable, value in zip(row, self.best.tenths[k], strict=True):
                if not isinstance(variable, int):
                    self.cp.add_hint(variable, int(value))

    def _read(self, solver: cp_model.CpSolver) -> Hours:
        def values(rows: list[list[Variable]]) -> Whole:
            found = [[0 if isinstance(v, int) else solver.value(v) for v in row] for row in rows]
            return np.array(found, dtype=np.int64).reshape(self.window.lit.shape)

        days = np.zeros_like(self.window.lit)
        for k, row in self.tenths.items():
            days[k] = [0 if isinstance(v, int) else solver.value(v) for v in row]
        return Hours(
            values(self.lit), values(self.dark), days, "optimal" if self.proved else "feasible", max(self.gap, 0.0)
        )
