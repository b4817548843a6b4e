"""The table of radio links on the page of a real run."""

from malapert.report.page import page
from malapert.run import Run


def test_a_link_is_budgeted_and_its_unsourced_figures_are_marked(hostile_run: Run) -> None:
    tables = {b.title: b for section in page(hostile_run).sections for b in section.blocks if hasattr(b, "rows")}
    table = tables["Radio links"]
    (row,) = table.rows
    figures = dict(zip(table.columns, row, strict=True))
    assert figures["Band"].text == "X"
    eirp, loss, merit = (float(figures[head].text) for head in ("EIRP, dBW", "Path loss, dB", "G/T, dB/K"))
    # C/N0 = EIRP - loss - 2 + G/T + 228.6; less 100 Mbit/s (80 dB Hz) and 1 dB: what the table must leave.
    margin = eirp - loss - 2.0 + merit + 228.6 - 80.0 - 1.0
    assert figures["Rate, Mbit/s"].text == "100"
    assert abs(float(figures["Margin, dB"].text) - margin) < 0.25
    # The dish's noise temperature is nobody's.
    assert figures["Margin, dB"].unsourced
