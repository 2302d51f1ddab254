from __future__ import annotations

import numpy as np
import pytest

from agentkit.errors import UsageError
from agentkit.runs.tables.comparison.compare import compare, verdict
from agentkit.runs.tables.comparison.records import Comparison
from agentkit.runs.tables.comparison.sides import Side
from agentkit.runs.tables.row import RunRow
from agentkit.statistics.holm import holm
from agentkit.statistics.score_table import score_table
from agentkit.statistics.sign_flip import sign_flip_p
from tests.agentkit.runs.tables.written_runs import row

NOISE = np.random.default_rng(5).normal(0, 0.1, (3, 6, 3))


def side(name: str, number: int, gain: float = 0.0, tasks: int = 6) -> Side:
    return Side(name, [
        row(scaffold=name, task=f"t{task}", seed=seed, score=0.3 + gain + NOISE[number, task, seed])
        for task in range(tasks)
        for seed in range(3)
    ])  # fmt: skip


def run(*sides: Side, **options: object) -> Comparison:
    return compare(sides, resamples=200, flips=999, **options)  # type: ignore[arg-type]


def changed(of: Side, places: dict[int, dict[str, object]]) -> Side:
    return Side(of.name, [
        RunRow(**{**each.model_dump(), **places.get(place, {})}) for place, each in enumerate(of.rows)
    ])  # fmt: skip


def test_a_large_difference_is_shown_with_its_figures() -> None:
    found = run(side("aide", 0), side("tree", 1, gain=0.3)).contrasts[0]
    expected = float((NOISE[1] - NOISE[0]).mean()) + 0.3
    assert found.difference == pytest.approx(expected, abs=1e-12)
    assert found.shown and found.p_holm == found.p is not None and found.p <= 0.01
    assert found.sentence.startswith(f"tree recovers {expected:.2f} more than aide (")
    assert found.interval is not None and found.interval[0] < expected < found.interval[1]
    assert (found.cells, found.tasks, found.repetitions) == (18, 6, (3, 3))
    assert found.probability_of_improvement is not None and found.probability_of_improvement > 0.9
    assert found.standardised is not None and found.standardised > 1


@pytest.mark.parametrize(
    ("p", "interval", "shown"),
    [
        (0.04, (0.01, 0.3), True),
        (0.04, (-0.3, -0.01), True),
        (0.04, (-0.01, 0.3), False),  # the test alone
        (0.06, (0.01, 0.3), False),  # the interval alone
        (0.04, None, True),
        (None, None, False),
    ],
)
def test_shown_is_what_test_and_interval_both_show(
    p: float | None, interval: tuple[float, float] | None, shown: bool
) -> None:
    found = run(side("aide", 0), side("tree", 1)).contrasts[0].model_copy(update={"interval": interval})
    assert verdict(found, p) == {"p_holm": p, "shown": shown}


def test_the_better_side_is_named_first_on_whichever_side_it_is() -> None:
    one = run(side("aide", 0), side("tree", 1, gain=0.3)).contrasts[0]
    other = run(side("tree", 1, gain=0.3), side("aide", 0)).contrasts[0]
    assert other.difference == pytest.approx(-(one.difference or 0))
    assert other.sentence == one.sentence and one.sentence.startswith("tree recovers")


def test_where_nothing_is_shown_it_says_what_could_have_been_seen() -> None:
    found = run(side("aide", 0), side("tree", 1)).contrasts[0]
    assert not found.shown and found.sentence.startswith("No difference shown between tree and aide: ")
    assert found.detectable is not None
    assert f"With 3 runs of each of 6 tasks you could have seen {found.detectable:.2f}" in found.sentence


def test_several_contrasts_are_corrected_for() -> None:
    sides = side("aide", 0), side("tree", 1, gain=0.05), side("flat", 2, gain=0.08)
    found = run(*sides).contrasts
    plain = [
        sign_flip_p(
            score_table({
                (f"t{task}", seed): NOISE[number, task, seed] + gain - NOISE[0, task, seed]
                for task in range(6)
                for seed in range(3)
            }),
            flips=999,
        )
        for number, gain in ((1, 0.05), (2, 0.08))
    ]  # fmt: skip
    assert [each.p for each in found] == pytest.approx(plain)
    assert [each.p_holm for each in found] == pytest.approx(holm(plain))
    assert all("after Holm for 2 comparisons" in each.sentence for each in found)
    assert [(each.side, each.against) for each in run(*sides, all_pairs=True).contrasts] == [
        ("tree", "aide"), ("flat", "aide"), ("flat", "tree"),
    ]  # fmt: skip


