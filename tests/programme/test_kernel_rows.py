"""Kernels in a programme: every mistake at its line, and what is filled in."""

import struct
from pathlib import Path

import pytest

from malapert import programme
from malapert.errors import ProgrammeError

HELLO = programme.shipped()["hello"].read_text()
OEM = """\
CCSDS_OEM_VERS = 2.0
CREATION_DATE = 2026-01-01T00:00:00
ORIGINATOR = TEST
META_START
OBJECT_NAME = QUEQIAO
OBJECT_ID = 2024-051A
CENTER_NAME = MOON
REF_FRAME = ICRF
TIME_SYSTEM = UTC
START_TIME = {start}
STOP_TIME = {stop}
META_STOP
{start} 9000 0 0 0 0.7 0
{stop} 9000 1 0 0 0.7 0
"""
RELAY = '[relay.q]\npartner = "cnsa"\nrate_mbit_s = 5\nkernel = "path"\n'


def daf(kind: str, body: int, start_s: float, end_s: float, frame: int = 1) -> bytes:
    """The shell of a DAF: a file record, one summary, no data worth reading."""
    integers = [body, 0, frame, 2, 385, 388] if kind == "SPK" else [body, frame, 2, 385, 388]
    head = struct.pack("<8s2i60s3i8s", f"DAF/{kind}".encode(), 2, len(integers), b"test", 2, 2, 389, b"LTL-IEEE")
    summary = struct.pack(f"<3d2d{len(integers)}i", 0.0, 0.0, 1.0, start_s, end_s, *integers)
    return head.ljust(1024, b"\0") + summary.ljust(1024, b"\0") + bytes(1024) + struct.pack("<4d", 0.0, 1.0, 5.0, 0.0)


def written(tmp_path: Path, rows: str, start: str = "2030-01-01T00:00:00", stop: str = "2040-01-01T00:00:00") -> Path:
    (tmp_path / "queqiao.oem").write_text(OEM.format(start=start, stop=stop))
    path = tmp_path / "p.toml"
    path.write_text(HELLO + "\n" + rows)
    return path


def complaints(path: Path) -> str:
    with pytest.raises(ProgrammeError) as caught:
        programme.load(path)
    return str(caught.value)


def test_a_kernel_is_named_by_its_whole_path_and_hash(tmp_path: Path) -> None:
    path = written(tmp_path, '[kernel.path]\nfile = "queqiao.oem"\n' + RELAY)
    loaded = programme.load(path)
    assert loaded.kernel["path"].file == str((tmp_path / "queqiao.oem").resolve())
    assert len(loaded.kernel["path"].sha256) == 64
    merged = tmp_path / "elsewhere" / "merged.toml"
    merged.parent.mkdir()
    merged.write_text(programme.merged_toml(path))
    assert programme.load(merged) == loaded
    (tmp_path / "queqiao.oem").write_text((tmp_path / "queqiao.oem").read_text().replace("9000 1 0", "9000 2 0"))
    assert "is not the file meant" in complaints(merged)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ('[kernel.path]\nfile = "queqio.oem"\n', "queqio.oem (did you mean 'queqiao.oem'?); paths start at"),
        ('[kernel.path]\nfile = "p.toml"\n', "not an SPK, binary PCK or OEM"),
        ('[kernel.path]\nfile = ""\n', "kernel.path.file"),
        ('[kernel.path]\nfile = "queqiao.oem"\nbodies = ["QUEQAIO"]\n', "(did you mean 'QUEQIAO'?); it holds: QUEQIAO"),
        ('[kernel.path]\nfile = "queqiao.oem"\nsha256 = "00"\n', "is not the file meant"),
        (f'[kernel.path]\nfile = "queqiao.oem"\n{RELAY}body = "X"\n', "relay.q.body: no 'X' in queqiao.oem"),
        (f'[kernel.pat]\nfile = "queqiao.oem"\n{RELAY}', "no kernel 'path' (did you mean 'pat'?)"),
        ('[relay.q]\npartner = "cnsa"\nrate_mbit_s = 5\nbody = "X"\n', "names a body of no kernel"),
        ('[relay.q]\npartner = "cnsa"\nrate_mbit_s = 5\n', "relay.q.perilune_km: is missing; add it: Perilune height. Or"),
        ('[kernel.a]\nfile = "text.tls"\n', "a text kernel (KPL/LSK)"),
        ('[kernel.a]\nfile = "message.xml"\n', "write the OEM as KVN"),
        ('[kernel.a]\nfile = "short.bsp"\n', "gives moon from 2000-01-01T11:58:55Z to 2000-01-01T13:45:35Z, and light needs"),
        ('[kernel.a]\nfile = "mars.bpc"\n', "only the Moon's can be used: 31006 (DE421), 31008 (DE440)"),
        (f'[kernel.path]\nfile = "moon.bpc"\n{RELAY}', "moon.bpc holds no paths; name an SPK or an OEM"),
        ('[kernel.a]\nfile = "cut.bsp"\n', "cut short, segment 1 ends past the file"),
    ],
)  # fmt: skip
def test_mistakes_stand_at_their_line(tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "text.tls").write_text("KPL/LSK\n")
    (tmp_path / "message.xml").write_text("<?xml version='1.0'?><oem/>")
    (tmp_path / "short.bsp").write_bytes(daf("SPK", 301, 0.0, 6400.0))
    (tmp_path / "cut.bsp").write_bytes(daf("SPK", -5, 0.0, 1e9)[:3000])
    (tmp_path / "mars.bpc").write_bytes(daf("PCK", 10013, 0.0, 1e9))
    (tmp_path / "moon.bpc").write_bytes(daf("PCK", 31008, -1e10, 1e10))
    text = complaints(written(tmp_path, rows))
    assert said in text
    lines = [line for line in text.splitlines() if said in line]
    number = int(lines[0].split("p.toml:")[1].split(":")[0])
    assert number > HELLO.count("\n")


