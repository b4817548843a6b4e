"""Hours given in order of rank: the quick answer, the solver's first guess, and what a partner would get alone."""

import numba
import numpy as np

from malapert.station.window import TENTHS, Hours, Whole, Window, reach, taken

_SWEEPS = 3


def by_rank(window: Window, within_rights: bool, first: Hours | None = None) -> Hours:
    """Each experiment in turn (the first priority first) takes what all limits leave it, evenly over the blocks.

    `within_rights` keeps every partner inside its share; `first` is what was given before and stays.
    """
    given = _Given(window, within_rights, first)
    order = sorted(range(len(window.names)), key=lambda k: (int(window.priority[k]), k))
    for k in order:
        given.give(k)
    return Hours(given.lit, given.dark, given.tenths)


def entitled(window: Window) -> Whole:
    """Steps each experiment gets in order of rank when its partner is alone with its share (K,)."""
    found = np.zeros(len(window.names), dtype=np.int64)
    for partner in dict.fromkeys(window.partners):
        chosen = [k for k, name in enumerate(window.partners) if name == partner]
        found[chosen] = by_rank(window.only(chosen), True).total
    return found


def alone(window: Window) -> Whole:
    """Steps each experiment gets with the station to itself (K,)."""
    return np.array([int(by_rank(window.only([k]), False).total[0]) for k in range(len(window.names))], dtype=np.int64)


def more(window: Window, first: Hours, k: int) -> int:
    """Steps one experiment could still have beside all that was given."""
    given = _Given(window, False, first)
    given.give(k)
    return int((given.lit[k] + given.dark[k]).sum() - first.total[k])


