"""Independent work on one process, on all cores, or on a Dask cluster: the same items, the same results, any order.

The work (a callable and all it holds) reaches each worker once; only items and results travel after that.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any

from malapert.errors import MalapertError

Work = Callable[[Any], Any]
Made = Iterator[tuple[Any, Any]]
"""(item, result) as they come."""

# Items on their way for each worker: one in hand, one waiting.
AHEAD = 2
# Pools of processes started anew after a worker was killed before it is called a failure.
RESTARTS = 5
LOCAL = "local"
# Of a local cluster: a worker that would hold more is started anew and its work given out again.
MEMORY_PER_WORKER = "2GiB"

_held: list[Work] = []


def made(work: Work, items: Iterable[Any], scheduler: str = "", workers: int | None = None) -> Made:
    """work(item) for every item, as they come: `scheduler` is an address, `local` for a local cluster, or empty for
    the cores of this machine (`workers`, all when absent; 1 is this process)."""
    if scheduler:
        from malapert.run.cluster import on_cluster

        yield from on_cluster(work, items, scheduler, workers)
        return
    count = workers or os.cpu_count() or 1
    todo = list(items)
    if min(count, len(todo)) < 2:
        yield from ((item, work(item)) for item in todo)
        return
    yield from _on_cores(work, todo, min(count, len(todo)))


def reach(scheduler: str) -> None:
    """InputError when nobody answers at the address of a scheduler, or it has no workers."""
    if scheduler:
        from malapert.run import cluster

        cluster.reach(scheduler)


def _on_cores(work: Work, todo: list[Any], workers: int) -> Made:
    """A killed worker takes its pool along; what it had not finished goes to a new one."""
    left = dict(enumerate(todo))
    for _ in range(RESTARTS + 1):
        try:
            for key, result in _pooled(work, left, workers):
                item = left.pop(key)
                yield item, result
            return
        except BrokenProcessPool:
            continue
    raise MalapertError(
        f"worker processes were killed {RESTARTS + 1} times over (is there enough memory?); what was finished is kept"
    )


def _pooled(work: Work, left: dict[int, Any], workers: int) -> Iterator[tuple[int, Any]]:
    forks = "fork" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if forks else "spawn")
    waiting = iter(list(left.items()))
    with ProcessPoolExecutor(workers, context, initializer=_hold, initargs=(work, os.getpid())) as pool:
        flying: dict[Future[Any], int] = {}
        while True:
            for key, item in islice(waiting, AHEAD * workers - len(flying)):
                flying[pool.submit(_called, item)] = key
            if not flying:
                return
            for done in wait(flying, return_when=FIRST_COMPLETED).done:
                yield flying.pop(done), done.result()


def _hold(work: Work, parent: int) -> None:
    _held[:] = [work]
    threading.Thread(target=_outlive, args=(parent,), daemon=True).start()


def _outlive(parent: int) -> None:
    """End with the process that asked: one that was killed cannot say so, and its workers would wait for ever."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _called(item: Any) -> Any:
    return _held[0](item)
