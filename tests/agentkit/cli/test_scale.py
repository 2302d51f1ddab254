from __future__ import annotations

import pytest

from agentkit.cli.scale import Scale, read_scale, say_scale, scale_of
from agentkit.contracts.events import Event
from agentkit.contracts.summary import ReferenceEnds

SPEED = Scale("cpu_seconds", "s", 18.4, 12.1, 3, True)


def test_a_calibrated_event_is_read(finished: list[Event]) -> None:
    data = next(event.data for event in finished if event.kind == "calibrated")
    assert read_scale(data) == SPEED
    assert read_scale({}) is None


PUBLISHED = {"start": 20.0, "target": 10.0, "source": "a paper, table 3", "hardware": "eight H100"}


def test_published_ends_are_said_with_their_source_and_not_to_be_of_this_machine() -> None:
    calibration = {"metric": "cpu_seconds", "pairs": [], "published": PUBLISHED}
    data = {"calibration": calibration, "start_mean": 20.0, "target_mean": 10.0, "pairs": 0, "unit": "s"}
    scale = read_scale({**data, "measurable": False, "cached": False})
    assert scale is not None
    assert scale.share(15.0) == 0.5
    words = (
        "from 20.0 s CPU at the start to 10.0 s CPU for the reference, "
        "as published (a paper, table 3, eight H100)"
    )
    assert say_scale(scale) == words
    ends = ReferenceEnds(
        metric="cpu_seconds", unit="s", start=20.0, target=10.0, start_sd=0.0, target_sd=0.0, pairs=0,
        gap_in_errors=None, measurable=False, source="a paper, table 3", hardware="eight H100",
    )  # fmt: skip
    assert scale_of(ends) == scale


def test_the_start_is_nothing_and_the_reference_is_all() -> None:
    assert (SPEED.share(18.4), SPEED.share(12.1)) == (0.0, 1.0)
    accuracy = Scale("accuracy", "", 0.5, 0.9, 3, True)
    assert accuracy.share(0.8) == pytest.approx(0.75)
    assert Scale("loss", "", 1.0, 1.0, 3, False).share(1.0) is None


def test_only_a_time_that_falls_is_a_speed_up() -> None:
    assert SPEED.speed
    assert not Scale("accuracy", "", 0.5, 0.9, 3, True).speed
    assert not Scale("uptime", "s", 5.0, 9.0, 3, True).speed


def test_a_scale_is_said_with_its_doubt() -> None:
    assert say_scale(SPEED) == (
        "from 18.4 s CPU at the start to 12.1 s CPU for the reference, "
        "measured on this machine by 3 pairs of runs"
    )
    ends = ReferenceEnds(
        metric="cpu_seconds", unit="s", start=18.4, target=18.1, start_sd=1.0, target_sd=1.0, pairs=8,
        gap_in_errors=0.4, measurable=False,
    )  # fmt: skip
    assert say_scale(scale_of(ends)).endswith("the gap is smaller than its noise here")
