"""The OEM reader takes what CCSDS 502.0-B allows and names the line of what it does not."""

from pathlib import Path

import numpy as np
import pytest

from malapert.data.oem import read_oem
from malapert.errors import InputError

TWO = """\
CCSDS_OEM_VERS = 2.0
COMMENT made for a test
CREATION_DATE = 2026-01-01T00:00:00
ORIGINATOR = TEST

META_START
COMMENT first
OBJECT_NAME = A
OBJECT_ID = 2031-001A
CENTER_NAME = Moon
REF_FRAME = GCRF
TIME_SYSTEM = UTC
START_TIME = 2031-001T00:00:00
USEABLE_START_TIME = 2031-01-01T00:00:30.5Z
USEABLE_STOP_TIME = 2031-01-01T00:01:30
STOP_TIME = 2031-01-01T00:02:00.000000001
INTERPOLATION = lagrange
INTERPOLATION_DEGREE = 2
META_STOP
COMMENT states
2031-01-01T00:00:00 1 2 3 4 5 6
2031-01-01T00:01:00 1 2 3 4 5 6 0.1 0.2 0.3
2031-01-01T00:02:00.000000001 -1.5e3 2 3 4 5 6
COVARIANCE_START
EPOCH = 2031-01-01T00:00:00
1.0
COVARIANCE_STOP
META_START
OBJECT_NAME = A
OBJECT_ID = 2031-001A
CENTER_NAME = MOON
REF_FRAME = GCRF
TIME_SYSTEM = UTC
START_TIME = 2031-01-01T00:02:00
STOP_TIME = 2031-01-01T00:03:00
META_STOP
2031-01-01T00:02:00 1 2 3 4 5 6
2031-01-01T00:03:00 1 2 3 4 5 6
"""


def read(tmp_path: Path, text: str):
    path = tmp_path / "a.oem"
    path.write_text(text)
    return read_oem(path)


def test_everything_allowed_is_read(tmp_path: Path) -> None:
    message = read(tmp_path, TWO)
    first, second = message.segments
    assert (message.version, message.originator, message.comments) == ("2.0", "TEST", ("made for a test",))
    assert first.comments == ("first", "states")
    assert (first.center_name, first.interpolation, first.interpolation_degree) == ("MOON", "LAGRANGE", 2)
    assert first.start == np.datetime64("2031-01-01")
    assert first.span == (np.datetime64("2031-01-01T00:00:30.5"), np.datetime64("2031-01-01T00:01:30"))
    assert first.epochs[-1] == np.datetime64("2031-01-01T00:02:00.000000001")
    np.testing.assert_array_equal(first.states[2], [-1500.0, 2, 3, 4, 5, 6])
    assert second.interpolation == "" and second.span == (second.start, second.stop)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("CCSDS_OEM_VERS = 2.0", "CCSDS_OEM_VERS = 9.0", 6, "version 9.0 is not known"),
        ("ORIGINATOR = TEST\n", "", 5, "the header lacks ORIGINATOR"),
        ("OBJECT_ID = 2031-001A\nCENTER_NAME = Moon", "CENTER_NAME = Moon", 18, "the metadata lacks OBJECT_ID"),
        ("TIME_SYSTEM = UTC\nSTART_TIME = 2031-001", "START_TIME = 2031-001", 18, "the metadata lacks TIME_SYSTEM"),
        ("OBJECT_NAME = A\nOBJECT_ID = 2031-001A", "OBJECT_ID = 2031-001A\nOBJECT_NAME = A", 9, "must come before"),
        ("CENTER_NAME = Moon", "CENTER_NAME = Moon\nCENTER_NAME = Moon", 11, "stands twice"),
        ("REF_FRAME = GCRF\nTIME", "REF_FRAMES = GCRF\nTIME", 11, "is no keyword of the metadata"),
        ("lagrange", "SPLINE", 19, "INTERPOLATION SPLINE is not known"),
        ("DEGREE = 2", "DEGREE = 3", 23, "LAGRANGE of degree 3 needs 4 states (got 3)"),
        ("= lagrange\nINTERPOLATION_DEGREE = 2", "= HERMITE\nINTERPOLATION_DEGREE = 4", 19, "odd degree"),
        ("INTERPOLATION_DEGREE = 2\n", "", 18, "stand together"),
        ("00:01:00 1 2 3", "00:01:00 1 2", 22, "6 or 9 numbers (got 8)"),
        ("00:01:00 1 2 3", "00:01:00 1 2 x", 22, "no number"),
        ("00:01:00 1 2 3", "00:01:00 1 2 nan", 22, "finite"),
        ("T00:01:00 1", "T00:00:00 1", 22, "epochs must increase"),
        ("T00:01:00 1", "T00:61:00 1", 22, "no such date"),
        ("T00:01:00 1", "T23:59:60 1", 22, "leap second"),
        ("2031-01-01T00:01:00 1", "01/01/2031 1", 22, "not an epoch"),
        ("= 2031-001T", "= 2031-366T", 19, "no such date"),
        ("USEABLE_STOP_TIME = 2031-01-01T00:01:30", "USEABLE_STOP_TIME = 2031-01-01T00:03:30", 23, "useable times"),
        ("COVARIANCE_STOP\n", "", 27, "no COVARIANCE_STOP"),
        ("2031-01-01T00:03:00 1 2 3 4 5 6\n", "", 37, "two states or more (got 1)"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    assert old in TWO
    with pytest.raises(InputError) as caught:
        read(tmp_path, TWO.replace(old, new, 1))
    assert said in str(caught.value)
    assert f"a.oem:{line}:" in str(caught.value)
