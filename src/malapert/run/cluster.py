"""Work on a Dask cluster: the work is a worker plugin, so that every worker, also one that joins late, gets it once."""

import asyncio
import hashlib
import pickle
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from malapert.errors import InputError, MalapertError
from malapert.run.executor import AHEAD, LOCAL, MEMORY_PER_WORKER, Made, Work

try:
    import distributed
    from distributed import WorkerPlugin
except ImportError:
    raise InputError(
        'a cluster needs Dask: pip install "malapert[cluster]", or leave --scheduler out to use this machine\'s cores'
    ) from None

CONNECT_S = 5
WORKERS_S = 60
RETRIES = 10

_work: dict[str, Work] = {}


class Held(WorkerPlugin):  # type: ignore[misc]
    """What a worker keeps of the work while the cluster lives."""

    def __init__(self, name: str, packed: bytes) -> None:
        self.name = name
        self.packed = packed

    def setup(self, worker: Any) -> None:
        """Unpack it once."""
        _work[self.name] = pickle.loads(self.packed)

    def teardown(self, worker: Any) -> None:
        """Let it go."""
        _work.pop(self.name, None)


# What a client says of its futures when the scheduler is gone, one at a time or several.
_CANCELLED = (distributed.client.FutureCancelledError, distributed.client.FuturesCancelledError)


def on_cluster(work: Work, items: Iterable[Any], scheduler: str, workers: int | None = None) -> Made:
    """work(item) on the workers of a scheduler; InputError when nobody answers, MalapertError when it goes away."""
    packed = pickle.dumps(work)
    name = f"malapert-{hashlib.sha256(packed).hexdigest()[:16]}"
    with _client(scheduler, workers) as client:
        try:
            client.register_plugin(Held(name, packed))
            yield from _flown(client, name, items)
            client.unregister_worker_plugin(name)
        except (asyncio.CancelledError, OSError, *_CANCELLED):
            raise _gone() from None


def reach(scheduler: str) -> None:
    """InputError when a scheduler, unless it is to be a local one, does not answer or has no workers."""
    if scheduler != LOCAL:
        with _client(scheduler, None):
            pass


def _flown(client: "distributed.Client", name: str, items: Iterable[Any]) -> Made:
    waiting = iter(items)
    flying: dict[Any, Any] = {}
    while True:
        room = AHEAD * max(_threads(client), 1) - len(flying)
        for item in islice(waiting, max(room, 0)):
            flying[client.submit(_called, name, item, pure=False, retries=RETRIES)] = item
        if not flying:
            return
        try:
            done = distributed.wait(list(flying), timeout=2.0, return_when="FIRST_COMPLETED").done
            results = [(future, future.result()) for future in done]
        except (distributed.TimeoutError, TimeoutError):
            results = []
        if client.status != "running":
            raise _gone()
        for future, result in results:
            yield flying.pop(future), result


def _gone() -> MalapertError:
    return MalapertError(
        "the scheduler went away; every finished part is kept: start it again and go on with --resume, or leave "
        "--scheduler out to finish on this machine's cores"
    )


def _threads(client: "distributed.Client") -> int:
    return sum(client.nthreads().values()) if client.status == "running" else 0


def _called(name: str, item: Any) -> Any:
    return _work[name](item)


@contextmanager
def _client(scheduler: str, workers: int | None) -> "Iterator[distributed.Client]":
    if scheduler == LOCAL:
        with (
            distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, memory_limit=MEMORY_PER_WORKER, dashboard_address=":0"
            ) as local,
            distributed.Client(local) as client,
        ):
            yield client
        return
    here = "leave --scheduler out to use this machine's cores (`--scheduler local` for a local cluster)"
    if ":" not in scheduler:
        raise InputError(f"--scheduler {scheduler}: is no address; write tcp://HOST:PORT, or {here}")
    try:
        client = distributed.Client(scheduler, timeout=CONNECT_S)
    except (OSError, TimeoutError, ValueError, ImportError):
        raise InputError(
            f"--scheduler {scheduler}: no scheduler answers there; start one with `dask scheduler`, or {here}"
        ) from None
    try:
        try:
            client.wait_for_workers(1, timeout=WORKERS_S)
        except (TimeoutError, distributed.TimeoutError):
            raise InputError(
                f"--scheduler {scheduler}: it has no workers; start some with `dask worker {scheduler} --nthreads 1`"
            ) from None
        yield client
    finally:
        client.close(timeout=2)


__all__ = ["Held", "on_cluster", "reach"]
