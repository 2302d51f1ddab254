"""Pictures: their size, whether anything is on them, and the texts that they carry unseen.

PNG is decoded here (its format is zlib and five filters, ISO/IEC 15948); of a JPEG and an SVG only what can
be told without drawing it.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

PNG = b"\x89PNG\r\n\x1a\n"
LARGEST_PICTURE = 32 * 1024 * 1024
"""Bytes of pixels that are looked at, from the top; a small file can hold a picture of gigabytes."""
LONGEST_TEXT = 4000
DRAWN = {"path", "line", "polyline", "polygon", "rect", "circle", "ellipse", "text", "image", "use"}


@dataclass(frozen=True)
class Picture:
    """Width and height in pixels; of an SVG in its own units, 0 where it does not say."""

    format: Literal["PNG", "JPEG", "SVG"]
    width: int
    height: int
    blank: bool | None
    """One colour all over. None: could not be told."""
    texts: tuple[str, ...] = ()
    """What the file says besides the picture: comments, key and value."""

    def __str__(self) -> str:
        drawn = {True: "blank", False: "not blank", None: "not decoded"}[self.blank]
        return f"{self.format} picture, {self.width} x {self.height} pixels, {drawn}"


def read_picture(data: bytes) -> Picture | None:
    """By the content, whatever the name is. None: no picture, or a broken one."""
    try:
        if data.startswith(PNG):
            return _png(data)
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if b"<svg" in data[:4096]:
            return _svg(data)
    except (struct.error, zlib.error, ElementTree.ParseError, ValueError, IndexError):
        return None
    return None


def _png(data: bytes) -> Picture:
    width = height = depth = colour = interlaced = 0
    packed, texts = bytearray(), []
    for kind, body in _png_chunks(data):
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body[:13])
        elif kind == b"IDAT":
            packed += body
        elif kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf"):
            texts.append(_png_text(kind, body))
    if not width or not height or not packed:
        raise ValueError("a PNG without a picture")
    pixels = zlib.decompressobj().decompress(bytes(packed), LARGEST_PICTURE)
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] if colour in (0, 2, 3, 4, 6) else 0
    blank = (
        None
        if interlaced or not bits
        else _one_colour(pixels, 1 + (width * bits + 7) // 8, max(1, bits // 8))
    )
    return Picture("PNG", width, height, blank, tuple(texts))


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(PNG)
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4])
        yield data[position + 4 : position + 8], data[position + 8 : position + 8 + size]
        position += 12 + size


def _png_text(kind: bytes, body: bytes) -> str:
    key, _, value = body.partition(b"\0")
    if kind == b"zTXt":
        value = zlib.decompressobj().decompress(value[1:], LONGEST_TEXT)
    elif kind == b"iTXt":
        packed = value[:1] == b"\1"
        value = value[2:].split(b"\0", 2)[-1]
        value = zlib.decompressobj().decompress(value, LONGEST_TEXT) if packed else value
    encoding = "utf-8" if kind == b"iTXt" else "latin-1"
    return f"{key.decode('latin-1')}: {value.decode(encoding, 'replace')}"[:LONGEST_TEXT]


def _one_colour(pixels: bytes, stride: int, step: int) -> bool | None:
    """Compares the rows, still filtered, with what the five filters make of one colour."""
    count = len(pixels) // stride
    if not count or stride < 2:
        return None
    rows: Bytes = np.frombuffer(pixels, np.uint8, count * stride).reshape(count, stride)
    colour: Bytes = np.resize(rows[0, 1 : 1 + step], stride - 1)
    half = (colour - colour // 2).astype(np.uint8)
    nothing = np.zeros_like(colour)
    start, inner = np.arange(stride - 1) < step, np.where
    first = {0: colour, 1: inner(start, colour, 0), 2: colour, 3: inner(start, colour, half)}
    first[4] = first[1]
    later = {0: colour, 1: first[1], 2: nothing, 3: inner(start, half, 0), 4: nothing}
    # The last byte of a row may be padded where a pixel is smaller than a byte.
    seen = slice(0, max(1, stride - 2))
    if rows[0, 0] not in first or not np.array_equal(rows[0, 1:][seen], first[int(rows[0, 0])][seen]):
        return False
    for kind, expected in later.items():
        chosen = rows[1:][rows[1:, 0] == kind][:, 1:]
        if not (chosen[:, seen] == expected[seen]).all():
            return False
    return True


def _jpeg(data: bytes) -> Picture:
    """Blank: fewer bytes than the plainest squares of 8 by 8 pixels take. A guess, and an honest one."""
    position, texts = 2, []
    width = height = 0
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker, size = data[position + 1], int.from_bytes(data[position + 2 : position + 4])
        body = data[position + 4 : position + 2 + size]
        if marker in (0xFE, 0xE1, 0xED):
            texts.append(body.decode("utf-8", "replace")[:LONGEST_TEXT])
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", body[1:5])
        position += 2 + size
        if marker == 0xDA:
            break
    if not width or not height:
        raise ValueError("a JPEG without a size")
    return Picture("JPEG", width, height, len(data) - position < width * height // 64, tuple(texts))


def _svg(data: bytes) -> Picture:
    if b"<!ENTITY" in data:
        raise ValueError("an SVG with entities of its own is not read")
    root = ElementTree.fromstring(data)
    if not root.tag.endswith("svg"):
        raise ValueError("no SVG")
    box = [float(each) for each in re.findall(r"[-\d.]+", root.get("viewBox", ""))]
    sizes = [re.match(r"\s*([\d.]+)", root.get(side, "")) for side in ("width", "height")]
    fallback = box[2:4] if len(box) == 4 else [0.0, 0.0]
    width, height = (
        int(float(each[1])) if each else int(box) for each, box in zip(sizes, fallback, strict=True)
    )
    names = [str(each.tag).rpartition("}")[2] for each in root.iter()]
    texts = [
        (each.text or "").strip()[:LONGEST_TEXT]
        for each, name in zip(root.iter(), names, strict=True)
        if name in ("title", "desc", "metadata") and (each.text or "").strip()
    ]
    # One rectangle is a background.
    return Picture("SVG", width, height, sum(name in DRAWN for name in names) < 2, tuple(texts))
