"""Sweeps held against each other: points matched by place, figures by how far they move, what cannot be compared."""

import json
from itertools import product

import pytest

from malapert.errors import InputError
from malapert.report import sweeps
from malapert.run.compare import compared, is_sweep, read
from malapert.run.parts import Parts

SIZE = "battery.pack.capacity_kwh"


def swept(folder, over, found):
    """A set as `malapert sweep` leaves it: `found` gives the figures of a point."""
    parts = Parts(folder / "points", 4, {"programme": "small", "over": over, "study": "0"})
    parts.open(resume=False)
    rows = [dict(zip(over, values, strict=True)) for values in product(*over.values())]
    rows = [row | {"closes": True, "missed": "", "error": ""} | found(**row) for row in rows]
    for first, last in parts.spans(len(rows)):
        columns = {key: [row[key] for row in rows[first:last]] for key in rows[0]}
        number = lambda key: key == SIZE  # noqa: E731
        parts.write((first, last), {k: [float(x) for x in v] if number(k) else v for k, v in columns.items()})
    return str(folder)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    place = tmp_path_factory.mktemp("sweeps")
    over = {SIZE: ["100.0", "200.0", "300.0"], "station": ["ridge", "rim"]}

    def found(scale):
        def at(**row):
            size, rim = float(row[SIZE]), row["station"] == "rim"
            short = max(250.0 * scale - size, 0.0) + 50.0 * rim
            return {"closes": short == 0.0, "missed": "night" if short else "", "unserved_kwh": short, "mass_kg": 7.0}

        return at

    return swept(place / "one", over, found(1.0)), swept(place / "other", over, found(1.4))


def test_points_are_matched_and_figures_that_move_are_told(two):
    assert all(map(is_sweep, two))
    found = compared(*(read(path) for path in two))
    assert found["axes"] == [SIZE, "station"] and len(found["points"]) == 6
    (row,) = found["figures"]
    assert row["figure"] == "unserved_kwh" and row["points"] == 6
    # 250 against 350 kWh wanted: 100 short more at 100 and 200, 50 at 300
    assert (row["least_change"], row["most_change"]) == (50.0, 100.0)
    assert row["mean_change"] == pytest.approx((100 + 100 + 50) / 3)
    turned = [p["at"] for p in found["points"] if p["one"]["closes"] != p["other"]["closes"]]
    assert turned == [{SIZE: 300.0, "station": "ridge"}]
    json.dumps(found, allow_nan=False)


def test_points_of_one_sweep_are_compared_over_the_axes_that_are_left(two):
    found = compared(read(f"{two[0]}@station=ridge"), read(f"{two[0]}@station=rim"))
    assert found["axes"] == [SIZE] and {row["mean_change"] for row in found["figures"]} == {50.0}
    single = compared(read(f"{two[0]}@{SIZE}=100,station=rim"), read(f"{two[0]}@{SIZE}=3e2,station=ridge"))
    assert single["axes"] == [] and single["figures"][0]["mean_change"] == -200.0


@pytest.mark.parametrize(
    ("second", "says"),
    [
        ("nowhere", "is no folder of a sweep"),
        ("{0}@statoin=rim", r"was not swept.*did you mean 'station'"),
        ("{0}@station=pole", "it has ridge, rim"),
        ("{0}@station=rim", "only one of the two was swept over it.*@station=VALUE"),
    ],
)
def test_what_cannot_be_compared_is_said(two, second, says):
    with pytest.raises(InputError, match=says):
        compared(read(two[0]), read(second.format(*two)))


def test_an_unfinished_sweep_and_one_without_common_points_are_refused(two, tmp_path):
    other = swept(tmp_path / "far", {SIZE: ["7.0"], "station": ["ridge"]}, lambda **row: {"unserved_kwh": 0.0})
    with pytest.raises(InputError, match="no point in common"):
        compared(read(two[0]), read(other))
    (tmp_path / "far" / "points" / "part-000000000.parquet").unlink()
    with pytest.raises(InputError, match=r"not finished.*--resume"):
        read(other)


def test_the_page_and_the_tables_say_it(two, tmp_path, capsys):
    found = compared(*(read(path) for path in two))
    page = sweeps.write(found, tmp_path / "page.html").read_text()
    assert "plot-swept-0" in page and "Where one closes and the other does not" in page
    sweeps.print_compared(found)
    out = capsys.readouterr().out
    assert "6 points in common; the first closes at 1, the second at 0" in out and "unserved" in out