class _Given:
    """What has been given so far, and what every limit still leaves."""

    def __init__(self, window: Window, within_rights: bool, first: Hours | None) -> None:
        self.window, self.within = window, within_rights and window.shares is not None
        shape = window.lit.shape
        self.lit = np.zeros(shape, dtype=np.int64) if first is None else first.lit.copy()
        self.dark = np.zeros(shape, dtype=np.int64) if first is None else first.dark.copy()
        self.tenths = np.zeros(shape, dtype=np.int64) if first is None else first.tenths.copy()
        self.rights = window.rights if self.within else {}

    def give(self, k: int) -> None:
        """All one experiment can have: first its even pace in each block, then whatever is left."""
        window = self.window
        possible = (window.lit[k] + window.dark[k]).astype(float)
        for _ in range(_SWEEPS):
            left = int(window.wanted[k] - self.lit[k].sum() - self.dark[k].sum())
            free = possible - self.lit[k] - self.dark[k]
            if left <= 0 or free.sum() <= 0.0:
                return
            pace = np.diff(np.floor(np.cumsum(free) * min(left / free.sum(), 1.0) + 1e-9), prepend=0.0)
            got = sum(self._add(k, b, int(pace[b])) for b in range(window.blocks) if pace[b] > 0)
            if got == 0:
                break
        for b in range(window.blocks):
            left = int(window.wanted[k] - self.lit[k].sum() - self.dark[k].sum())
            if left > 0:
                self._add(k, b, left)

    def _add(self, k: int, b: int, steps: int) -> int:
        """Up to so many steps more in one block, lit ones first; how many it became."""
        window, held = self.window, int(self.lit[k, b] + self.dark[k, b])
        most = min(steps, self._common(k, b))
        if k in window.attended and most > 0:
            tenths, most = self._manned(k, b, held + most)
            most -= held
            if most > 0:
                self.tenths[k, b] = tenths
        lit = max(min(most, int(window.lit[k, b] - self.lit[k, b]), self._energy(k, b, self.lit, window.surplus_wh)), 0)
        rest = min(most - lit, int(window.dark[k, b] - self.dark[k, b]))
        dark = max(min(rest, self._energy(k, b, self.dark, window.spare_wh)), 0)
        if dark > 0 and window.store_wh[k] > 0:
            dark = min(dark, max(self._surplus_left(k) - lit * int(window.draw_wh[k]), 0) // int(window.store_wh[k]))
        self.lit[k, b] += lit
        self.dark[k, b] += dark
        return lit + dark

    def _energy(self, k: int, b: int, given: Whole, there_wh: Whole) -> int:
        """Steps for which a block has energy, for this priority and every one before it that it counts against."""
        window, draw = self.window, int(self.window.draw_wh[k])
        if draw == 0:
            return int(window.wanted[k])
        left = []
        for level in (p for p in window.levels if p <= window.priority[k]):
            after = window.priority >= level
            left.append(int(there_wh[level - 1, b] - (window.draw_wh * given[:, b])[after].sum()))
        return max(min(left) // draw, 0) if left else 0

    def _surplus_left(self, k: int) -> int:
        """Surplus over the window not taken by lit steps or recharging, for this priority and those before."""
        window = self.window
        took = window.draw_wh * self.lit.sum(axis=1) + window.store_wh * self.dark.sum(axis=1)
        levels = [p for p in window.levels if p <= window.priority[k]]
        left = [int(window.surplus_wh[p - 1].sum() - took[window.priority >= p].sum()) for p in levels]
        return min(left) if left else 0

    def _common(self, k: int, b: int) -> int:
        """Steps that the link, flights home, the surplus over the window and the partner's share still leave."""
        window, most = self.window, int(self.window.wanted[k])
        draw, data, grams = int(window.draw_wh[k]), int(window.data_mb[k]), int(window.samples_g[k])
        if draw > 0:
            most = min(most, self._surplus_left(k) // draw)
        if data > 0:
            most = min(most, self._link(b) // data)
        for room in window.rooms if grams > 0 else ():
            if room.first <= b < room.end:
                took = int(window.samples_g @ (self.lit + self.dark)[:, room.first : room.end].sum(axis=1))
                most = min(most, (room.grams - took) // grams)
        if self.within:
            partner = window.partners[k]
            took_all = taken(window, Hours(self.lit, self.dark, self.tenths), partner)
            # A step on the stores takes the most energy: counting it so keeps every mixture inside the share.
            each = {"power": int(window.store_wh[k] if window.dark[k].any() else draw), "data": data, "samples": grams}
            for kind, size in each.items():
                if size > 0:
                    most = min(most, (self.rights[partner][kind] - took_all[kind]) // size)
        return max(most, 0)

    def _link(self, b: int) -> int:
        """Data one block may add without more waiting at any later block's end than may."""
        window = self.window
        made = window.data_mb @ (self.lit + self.dark)
        return int(_may_add(made, window.link_mb, window.most_waiting_mb, window.waiting_mb, b))

    def _manned(self, k: int, b: int, steps: int) -> tuple[int, int]:
        """Tenths of days with hands one block needs for so many steps, and the steps they allow."""
        window, by_day = self.window, self.window.day_steps[k, b]
        total = np.concatenate([[0], np.cumsum(by_day)])
        whole = min(int(np.searchsorted(total, steps, side="right")) - 1, int(np.count_nonzero(by_day)))
        tenths, rest = TENTHS * whole, steps - int(total[whole])
        if rest > 0 and whole < len(by_day) and by_day[whole] > 0:
            tenths += min(-(-TENTHS * rest // int(by_day[whole])), TENTHS)
        for hand in window.hands:
            if hand.seconds[k] > 0:
                own = int(hand.seconds[k] * self.tenths[k, b])
                free = int(hand.free[b]) - int((hand.seconds * self.tenths[:, b]).sum()) + own
                if self.within:
                    partner = window.partners[k]
                    took = taken(window, Hours(self.lit, self.dark, self.tenths), partner)[hand.kind]
                    free = min(free, self.rights[partner][hand.kind] - took + own)
                tenths = min(tenths, max(free, 0) // int(hand.seconds[k]))
        tenths = max(tenths, int(self.tenths[k, b]))
        return tenths, min(steps, reach(by_day, tenths))


@numba.njit(cache=True)
def _may_add(made: Whole, link: Whole, most: Whole, waiting: int, b: int) -> int:
    """What block b may make more: at every later end no more than may wait, less what idle link time takes by then."""
    held, idle, room = waiting, 0, 1 << 60
    for c in range(len(link)):
        balance = held + made[c] - link[c]
        held = max(balance, 0)
        if c >= b:
            idle += max(-balance, 0)
            room = min(room, most[c] - held + idle)
    return max(room, 0)
