"""Gravity fields in three formats: the same field comes back from each; what is malformed is named by its line."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malapert.data import earth_gravity, moon_gravity
from malapert.data.pack import GravityField
from malapert.errors import CoverageError, InputError
from malapert.flight import propagate
from malapert.flight.forces import Forces, own_fields
from malapert.flight.gravity_files import read_gravity

STATE = [1757.4188733765411, 508.97650133668134, 175.1166028308015, 0.0281653, -0.6173907, 1.5117870]


def shadr(field: GravityField, metres: bool = False, separator: str = ", ") -> str:
    radius, gm = (1e3, 1e9) if metres else (1.0, 1.0)
    head = (field.radius_km * radius, field.gm_km3_s2 * gm, 1e-5, field.degree, field.degree, 1, 0.0, 0.0)
    rows = [(n, m, field.c[n, m], field.s[n, m], 0.0, 0.0) for n, m in pairs(field)]
    return "\n".join(
        separator.join(repr(float(x)) if isinstance(x, float) else str(x) for x in row) for row in (head, *rows)
    )


def cof(field: GravityField) -> str:
    n = f"{field.degree:3d}"
    lines = [
        "COMMENT 1",
        f"POTFIELD{n}{n}  0 {field.gm_km3_s2 * 1e9:.14e} {field.radius_km * 1e3:.14e} 1.00000000000000e+00",
    ]
    lines += [f"RECOEF  {n:3d}{m:3d}   {field.c[n, m]:21.14e}{field.s[n, m]:21.14e}" for n, m in pairs(field)]
    return "\n".join([*lines, "END"]) + "\n"


def gfc(field: GravityField) -> str:
    lines = ["product_type gravity_field", f"modelname {field.name}", f"gravity_constant {field.gm_km3_s2 * 1e9!r}"]
    lines += [
        f"radius {field.radius_km * 1e3!r}",
        f"max_degree {field.degree}",
        "norm fully_normalized",
        "end_of_head ===",
    ]
    lines += [f"gfc {n} {m} {float(field.c[n, m])!r} {float(field.s[n, m])!r} 0.0 0.0" for n, m in pairs(field)]
    return "\n".join(lines)


def pairs(field: GravityField) -> list[tuple[int, int]]:
    return [(n, m) for n in range(2, field.degree + 1) for m in range(n + 1)]


def plain(field: GravityField) -> GravityField:
    c, s = (np.tril(table).astype(float) for table in (field.c, field.s))
    return GravityField(field.name, field.frame, field.gm_km3_s2, field.radius_km, c, s)


@pytest.mark.parametrize(("write", "kind"), [(shadr, "tab"), (cof, "cof"), (gfc, "gfc")])
def test_the_packs_own_field_comes_back(write, kind: str, tmp_path: Path) -> None:
    field = plain(moon_gravity(30))
    path = tmp_path / f"field.{kind}"
    path.write_text(write(field))
    back = read_gravity(path, "moon")
    assert (back.frame, back.degree) == ("MOON_PA", 30)
    assert back.gm_km3_s2 == pytest.approx(field.gm_km3_s2, rel=1e-14)
    assert np.allclose(back.c[2:], field.c[2:], rtol=1e-13, atol=0.0)
    assert np.allclose(back.s[2:], field.s[2:], rtol=1e-13, atol=0.0)
    flown = [
        propagate(STATE, 8.52e8, 7200.0, forces).end_state
        for forces in (Forces(20), Forces(20, fields=own_fields(moon=back)))
    ]
    assert np.linalg.norm(flown[0][:3] - flown[1][:3]) < 1e-7


@settings(max_examples=25, deadline=None)
@given(
    degree=st.integers(2, 9), seed=st.integers(0, 2**32 - 1), metres=st.booleans(),
    separator=st.sampled_from([", ", " ", ",", "   "]), scale=st.floats(1e-9, 1e-3),
)  # fmt: skip
def test_any_field_comes_back_from_all_three(
    degree: int, seed: int, metres: bool, separator: str, scale: float, tmp_path_factory
) -> None:
    random = np.random.default_rng(seed)
    c, s = (np.tril(random.normal(0.0, scale, (degree + 1, degree + 1))) for _ in range(2))
    s[:, 0] = 0.0
    field = GravityField("any", "MARS", 42828.37, 3396.0, c, s)
    folder = tmp_path_factory.getbasetemp()
    for name, text in (("a.sha", shadr(field, metres, separator)), ("a.cof", cof(field)), ("a.gfc", gfc(field))):
        (folder / name).write_text(text)
        for top in (degree, 2):
            back = read_gravity(folder / name, "mars", top)
            assert back.gm_km3_s2 == pytest.approx(42828.37, rel=1e-14) and back.radius_km == pytest.approx(3396.0)
            assert np.allclose(back.c[2:], c[2 : top + 1, : top + 1], rtol=1e-13, atol=0.0)
            assert np.allclose(back.s[2:], s[2 : top + 1, : top + 1], rtol=1e-13, atol=0.0)
            assert back.c[0, 0] == 1.0 and not back.c[1].any()


def test_unnormalised_coefficients_are_normalised(tmp_path: Path) -> None:
    """EGM96's J2 and C22, unnormalised: J2 = -sqrt(5) C20, C22 = sqrt(5/12) C22 normalised (Kaula 1966, eq. 1.34)."""
    field = earth_gravity(2)
    path = tmp_path / "a.gfc"
    path.write_text(
        "earth_gravity_constant 3.986004415e14\nradius 6378136.3\nmax_degree 2\nnorm unnormalized\nend_of_head\n"
        f"gfc 2 0 {np.sqrt(5.0) * field.c[2, 0]!r} 0.0\n".replace("np.float64(", "").replace(")", "")
        + f"gfc 2 2 {float(np.sqrt(5.0 / 12.0) * field.c[2, 2])!r} {float(np.sqrt(5.0 / 12.0) * field.s[2, 2])!r}\n"
    )
    back = read_gravity(path, "earth")
    assert back.c[2, 0] == pytest.approx(field.c[2, 0], rel=1e-14)
    assert (back.c[2, 2], back.s[2, 2]) == pytest.approx((field.c[2, 2], field.s[2, 2]), rel=1e-14)


