"""What all pictures on paper share: matplotlib when it is there, the house's look, and saving."""

from pathlib import Path
from typing import Any

from malapert.errors import InputError
from malapert.report.theme import GRID, INK, MUTED

KINDS = (".png", ".svg", ".pdf")
DOTS_PER_INCH = 160
_LOOK = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": "#b8c0cc",
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "malapert",
}


def must_be_drawable(path: Path) -> None:
    """Refuse, before any work is done, a picture that could not be drawn in the end; raises InputError."""
    if path.suffix.lower() not in KINDS:
        raise InputError(f"{path}: a picture ends in {', '.join(KINDS)}")
    must_be_writable(path)
    _pyplot_free()


def must_be_writable(path: Path) -> None:
    """Refuse a file whose folder is not there; raises InputError."""
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise InputError(f"{path}: is a folder, or its folder does not exist; name a file in a folder that does")


def new_figure(width_in: float, height_in: float) -> Any:
    """An empty figure in the house's look; no window system is asked for."""
    matplotlib = _pyplot_free()
    matplotlib.rcParams.update(_LOOK)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), dpi=DOTS_PER_INCH, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Any, path: Path) -> None:
    """Write the figure in the format its name asks for; the same figure gives the same bytes."""
    dated = {".png": "Software", ".svg": "Date", ".pdf": "CreationDate"}[path.suffix.lower()]
    try:
        figure.savefig(path, metadata={dated: None})
    except OSError as error:
        raise InputError(f"{path}: the picture cannot be written ({error})") from error


def _pyplot_free() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise InputError('pictures need matplotlib; install it with: pip install "malapert[maps]"') from error
    return matplotlib


def wrapped(text: str, width: int) -> str:
    """Text in lines of so many signs at most."""
    import textwrap

    return "\n".join(textwrap.wrap(text, width))