def test_nothing_that_is_missing_is_dropped_in_silence() -> None:
    failed: dict[str, object] = {"score": None, "state": "failed"}
    first = changed(side("aide", 0), {0: failed, 1: failed})
    second = changed(side("tree", 1), {1: failed, 5: failed})
    second = Side("tree", [*second.rows[:17], row(scaffold="tree", task="t9", score=0.2)])
    comparison = run(first, second)
    found = comparison.contrasts[0]
    assert (found.cells, found.missing_side, found.missing_against, found.missing) == (14, 2, 2, 3)
    assert (found.only_side, found.only_against) == (1, 1)
    (note,) = (note for note in found.notes if note.startswith("Not in the comparison"))
    assert "2 without a figure in tree, 2 without a figure in aide, 1 of tree" in note
    assert [each.figures.missing for each in comparison.sides] == [2, 2]
    assert comparison.sides[0].not_finished == {"failed": 2}


def test_differing_budgets_are_said() -> None:
    first = changed(side("aide", 0), {place: {"caps": {"attempts": 10}} for place in range(18)})
    second = changed(side("tree", 1), {place: {"caps": {"attempts": 20}} for place in range(18)})
    notes = run(first, second).contrasts[0].notes
    assert "The budgets differ: attempts 20 against 10 (tree against aide)." in notes


def test_too_few_pairs_say_so() -> None:
    first, second = Side("aide", side("aide", 0).rows[:3]), Side("tree", side("tree", 1, gain=9.0).rows[:3])
    found = run(first, second).contrasts[0]
    assert found.p == found.least_p == 0.25 and not found.shown
    assert "With 3 pairs no difference could be shown, however large: p is at least 0.25." in found.notes


def test_tasks_as_a_sample_of_others() -> None:
    fixed, sampled = (
        run(side("aide", 0), side("tree", 1, gain=0.1), tasks_are=each).contrasts[0]
        for each in ("fixed", "sampled")
    )
    assert fixed.difference == sampled.difference and fixed.interval != sampled.interval
    assert sampled.p is not None and sampled.p * 2**6 == round(sampled.p * 2**6), "whole tasks change signs"


def test_intervals_of_rliable() -> None:
    found = run(side("aide", 0), side("tree", 1, gain=0.1), interval="rliable")
    assert found.interval == "rliable" and found.contrasts[0].interval is not None
    gaps = run(changed(side("aide", 0), {0: {"score": None}}), side("tree", 1), interval="rliable").contrasts[
        0
    ]
    assert gaps.interval is None and any("takes no missing cells" in note for note in gaps.notes)


def test_nothing_in_common_is_refused() -> None:
    other = Side("tree", [row(scaffold="tree", task="t9", seed=4)])
    with pytest.raises(UsageError, match="no task and seed in common") as caught:
        run(side("aide", 0), other)
    assert "t9" in str(caught.value)
    failed = Side("tree", [row(scaffold="tree", task="t0", score=None, state="failed")])
    found = run(side("aide", 0), failed).contrasts[0]
    assert found.p_holm is None and found.sentence.startswith("Nothing can be said of tree and aide")


@pytest.mark.parametrize("unlike", [{"simulated": True}, {"trust": "claimed"}])
def test_unlike_runs_are_compared_only_if_that_is_meant(unlike: dict[str, object]) -> None:
    other = changed(side("tree", 1), {place: unlike for place in range(18)})
    with pytest.raises(UsageError, match="This would compare") as caught:
        run(side("aide", 0), other)
    assert "--mixed" in str(caught.value)
    note, *_ = run(side("aide", 0), other, mixed=True).notes
    assert note.startswith("This compares ")


def test_another_figure_than_the_score() -> None:
    slow = changed(side("tree", 1), {place: {"minutes": 9.0 + place / 100} for place in range(18)})
    fast = changed(side("aide", 0), {place: {"minutes": 3.0} for place in range(18)})
    found = run(fast, slow, figure="minutes").contrasts[0]
    assert found.sentence.startswith("tree has a minutes that is 6.08 more than that of aide")


def test_what_could_be_seen_is_said_after_the_correction() -> None:
    sides = [side(f"s{place}", place % 3, gain=9.0 * place, tasks=2) for place in range(5)]
    assert run(*sides[:2]).contrasts[0].shown, "one comparison of six pairs can show something"
    for each in run(*sides).contrasts:
        assert (each.p, each.p_holm, each.least_p, each.shown) == (1 / 32, 0.125, 0.125, False)
        assert "you could have seen" not in each.sentence
        least = "p is at least 0.125 after Holm for 4 comparisons."
        assert f"With 6 pairs no difference could be shown, however large: {least}" in each.notes


def test_more_comparisons_see_less() -> None:
    sides = side("aide", 0), side("tree", 1), side("flat", 2)
    alone, among = (run(*each).contrasts[0].detectable for each in (sides[:2], sides))
    assert alone is not None and among is not None and among > 1.1 * alone


def test_an_answer_of_a_run_that_did_not_finish_is_no_figure() -> None:
    whole = [changed(side(name, number), {place: {"value": 9.0 - place / 9} for place in range(18)})
             for number, name in enumerate(("aide", "tree"))]  # fmt: skip
    first = changed(whole[0], {0: {"state": "interrupted", "score": None}})
    found = run(first, whole[1], figure="value").contrasts[0]
    assert (found.cells, found.missing, found.missing_against) == (17, 1, 1)
