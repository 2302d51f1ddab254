"""Which steps are tasks, from the tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def ladder(originals: Callable[[str], Any]) -> Any:
    return originals("ladder").ladder()


def test_every_step_of_every_track_has_a_name(ladder: Any) -> None:
    by_track = {track: sum(each.track == track for each in ladder.values()) for track in ("main", "medium")}
    assert by_track == {"main": 88, "medium": 17}
    assert [name for name, each in ladder.items() if each.excluded] == [
        "record6", "record24", "record65", "medium1", "medium10",
    ]  # fmt: skip
    assert ladder["steps1"].target == "steps.3"


def test_both_ends_have_a_script(ladder: Any, originals: Any) -> None:
    sources = originals("source").read_sources()
    for each in ladder.values():
        if not each.excluded:
            for place in (each.start, each.target):
                track, number = place.split(".", 1)
                assert not sources.track(track)[number].absent, each.name


def test_starts_that_are_not_the_record_before(ladder: Any) -> None:
    assert (ladder["record21"].start, ladder["record21"].target) == ("retimed.21_torch", "main.22")
    assert ladder["record21"].gap == "1.4 s"
    assert ladder["record66"].start == "main.65"
    assert ladder["medium11"].start == "medium.10"


def test_the_clock_of_both_ends(ladder: Any, originals: Any) -> None:
    rule = originals("printed").TimingRule
    assert ladder["record2"].timing is rule.EVERYTHING
    assert ladder["record3"].timing is rule.FROM_STEP_10
    assert ladder["record21"].timing is rule.WARMED_UP
    assert ladder["steps5"].timing is rule.WARMED_UP


def test_published_ends(ladder: Any) -> None:
    assert ladder["record12"].published == (317_839, 289_805)
    assert ladder["record21"].published == pytest.approx((180_840, 179_400))
    assert ladder["steps1"].published == (3600, 3500)
    assert "2506.22419" in ladder["record20"].source and "README" in ladder["record21"].source


def test_what_a_run_may_take_follows_its_start(ladder: Any) -> None:
    assert ladder["record1"].limit_seconds(8) == 1800 + 3 * 45 * 60
    assert ladder["record4"].limit_seconds(1) == pytest.approx(1800 + 8 * 3 * 22.3 * 60)
    assert ladder["steps1"].shards == 20, "3600 steps of 524,288 tokens"
    assert ladder["record88"].date.isoformat() == "2026-07-17"
