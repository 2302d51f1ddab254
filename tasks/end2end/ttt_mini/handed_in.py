"""What a candidate's run wrote, read with suspicion: adapters, votes, reported figures, table and plot."""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..examining import Ran, Refused
from .views import model

MOST_BYTES = 64 * 1024**2
CONFIGURATIONS = ("ttt", "no_augmentation", "no_demonstration_loss")
BARS = ("base", "fine_tuned", *CONFIGURATIONS)
MISSING = 1.0
"""The largest difference between two shares: for a figure that was not reported."""
RECTANGLE = re.compile(r"<rect\b[^>]{0,1000}>")
ATTRIBUTE = re.compile(r'\b([\w-]+)\s*=\s*"([^"]{0,200})"')


def read_adapters(ran: Ran, name: str, count: int) -> list[Any]:
    """Of every puzzle. Raises Refused with what was expected."""
    path = f"adapters/{name}.npz"
    data = ran.read(path)
    if data is None:
        raise Refused("invalid", f"study wrote no {path}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(each.file_size for each in archive.infolist()) > MOST_BYTES:
                raise Refused("invalid", f"{path} has more than {MOST_BYTES:,} bytes unpacked")
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {each: file[each] for each in file.files}
    except (ValueError, OSError, zipfile.BadZipFile, KeyError, EOFError) as error:
        raise Refused("invalid", f"{path} is not what numpy.savez writes: {error}") from error
    for each in model.ADAPTED:
        rows, columns = model.SHAPES[each]
        left, right = (arrays.get(f"{each}_{side}") for side in ("left", "right"))
        rank = left.shape[2] if left is not None and left.ndim == 3 else 0
        sound = fits(left, (count, rows, rank)) and fits(right, (count, rank, columns))
        if not (sound and 0 < rank <= model.RANK):
            wanted = f"{each}_left [{count}, {rows}, r] and {each}_right [{count}, r, {columns}]"
            raise Refused("invalid", f"{path} lacks finite numbers {wanted}, r from 1 to {model.RANK}")
    return [
        {each: (arrays[f"{each}_left"][i], arrays[f"{each}_right"][i]) for each in model.ADAPTED}
        for i in range(count)
    ]


def fits(array: Any, shape: tuple[int, ...]) -> bool:
    if array is None or array.shape != shape or array.dtype.kind != "f":
        return False
    return bool(np.isfinite(array).all() and np.abs(array).max(initial=0) < 1e6)


def size_of(adapter: Any) -> float:
    """Largest change that it makes to any weight."""
    return max(float(np.abs(left @ right).max()) for left, right in adapter.values())


def read_votes(ran: Ran, strategies: Sequence[str], lists: Sequence[Sequence[Any]]) -> dict[str, list[int]]:
    """A strategy's choice for each list; raises Refused."""
    written = ran.read_json("votes.json")
    votes: dict[str, list[int]] = {}
    for strategy in strategies:
        row = written.get(strategy) if isinstance(written, dict) else None
        if not isinstance(row, list) or len(row) != len(lists):
            raise Refused("invalid", f"votes.json has no {len(lists)} choices under '{strategy}'")
        for choice, views in zip(row, lists, strict=True):
            if type(choice) is not int or not 0 <= choice < len(views):
                raise Refused(
                    "invalid", f"votes.json, '{strategy}': {str(choice)[:40]} is no place in its list"
                )
        votes[strategy] = row
    return votes


def reported_error(written: Any, measured: Mapping[str, float]) -> float:
    """Largest difference between `solved` of a results.json and what was measured on the same puzzles."""
    reported = written.get("solved") if isinstance(written, dict) else None
    return largest_difference(reported if isinstance(reported, dict) else {}, measured)


def table_error(data: bytes | None, measured: Mapping[str, float]) -> float:
    """The same for bars.csv, columns `configuration` and `solved`."""
    text = (data or b"").decode("utf-8-sig", errors="replace")
    try:
        rows = list(csv.DictReader(io.StringIO(text)))
    except csv.Error:
        return MISSING
    return largest_difference({str(row.get("configuration")): row.get("solved") for row in rows}, measured)


def plot_error(data: bytes | None, measured: Mapping[str, float]) -> float:
    """The same for the heights of the bars of an SVG: `<rect data-configuration="ttt" height="…">`.

    In shares of the highest bar, as a plot has no unit.
    """
    heights: dict[str, Any] = {}
    for tag in RECTANGLE.findall((data or b"").decode("utf-8", errors="replace")):
        attributes = dict(ATTRIBUTE.findall(tag))
        if "data-configuration" in attributes:
            heights[attributes["data-configuration"]] = attributes.get("height")
    top, highest = max(measured.values()), max((number(each) for each in heights.values()), default=0.0)
    if not (top > 0 and 0 < highest < math.inf):
        return MISSING
    scaled = {name: number(each) / highest for name, each in heights.items()}
    return largest_difference(scaled, {name: each / top for name, each in measured.items()})


def largest_difference(reported: Mapping[str, Any], measured: Mapping[str, float]) -> float:
    """At most `MISSING`, which is also what a figure that is not there counts."""
    apart = [abs(number(reported.get(name)) - value) for name, value in measured.items()]
    return max(min(each, MISSING) if math.isfinite(each) else MISSING for each in apart)


def number(written: Any) -> float:
    """NaN for what is none."""
    if isinstance(written, bool):
        return math.nan
    try:
        return float(written)
    except (TypeError, ValueError, OverflowError):
        return math.nan
