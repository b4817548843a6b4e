"""Where the simplex method starts on a long sizing programme: the optimal basis of its shadow, step by step.

The shadow joins every few steps into one at their means. It is a relaxation, and its prices, held through the steps
joined, are feasible for the dual of the whole. So the basis that goes with those prices is a start the dual simplex
method takes as it is, a per cent or so below the optimum. In it every step has one marginal way to meet its load
(surplus thrown away, energy unserved, a store that charges or discharges), and whatever else meets an end in a joined
step (a store full or empty) does so in the last step of it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
# HighsBasisStatus
LOWER, BASIC = 0, 1


@dataclass(frozen=True)
class Basis:
    """Status of columns (1 + 3 stores, k) and rows (1 + 4 stores, k) of k steps.

    Columns: energy unserved, then charge, discharge and energy of each store. Rows: power, then the balance of each
    store and its limits of charge, discharge and energy.
    """

    columns: Indices
    rows: Indices


def spread(shadow: Basis, flows: Array, surplus: Array, at: Indices, last: NDArray[np.bool_]) -> Basis:
    """The shadow's basis for the steps themselves.

    `flows` (1 + 3 stores, k) are the shadow's columns and `surplus` (k,) what it throws away; `at` (m,) says which
    joined step each step is in, and `last` (m,) whether it is the last of it.
    """
    columns, rows, inner = shadow.columns[:, at], shadow.rows[:, at], ~last
    stores = (len(columns) - 1) // 3
    # Ways to meet the load: a column that is free to move, and with it the row of its limit.
    ways = [(None, 0), (0, None)] + [(1 + 3 * s + k, 2 + 4 * s + k) for s in range(stores) for k in range(2)]
    free, amount = np.zeros((len(ways), len(surplus)), dtype=bool), np.zeros((len(ways), len(surplus)))
    for w, (column, row) in enumerate(ways):
        free[w] = (column is None or shadow.columns[column] == BASIC) & (row is None or shadow.rows[row] == BASIC)
        amount[w] = surplus if column is None else flows[column]
    taken = np.where(free.any(axis=0), np.argmax(np.where(free, amount, -np.inf), axis=0), len(ways) - 1)[at]
    for w, (column, row) in enumerate(ways):
        mine, other = inner & (taken == w), inner & (taken != w) & free[w, at]
        for status, index in ((columns, column), (rows, row)):
            if index is not None:
                status[index, mine] = BASIC
        if column is not None:
            columns[column, other] = LOWER
        else:
            rows[0, other] = LOWER
        if column and row is not None:
            rows[row, inner & (columns[column] != BASIC)] = BASIC
    for s in range(stores):
        held = inner & (rows[1 + 4 * s] != BASIC)
        columns[3 + 3 * s, held] = rows[4 + 4 * s, held] = BASIC
    return Basis(columns, rows)
