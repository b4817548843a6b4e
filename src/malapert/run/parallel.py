"""Independent pieces of a stage on all cores: forked processes that share what is already in memory."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_tasks: list[Callable[[Any], Any]] = []


def each(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """function(item) for every item, in order; one after the other where the system has no fork or one core.

    Nothing is sent to the workers but the items: they are forked once `function` and all it holds are in memory.
    """
    todo = list(items)
    workers = min(os.cpu_count() or 1, len(todo))
    if workers < 2 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(function, todo)
        return
    _tasks.append(function)
    try:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
            yield from pool.map(_called, todo)
    finally:
        _tasks.pop()


def _called(item: Any) -> Any:
    return _tasks[-1](item)
