"""Curve: falling figures drawn as text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

Point = tuple[float, float]

KEPT = 400
"""Points of a trace that are kept; a terminal shows fewer."""

# Unicode braille: bit of the dot at (column 0..1, row 0..3) within one cell.
DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


@dataclass
class Trace:
    """A series that is thinned evenly as it grows, so that a long training costs no more than a short one."""

    points: list[Point] = field(default_factory=list)
    stride: int = 1
    seen: int = 0
    last: Point | None = None

    def add(self, x: float, y: float) -> None:
        """Non-finite figures are left out: they have no place on a plot."""
        if not (math.isfinite(x) and math.isfinite(y)):
            return
        self.last = (x, y)
        if self.seen % self.stride == 0:
            self.points.append((x, y))
        self.seen += 1
        if len(self.points) >= KEPT:
            self.points = self.points[::2]
            self.stride *= 2

    def all(self) -> list[Point]:
        """The kept points and the newest one."""
        if self.last is None or (self.points and self.points[-1] == self.last):
            return list(self.points)
        return [*self.points, self.last]


def plot(series: Sequence[Sequence[Point]], width: int, height: int, unit: str = "") -> list[str]:
    """Exactly `height` lines of at most `width` characters, with both axes.

    The first series is drawn in braille dots, the others behind it in middle dots, so that they can be
    told apart without colour. What lies above the lowest value of the first tenth is cut off: the fall of
    the first steps would flatten the rest. `unit` is written at the end of the x axis.
    """
    finite = [[point for point in each if all(map(math.isfinite, point))] for each in series]
    drawn = [each for each in finite if each]
    if height < 3 or width < 16 or not drawn:
        return [""] * max(0, height)
    left, right = min(x for each in drawn for x, _ in each), max(x for each in drawn for x, _ in each)
    low, high = min(y for each in drawn for _, y in each), max(ceiling(each) for each in drawn)
    if high - low <= max(abs(low) * 1e-9, 1e-9):
        high = low + max(abs(low) * 0.01, 1e-6)
    if right - left <= max(abs(left) * 1e-9, 1e-9):
        right = left + max(abs(left) * 0.01, 1.0)
    labels = [axis_label(high), axis_label(low)]
    margin = max(map(len, labels))
    columns, rows = width - margin - 2, height - 2
    canvas = [[" "] * columns for _ in range(rows)]
    frame = (left, right, low, high)
    for each in reversed(finite[1:]):
        for column, row in cells(each, frame, columns, rows):
            canvas[row][column] = "·"
    for column, row, bits in braille(finite[0], frame, columns, rows):
        canvas[row][column] = chr(0x2800 | bits)
    lines = []
    for row in range(rows):
        label = labels[0] if row == 0 else labels[1] if row == rows - 1 else ""
        lines.append(f"{label:>{margin}} │{''.join(canvas[row])}".rstrip())
    first, last = axis_label(left), f"{axis_label(right)} {unit}".rstrip()
    lines.append(f"{'':>{margin}} └{'─' * columns}")
    lines.append(f"{'':>{margin}}  {first}{last:>{max(0, columns - len(first))}}"[:width])
    return lines


def axis_label(value: float) -> str:
    return f"{value:.4g}"


def ceiling(points: Sequence[Point]) -> float:
    """The lowest value within the first tenth of a series; of a short series the highest of all."""
    opening = len(points) // 10
    return min(y for _, y in points[:opening]) if opening else max(y for _, y in points)


def cells(
    points: Sequence[Point], frame: tuple[float, float, float, float], columns: int, rows: int
) -> Iterator[tuple[int, int]]:
    """Positions (column, row from the top) in a grid that a line through the points passes."""
    left, right, low, high = frame

    def place(point: Point) -> Point:
        # Divided before it is multiplied, so that huge figures do not overflow.
        across = (point[0] / 2 - left / 2) / (right / 2 - left / 2)
        down = (high / 2 - point[1] / 2) / (high / 2 - low / 2)
        return across * (columns - 1), max(-1.0, down) * (rows - 1)

    before: Point | None = None
    for point in points:
        x, y = place(point)
        start_x, start_y = before or (x, y)
        steps = max(1, math.ceil(abs(x - start_x)), math.ceil(abs(y - start_y)))
        for step in range(0 if before is None else 1, steps + 1):
            column = round(start_x + (x - start_x) * step / steps)
            row = round(start_y + (y - start_y) * step / steps)
            if 0 <= column < columns and 0 <= row < rows:
                yield column, row
        before = (x, y)


def braille(
    points: Sequence[Point], frame: tuple[float, float, float, float], columns: int, rows: int
) -> Iterator[tuple[int, int, int]]:
    """(column, row, bits) of every cell with dots, each cell 2 dots wide and 4 high."""
    bits: dict[tuple[int, int], int] = {}
    for x, y in cells(points, frame, columns * 2, rows * 4):
        where = (x // 2, y // 4)
        bits[where] = bits.get(where, 0) | DOTS[x % 2][y % 4]
    for (column, row), value in bits.items():
        yield column, row, value
