"""The tables of later records, against figures that were counted from upstream's own tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest

Import = Callable[[str], Any]


@pytest.fixture
def since(originals: Import) -> Any:
    return originals("records_since")


def test_the_main_track_from_22_to_89(since: Any) -> None:
    steps = since.timed_steps("main")
    assert [each.target for each in steps] == list(range(22, 90))
    assert [each.target for each in steps if each.excluded] == [25, 66]
    assert len([each for each in steps if each.target > 27]) == 62
    gaps = [each.gap for each in steps]
    assert all(gap > 0 for gap in gaps)
    assert median(gaps) == pytest.approx(1.08)
    assert sum(gap < 0.5 for gap in gaps) == 11
    assert math.fsum(gaps) == pytest.approx(60 * (3.014 - 1.23))


def test_22_starts_from_the_retimed_21(since: Any) -> None:
    first = since.timed_steps("main")[0]
    assert (first.start, first.gap) == ("retimed.21_torch", pytest.approx(60 * (3.014 - 2.99)))
    assert [each.minutes for each in since.read_records_since().retimed.values()] == [2.997, 3.014]


def test_every_start_and_target_has_a_script_unless_excluded(since: Any, originals: Import) -> None:
    sources = originals("source").read_sources()
    tasks = [
        each
        for each in (*since.timed_steps("main"), *since.timed_steps("medium"), *since.counted_steps())
        if not each.excluded
    ]
    for each in tasks:
        track, number = each.start.split(".")
        assert not sources.track(track)[number].absent, each
        assert not sources.track(each.track)[str(each.target)].absent, each
    assert len(tasks) == 66 + 15 + 19


def test_dates_go_forward_and_each_is_known(since: Any) -> None:
    table = since.read_records_since()
    dates = [each.date for each in table.main.values()]
    assert dates == sorted(dates)
    assert (str(dates[0]), str(dates[-1])) == ("2025-05-24", "2026-07-17")
    assert [number for number, each in table.medium.items() if each.date is None] == [11]
    assert all(each.date for each in since.counted_steps())


def test_the_medium_track(since: Any) -> None:
    records = since.read_records_since().medium
    assert (len(records), records[1].minutes, records[18].minutes) == (18, 348.0, 17.35)
    assert [each.target for each in since.timed_steps("medium") if each.excluded] == [2, 11]
    assert {each.target: each.start for each in since.timed_steps("medium")}[12] == "medium.10"


def test_the_chain_of_fewest_steps(since: Any) -> None:
    results = since.read_records_since().steps
    assert len(results) == 46
    chain = {number: each.steps for number, each in results.items() if each.record}
    assert chain == {
        1: 3600, 3: 3500, 5: 3325, 9: 3250, 11: 3225, 13: 3210, 14: 3150, 16: 3125, 20: 3030, 29: 2990,
        30: 2930, 34: 2925, 38: 2900, 40: 2890, 41: 2875, 42: 2860, 43: 2850, 44: 2750, 45: 2720, 46: 2690,
    }  # fmt: skip
    steps = since.counted_steps()
    assert [each.gap for each in steps][:2] == [100, 175]
    assert sum(each.gap for each in steps) == 3600 - 2690
    assert steps[-1].start == "steps.45"


def test_upstreams_own_results_are_valid_but_the_first_three(since: Any, originals: Import) -> None:
    """Those are marked as not significant there."""
    is_valid = originals("fewest_steps").is_valid_result
    results = since.read_records_since().steps
    assert [number for number, each in results.items() if not is_valid([each.loss] * each.n)] == [1, 2, 3]


def test_fraction_of_steps(since: Any) -> None:
    assert since.fraction_recovered(3600, 3500, 3600) == 0
    assert since.fraction_recovered(3600, 3500, 3475) == 1.25
    with pytest.raises(ValueError):
        since.fraction_recovered(3500, 3500, 3400)
