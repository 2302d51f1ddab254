from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.judge.images import Picture, read_picture

Pixel = Sequence[int]


def png(
    width: int,
    height: int,
    pixels: Sequence[Sequence[Pixel]] | None = None,
    filters: Sequence[int] = (),
    texts: Mapping[str, str] | None = None,
    interlaced: int = 0,
) -> bytes:
    """RGB, eight bits. Without pixels each is another. `filters`: of the rows, 0 if not given."""
    pixels = pixels or [[(x % 256, y % 256, 7) for x in range(width)] for y in range(height)]
    rows = [[value for pixel in row for value in pixel] for row in pixels]
    packed = b""
    for number, row in enumerate(rows):
        kind = filters[number] if number < len(filters) else 0
        above = rows[number - 1] if number else [0] * len(row)
        packed += bytes([kind, *(_filtered(row, above, at, kind) for at in range(len(row)))])
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, interlaced)
    chunks = [(b"IHDR", header)]
    chunks += [(b"tEXt", f"{key}\0{value}".encode("latin-1")) for key, value in (texts or {}).items()]
    chunks += [(b"IDAT", zlib.compress(packed)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _filtered(row: Sequence[int], above: Sequence[int], at: int, kind: int) -> int:
    """The five filters, as the format describes them."""
    left = row[at - 3] if at >= 3 else 0
    up, corner = above[at], above[at - 3] if at >= 3 else 0
    guess = min((left, up, corner), key=lambda each: abs(left + up - corner - each))
    return (row[at] - (0, left, up, (left + up) // 2, guess)[kind]) % 256


COLOURS = st.tuples(*[st.integers(0, 255)] * 3)


@given(COLOURS, st.integers(1, 7), st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_one_colour_is_blank_whatever_the_filters(colour: Pixel, width: int, filters: list[int]) -> None:
    data = png(width, len(filters), [[colour] * width] * len(filters), filters)
    assert read_picture(data) == Picture("PNG", width, len(filters), True)


@given(COLOURS, COLOURS, st.data())
def test_one_other_pixel_is_seen(colour: Pixel, other: Pixel, data: st.DataObject) -> None:
    width, height = data.draw(st.integers(2, 6)), data.draw(st.integers(2, 6))
    filters = data.draw(st.lists(st.integers(0, 4), min_size=height, max_size=height))
    rows = [[colour] * width for _ in range(height)]
    # The very last byte may be padding in other depths and is not looked at.
    x, y = data.draw(st.integers(0, width - 2)), data.draw(st.integers(0, height - 1))
    rows[y][x] = other
    found = read_picture(png(width, height, rows, filters))
    assert found is not None and found.blank is (tuple(other) == tuple(colour))


def test_what_it_says_of_itself() -> None:
    assert str(read_picture(png(40, 30))) == "PNG picture, 40 x 30 pixels, not blank"


def test_texts_of_all_three_kinds() -> None:
    whole = png(2, 2, texts={"Title": "first"})
    packed = b"Comment\0\0" + zlib.compress(b"second")
    marked = b"Note\0\1\0en\0Note\0" + zlib.compress("dritter ü".encode())
    end = whole[-12:]
    for kind, body in ((b"zTXt", packed), (b"iTXt", marked)):
        end = struct.pack(">I", len(body)) + kind + body + b"0000" + end
    found = read_picture(whole[:-12] + end)
    assert found is not None and set(found.texts) == {"Title: first", "Comment: second", "Note: dritter ü"}


def test_an_interlaced_picture_is_not_decoded() -> None:
    found = read_picture(png(4, 4, interlaced=1))
    assert found is not None and found.blank is None and "not decoded" in str(found)


def test_a_bomb_is_not_unpacked() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"\0" * 40_000_000)
    data = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", header), (b"IDAT", packed)):
        data += struct.pack(">I", len(body)) + kind + body + b"0000"
    found = read_picture(data)
    assert found is not None and (found.width, found.blank) == (60_000, True)


def jpeg(width: int, height: int, scan: int) -> bytes:
    comment = b"made by hand"
    frame = struct.pack(">BHHB", 8, height, width, 0)
    return (
        b"\xff\xd8\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment
        + b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame
        + b"\xff\xda" + struct.pack(">H", 2) + b"\x55" * scan + b"\xff\xd9"
    )  # fmt: skip


def test_a_jpeg() -> None:
    assert read_picture(jpeg(640, 480, 30_000)) == Picture("JPEG", 640, 480, False, ("made by hand",))
    assert read_picture(jpeg(640, 480, 1_000)) == Picture("JPEG", 640, 480, True, ("made by hand",))


def test_an_svg() -> None:
    drawn = b'<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg" '
    drawn += b'width="460.8pt" height="345.6pt">'
    assert read_picture(drawn + b'<rect/><g><path d="M 0 0"/></g><title>T</title></svg>') == Picture(
        "SVG", 460, 345, False, ("T",)
    )
    assert read_picture(b'<svg viewBox="0 0 30 20"><rect/></svg>') == Picture("SVG", 30, 20, True)


@pytest.mark.parametrize(
    "data",
    [b"", b"text", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\0\1IHDR", b"\xff\xd8\xff",
     b"\xff\xd8\xff\xe0\0\4ab", b"<svg", b"<svg></g>", png(2, 2)[:40],
     b'<!DOCTYPE x [<!ENTITY a "b">]><svg>&a;</svg>',
     b"\x89PNG\r\n\x1a\n\0\0\0\4IDATabcd"],
)  # fmt: skip
def test_what_is_no_picture_or_a_broken_one(data: bytes) -> None:
    assert read_picture(data) is None


@given(st.binary(max_size=200), st.integers(0, 120))
def test_no_bytes_break_it(data: bytes, at: int) -> None:
    for good in (png(3, 3), jpeg(9, 9, 5)):
        read_picture(good[:at] + data + good[at + len(data) :])