def test_a_message_that_breaks_the_standard_is_told_with_its_own_line(tmp_path: Path) -> None:
    path = written(tmp_path, '[kernel.path]\nfile = "queqiao.oem"\n')
    oem = tmp_path / "queqiao.oem"
    oem.write_text(oem.read_text().replace("REF_FRAME = ICRF", "REF_FRAM = ICRF"))
    assert "queqiao.oem:8: REF_FRAM is no keyword of the metadata" in complaints(path)


def test_a_path_from_another_time_is_a_mistake_and_a_short_one_is_not(tmp_path: Path) -> None:
    rows = '[kernel.path]\nfile = "queqiao.oem"\n' + RELAY
    assert "nothing of it within the programme" in complaints(
        written(tmp_path, rows, "2020-01-01T00:00:00", "2020-02-01T00:00:00")
    )
    start = programme.load("hello").start
    inside = [f"{start.year}-{start.month:02d}-{day:02d}T00:00:00" for day in (3, 5)]
    assert programme.load(written(tmp_path, rows, *inside)).relay["q"].kernel == "path"


def test_a_relay_a_flight_places_needs_its_elements(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    (tmp_path / "queqiao.oem").write_text(OEM.format(start="2030-01-01T00:00:00", stop="2049-01-01T00:00:00"))
    path.write_text('extends = "ilrs-2035"\n[kernel.path]\nfile = "queqiao.oem"\n[relay.queqiao_3]\nkernel = "path"\n')
    assert programme.load(path).relay["queqiao_3"].elements.perilune_km > 0.0
    path.write_text(
        path.read_text().replace("queqiao_3", "new")
        + 'partner = "cnsa"\nrate_mbit_s = 1\n[flight.relay_3]\nrelay = "new"\n'
    )
    assert "relay.new.epoch: is missing, and flight relay_3 flies to it" in complaints(path)


def test_a_kernel_that_is_switched_off_takes_its_relay_along(tmp_path: Path) -> None:
    path = written(tmp_path, '[kernel.path]\nfile = "gone.oem"\nenabled = false\n' + RELAY)
    loaded = programme.load(path)
    assert not loaded.kernel and not loaded.relay
    assert {(entry.row, entry.because) for entry in loaded.dropped} >= {("relay.q", "needs kernel.path")}
