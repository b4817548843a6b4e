"""What a section of the report is made of: figures, tables, facts, words; no data, no layout."""

from dataclasses import dataclass, field
from typing import Any

Spec = dict[str, Any]
"""A Plotly figure as plain JSON: `data` and `layout`."""


@dataclass(frozen=True)
class Figure:
    """A plot; `name` is its place on the page and stays the same from run to run."""

    name: str
    title: str
    spec: Spec
    height_px: int = 340
    note: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell of a table. `unsourced` marks a figure nobody vouches for; `tone` is good, bad, faint or nothing."""

    text: str
    number: bool = False
    unsourced: bool = False
    tone: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a title; `columns` whose cells are numbers are set to the right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns hold numbers."""
        return tuple(any(row[k].number for row in self.rows) for k in range(len(self.columns)))

    @property
    def width_chars(self) -> int:
        """Characters of the longest row: how wide the table wants to be."""
        return max((sum(len(cell.text) for cell in row) for row in self.rows), default=0)

    @property
    def marked(self) -> bool:
        """Whether any figure in it is unsourced."""
        return any(cell.unsourced for row in self.rows for cell in row)


@dataclass(frozen=True)
class Fact:
    """One figure with its name, and what there is to say about it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Facts:
    """A row of figures."""

    items: tuple[Fact, ...]


@dataclass(frozen=True)
class Words:
    """A paragraph; `tone` warning sets it apart."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Fold:
    """Blocks behind a line that opens; open on paper."""

    title: str
    blocks: tuple["Block", ...]


Block = Figure | Table | Facts | Words | Fold


@dataclass(frozen=True)
class Section:
    """One section of the page."""

    name: str
    title: str
    lead: str
    blocks: tuple[Block, ...] = field(default=())

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Its plots, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Figure))


def cell(text: str, tone: str = "") -> Cell:
    """A cell of words."""
    return Cell(text, tone=tone)


def figure_cell(text: str, unsourced: bool = False, tone: str = "") -> Cell:
    """A cell that holds a number."""
    return Cell(text, number=True, unsourced=unsourced, tone=tone)
