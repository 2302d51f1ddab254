from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as some

from agentkit.cli.curve import KEPT, Trace, plot

POINTS = some.lists(some.tuples(some.floats(), some.floats()), max_size=30)


@given(some.lists(POINTS, min_size=1, max_size=3), some.integers(0, 130), some.integers(0, 30))
def test_any_figures_make_a_plot_of_the_size_asked_for(
    series: list[list[tuple[float, float]]], width: int, height: int
) -> None:
    lines = plot(series, width, height, "seconds")
    assert len(lines) == height
    assert all(len(line) <= width for line in lines)


def test_a_falling_loss_falls_from_the_upper_left_to_the_lower_right() -> None:
    lines = plot([[(float(x), 4.0 - x / 10) for x in range(0, 21, 4)]], 50, 12)
    assert (lines[0].split()[0], lines[9].split()[0]) == ("4", "2")
    drawn = [line.partition("│")[2] for line in lines[:10]]
    first = [len(line) - len(line.lstrip()) for line in drawn]
    assert first == sorted(first) and first[0] == 0 and len(drawn[9]) > 40
    assert lines[-1].split() == ["0", "20"]


def test_the_line_has_no_gap() -> None:
    lines = plot([[(0.0, 9.0), (1.0, 8.0), (100.0, 1.0)]], 80, 14)
    columns = range(8, 78)
    assert all(any(line[column : column + 1] > "⠀" for line in lines[:12]) for column in columns)


def test_the_second_series_is_drawn_behind_in_other_characters() -> None:
    best = [(float(x), 3.0 - x / 10) for x in range(11)]
    now = [(x, y - 0.5) for x, y in best[:5]]
    text = "\n".join(plot([now, best], 60, 12))
    assert "·" in text and any("⠁" <= each <= "⣿" for each in text)
    assert "·" not in "\n".join(plot([now, []], 60, 12))
    covered, apart = "\n".join(plot([best, best], 60, 12)), "\n".join(plot([now, best], 60, 12))
    assert covered.count("·") < apart.count("·") / 2, "where both pass, the first is seen"


def test_the_first_steps_do_not_flatten_the_rest() -> None:
    fall = [(float(x), 100.0 if x < 5 else 3.0 - x / 100) for x in range(101)]
    assert plot([fall], 60, 12)[0].split()[0] != "100"


def test_a_diverged_loss_is_left_out() -> None:
    lines = plot([[(0.0, 3.0), (1.0, math.nan), (2.0, math.inf), (3.0, 2.0)]], 60, 12)
    assert lines[0].split()[0] == "3"


@given(some.integers(1, 5000))
def test_a_trace_stays_small_and_keeps_its_ends(count: int) -> None:
    trace = Trace()
    for step in range(count):
        trace.add(float(step), 1.0)
    points = trace.all()
    assert len(points) <= KEPT
    assert (points[0][0], points[-1][0]) == (0.0, count - 1.0)
    assert points == sorted(points)


def test_a_trace_leaves_out_what_is_no_number() -> None:
    trace = Trace()
    trace.add(1.0, math.nan)
    assert trace.all() == []
