"""How the kernels of an arc are compiled, and how their caches know when they are stale."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import numba
from numba.core.ccallback import CFunc

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

_HERE: Final = Path(__file__).parent
# Every file whose kernels are compiled into another file's.
SOURCES: Final = (
    *(
        _HERE / f"{name}.py"
        for name in ("acting", "atmosphere", "bodies", "compiled", "dop853", "dynamics", "event_values")
    ),
    *(_HERE / f"{name}.py" for name in ("entry_motion", "gravity", "lanes", "launch_motion", "layout", "multistep")),
    _HERE.parent / "sky" / "libration.py",
)


def inner_kernel(function: Kernel) -> Kernel:
    """Compile a kernel that only other kernels call: without wrappers and a cache file of its own, which is faster."""
    options = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
    kernel: Kernel = numba.njit(**options)(function)  # type: ignore[call-overload]
    return kernel


def arc_kernel(function: Kernel) -> Kernel:
    """Compile and cache a kernel that flies a whole arc, without the interpreter's lock and without allocations."""
    options = {"cache": True, "error_model": "numpy", "nogil": True, "no_cfunc_wrapper": True, "_nrt": False}
    kernel: Kernel = numba.njit(**options)(function)  # type: ignore[call-overload]
    stamp(kernel)
    return kernel


def called_by_arcs(function: Callable[..., Any], signature: Any) -> Any:
    """Compile and cache a function that arc kernels are given to call: a pointer, so that it is compiled only once,
    whichever kernels call it."""
    kernel = CFunc(
        function, (signature.args, signature.return_type), locals={}, options={"error_model": "numpy", "_nrt": False}
    )
    kernel.enable_caching()
    stamp(kernel)
    kernel.compile()
    return kernel


def stamp(kernel: Any) -> None:
    """Tie a cached kernel to all its sources: numba looks only at the kernel's own file, and would go on using what an
    edit of the others made stale."""
    index = getattr(getattr(kernel, "_cache", None), "_cache_file", None)  # none where nothing can be cached
    if index is not None:
        index._source_stamp = sources_stamp()


def sources_stamp() -> tuple[tuple[float, int], ...]:
    """Time of change and size of every one of SOURCES."""
    files = [file.stat() for file in SOURCES]
    return tuple((file.st_mtime, file.st_size) for file in files)
