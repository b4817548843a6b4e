"""Orbit ephemeris messages (CCSDS 502.0-B-3, KVN) as text: the way back of `oem.read_oem`, digit for digit."""

from collections.abc import Iterator

import numpy as np

from malapert.data.oem import Oem, OemSegment

# The standard's longest line.
WIDTH = 254


def oem_text(message: Oem) -> str:
    """The message as its file holds it. Numbers are written so that they read back as the same float64; epochs to
    the nanosecond. Comments longer than a line are folded."""
    lines = [f"CCSDS_OEM_VERS = {message.version}", *_comments(message.comments)]
    lines += [f"CLASSIFICATION = {message.classification}"] if message.classification else []
    lines += [f"CREATION_DATE = {message.creation_date}", f"ORIGINATOR = {message.originator}"]
    lines += [f"MESSAGE_ID = {message.message_id}"] if message.message_id else []
    for segment in message.segments:
        lines += ["", *_segment(segment)]
    return "\n".join(lines) + "\n"


def _segment(segment: OemSegment) -> Iterator[str]:
    yield "META_START"
    yield from _comments(segment.comments)
    values = {
        "OBJECT_NAME": segment.object_name,
        "OBJECT_ID": segment.object_id,
        "CENTER_NAME": segment.center_name,
        "REF_FRAME": segment.ref_frame,
        "REF_FRAME_EPOCH": _moment(segment.ref_frame_epoch),
        "TIME_SYSTEM": segment.time_system,
        "START_TIME": _moment(segment.start),
        "USEABLE_START_TIME": _moment(segment.useable_start),
        "USEABLE_STOP_TIME": _moment(segment.useable_stop),
        "STOP_TIME": _moment(segment.stop),
        "INTERPOLATION": segment.interpolation,
        "INTERPOLATION_DEGREE": str(segment.interpolation_degree or ""),
    }
    yield from (f"{key} = {value}" for key, value in values.items() if value)
    yield "META_STOP"
    for epoch, state in zip(segment.epochs, segment.states, strict=True):
        yield f"{_moment(epoch)} " + " ".join(repr(float(number)) for number in state)


def _moment(epoch: np.datetime64 | None) -> str:
    return "" if epoch is None else str(epoch.astype("datetime64[ns]"))


def _comments(comments: tuple[str, ...]) -> Iterator[str]:
    for comment in comments:
        for at in range(0, max(len(comment), 1), WIDTH - 8):
            yield f"COMMENT {comment[at : at + WIDTH - 8]}".rstrip()
