from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.sandboxes.output import OutputCut, clean

BITS = st.sampled_from(
    [
        b"line\n",
        b"error: no\n",
        b"\n",
        b"nan",
        b"finance\n",
        b"\x1b[31mred\x1b[0m",
        b"50%\r",
        b"\xff\xc3",
        b"\0\x07",
    ]
)
DATA = st.lists(BITS | st.binary(max_size=30), max_size=60).map(b"".join)
FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def cut(data: bytes, *pieces: int, **sizes: int) -> OutputCut:
    made = OutputCut(**sizes)
    start = 0
    for end in sorted(min(piece, len(data)) for piece in pieces):
        made.feed(data[start:end])
        start = end
    made.feed(data[start:])
    return made


def test_what_is_short_comes_through() -> None:
    made = cut(b"one\ntwo")
    assert made.truncated_from is None
    assert made.finish() == "one\ntwo"


def test_head_error_lines_and_tail() -> None:
    lines = [f"step {n}" for n in range(10_000)]
    lines[5000] = "RuntimeError: in the middle"
    lines[6000] = "loss is nan"
    lines[6001] = "finances are fine"
    data = "\n".join(lines).encode() + b"\n"
    made = cut(data)
    text = made.finish()
    assert made.truncated_from == len(data)
    assert text.startswith("step 0\nstep 1\n")
    assert text.endswith("step 9998\nstep 9999\n")
    assert "RuntimeError: in the middle\nloss is nan\n" in text
    assert "finances" not in text
    assert "step 5001" not in text
    assert len(text) < 22_000
    left_out = re.search(
        r"\[… ([\d,]+) lines, ([\d,]+) bytes left out; 2 that look like errors follow …\]", text
    )
    assert left_out
    shown = sum(line.startswith("step ") for line in text.splitlines())
    assert int(left_out[1].replace(",", "")) == 10_000 - shown


@pytest.mark.parametrize(
    "line",
    [
        "ERROR",
        "a Warning",
        "Traceback (most recent call last):",
        "AssertionError",
        "2 FAILED",
        "1 spill",
        "nan",
    ],
)
def test_every_kind_of_error_line_is_kept(line: str) -> None:
    data = b"x\n" * 20_000 + line.encode() + b"\n" + b"y\n" * 20_000
    assert f"\n{line}\n" in cut(data).finish()


def test_a_long_line_is_shown_around_its_error() -> None:
    data = b"x\n" * 20_000 + b"a" * 2000 + b" error here " + b"b" * 90_000 + b"\n" + b"y\n" * 20_000
    text = cut(data).finish()
    assert " error here " in text
    assert len(text) < 23_000


def test_a_flood_of_errors_is_bounded() -> None:
    text = cut(b"error: again\n" * 200_000).finish()
    assert len(text) < 23_000


@pytest.mark.real
def test_fifty_megabytes_are_quick_and_take_no_memory() -> None:
    made = OutputCut()
    piece = b"some words of a training log, loss 3.14159\n" * 1500
    began = time.process_time()
    for _ in range(50_000_000 // len(piece)):
        made.feed(piece)
    assert time.process_time() - began < 10
    assert len(made._head) + len(made._tail) + len(made._middle._line) < 200_000
    assert len(made.finish()) < 23_000


@given(DATA, st.lists(st.integers(0, 500), max_size=6))
def test_the_split_into_pieces_does_not_matter(data: bytes, pieces: list[int]) -> None:
    sizes = {"head_bytes": 60, "tail_bytes": 50, "error_lines": 3}
    assert cut(data, *pieces, **sizes).finish() == cut(data, **sizes).finish()


@given(DATA)
def test_it_is_clean_and_bounded(data: bytes) -> None:
    text = cut(data, head_bytes=60, tail_bytes=50, error_lines=3).finish()
    assert not FORBIDDEN.search(text)
    text.encode("utf-8")
    assert len(text) <= 60 + 50 + 3 * 401 + 200


@given(DATA)
def test_every_byte_is_shown_or_counted(data: bytes) -> None:
    made = cut(data, head_bytes=60, tail_bytes=50, error_lines=3)
    made.finish()
    if made.truncated_from is not None:
        assert made._middle.size + len(made._head) + len(made._tail) >= len(data)
        assert made._middle.lines <= data.count(b"\n")


def test_clean() -> None:
    assert clean(b"\x1b[1;31mred\x1b[0m \x1b]0;title\x07plain\x1b(B") == "red plain"
    assert clean(b"10%\r20%\r100%\ndone\r\n") == "100%\ndone\n"
    assert clean(b"50%\r") == "50%"
    assert clean(b"a\0b\x08c\x7f\xc2\x85d\te") == "abcd\te"
    assert clean(b"bad \xff\xfe utf") == "bad \ufffd\ufffd utf"
    assert clean("über \u202egnp.exe".encode()) == "über gnp.exe"


@pytest.mark.parametrize("data", [b"a" * 2**20, b"\r" * 2**20, b"a\r" * 2**19])
def test_a_long_line_takes_no_longer_than_its_length(data: bytes) -> None:
    began = time.process_time()
    clean(data)
    assert time.process_time() - began < 10.0, "the square of it takes half an hour"
