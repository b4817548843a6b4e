"""`malapert size`: sites held against each other, what clashes, and words for wrong input."""

import json
from pathlib import Path

import pytest

from malapert.cli import app

SPAN = ("--from", "2039-08-20", "--to", "2039-10-01", "--unserved", "0,1")


def _said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = app(args=["size", "ilrs-2035", *words], standalone_mode=False)
    return code or 0, capsys.readouterr().out


def test_two_sites_as_json_and_as_a_picture(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    picture = tmp_path / "mass.svg"
    code, text = _said(capsys, *SPAN, "--picture", str(picture), "--json")
    found = json.loads(text)
    assert code == 0 and picture.read_text().count("<svg") == 1
    assert [site["site"] for site in found["sites"]] == ["connecting_ridge", "shackleton_rim"]
    for site in found["sites"]:
        nothing, hundredth = site["points_without_reactors"]
        assert nothing["mass_kg"] > hundredth["mass_kg"] > 0.0 and nothing["dark_hour_kg"] > 0.0
        assert site["points"][0]["mass_kg"] <= nothing["mass_kg"]


def test_what_cannot_be_had_is_said_in_the_programmes_words(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = _said(capsys, *SPAN, "--site", "connecting_ridge", "--most", "reactor=0", "--mass", "8")
    assert code == 2
    assert "cannot be had together" in text and "reactor.reactor (--most)" in text and "at most 8 t" in text
    assert "no Sun for" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--site", "nowhere"), "no site 'nowhere'"),
        (("--most", "windmill=1"), "no such kind"),
        (("--most", "reactor"), "--most reactor=0"),
        (("--unserved", "lots"), "--unserved 0,1,5"),
        (("--from", "2039-01-01", "--to", "2038-01-01"), "end after its start"),
    ],
)
def test_wrong_input_is_answered(words: tuple[str, ...], said: str) -> None:
    from malapert.errors import InputError

    with pytest.raises(InputError, match=said):
        app(args=["size", "ilrs-2035", *words], standalone_mode=False)
