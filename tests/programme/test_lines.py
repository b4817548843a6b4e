"""The line index agrees with tomllib about which keys there are, and with the text about where they stand."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malapert.programme import shipped
from malapert.programme.lines import line_index, line_of

KEYS = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
VALUES = st.one_of(
    st.integers(-9, 9).map(str),
    st.sampled_from(
        [
            '"a = 1"',
            "'[x]'",
            '"""\nb = 2\n[y]\n"""',
            "'''\n# no\n'''",
            "[1,\n  2, # two ]\n  3]",
            "{ c = 1, d = [1, 2] }",
            "2031-03-01T00:00:00Z",
        ]
    ),
)


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=4), max_size=4))
def test_every_key_has_the_line_it_stands_on(tables: dict[str, dict[str, str]]) -> None:
    text, expected = "", {}
    for table, keys in tables.items():
        expected[(table,)] = text.count("\n") + 1
        text += f"[{table}] # head\n"
        for key, value in keys.items():
            text += "\n"
            expected[(table, key)] = text.count("\n") + 1
            text += f"  {key} = {value} # tail = 1\n"
    index = line_index(text)
    tomllib.loads(text)
    assert {path: line for path, line in index.items() if len(path) <= 2} == expected


def test_dotted_and_quoted_keys_and_repeated_tables() -> None:
    text = 'site.a.like = "x"\n[[stages]]\nname = 1\n[[stages]]\n"na me" = 2\n[a.b]\nc.d = 3\n'
    index = line_index(text)
    assert index["site", "a", "like"] == 1
    assert index["stages", "0", "name"] == 3
    assert index["stages", "1", "na me"] == 5
    assert index["a", "b", "c", "d"] == 7
    assert line_of(index, ("a", "b", "c", "d", "deeper")) == 7
    assert line_of(index, ("nowhere",)) == 0


@pytest.mark.parametrize("name", shipped())
def test_the_shipped_programmes_are_indexed_whole(name: str) -> None:
    text = shipped()[name].read_text()
    index = line_index(text)
    for table, rows in tomllib.loads(text).items():
        assert (table,) in index
        for row, keys in rows.items() if isinstance(rows, dict) else ():
            assert (table, row) in index
            assert isinstance(keys, str) or all(line_of(index, (table, row, key)) > 0 for key in keys)


@given(st.text())
def test_any_text_is_scanned_without_failing(text: str) -> None:
    line_index(text)