GFC = gfc(plain(moon_gravity(3)))
COF = cof(plain(moon_gravity(3)))
TAB = shadr(plain(moon_gravity(3)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing", "not a gravity field that is read"),
        (GFC.replace("max_degree 3", "max_degree 2"), "do not lie inside the 2"),
        (GFC.replace("radius 1738000.0", ""), "lacks radius"),
        (GFC + "\ngfc 3 3 0.0 0.0", "stands twice"),
        (GFC + "\ngfct 3 3 0.0 0.0", "time-variable"),
        (GFC + "\nhello 3", "gfc n m C S was expected"),
        (GFC.replace("fully_normalized", "half"), "norm 'half' is not known"),
        (GFC.replace("gfc 2 1 ", "gfc 2 1.5 "), "not a whole number"),
        (GFC.replace("gfc 2 1 ", "gfc 1 2 "), "degree 1 and order 2"),
        (COF.replace("RECOEF    2  1", "RECOEF    2  x"), "is not a number"),
        (COF.replace("4.902", "9.902"), "are not the moon's"),
        (TAB.replace("\n2, 1,", "\n2,"), "not a whole number"),
        (TAB + "\n3 3", "a coefficient is n, m, C, S"),
        (TAB.replace(", 3, 3, 1,", ", 3, 3, 7,"), "normalisation state 7"),
        (TAB.splitlines()[0], "no coefficients"),
        (gfc(plain(earth_gravity(3))), "are not the moon's"),
        (GFC.replace("gfc 2 1 ", "gfc 2 1 nan ").replace("nan", "NaN"), "not finite"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "field.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        read_gravity(path, "moon")


def test_a_field_has_no_more_than_it_has(tmp_path: Path) -> None:
    path = tmp_path / "a.gfc"
    path.write_text(GFC)
    with pytest.raises(CoverageError, match="holds 0 to 3"):
        read_gravity(path, "moon", 4)
    with pytest.raises(InputError, match="not one of earth's"):
        own_fields(earth=read_gravity(path, "moon"))
    with pytest.raises(InputError, match="cannot be read"):
        read_gravity(tmp_path / "none.gfc", "moon")


def test_grgm900c_as_gmat_has_it() -> None:
    """The same NASA field from a public wheel's .cof: 15 digits, as the pack's."""
    found = importlib.util.find_spec("e2m2e")
    if found is None or found.origin is None:
        pytest.skip("e2m2e is not installed, whose wheel holds GRGM900C as a .cof file")
    path = Path(found.origin).parent / "algorithm/forces/data/grgm900c.cof"
    back, field = read_gravity(path, "moon", 100), moon_gravity(100)
    assert back.gm_km3_s2 == pytest.approx(field.gm_km3_s2, rel=1e-14) and back.radius_km == field.radius_km
    assert np.allclose(back.c[2:], field.c[2:], rtol=1e-12, atol=1e-24)
    assert np.allclose(back.s[2:], field.s[2:], rtol=1e-12, atol=1e-24)
