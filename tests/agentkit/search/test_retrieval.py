from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.attempt import Attempt, AttemptTree, Expansion
from agentkit.contracts.calibration import Calibration, Pair
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.scaffold import Gain, Situation
from agentkit.contracts.task import Metric
from agentkit.journal.tree import Tree
from agentkit.search.prompt import open_prompts
from agentkit.search.retrieval import (
    describe_version,
    gains_of,
    nearest_gains,
    noise_of,
    retrieved,
    start_of,
)
from agentkit.search.text import size

SECONDS = Metric(name="seconds", unit="s", lower_is_better=True)
PROMPTS = open_prompts()


def outcome(seconds: float | None) -> Outcome:
    status = "crash" if seconds is None else "valid"
    return Outcome.model_validate(
        {"status": status, "metrics": {} if seconds is None else {"seconds": seconds}}
    )


def attempt(id: str, seconds: float | None, *parents: str, plan: str = "", lesson: str = "") -> Attempt:
    found = outcome(seconds)
    return Attempt(
        id=id,
        operator="x",
        parents=parents,
        plan=plan,
        lesson=lesson,
        outcome=found,
        fitness=SECONDS.fitness(found),
    )


TREE = Tree(
    [
        attempt("a1", 100.0, plan="Fuse the attention kernel."),
        attempt("a2", 100.0, plan="Warm up the learning rate."),
        attempt("a3", 80.0, "a1", plan="Tile the kernel by 64.", lesson="Tiles fit the cache."),
        attempt("a4", 99.5, "a2", plan="Round the schedule."),
        attempt("a5", 60.0, "a2", plan="Decay the rate faster.", lesson="Early steps matter."),
        attempt("a6", None, "a2", plan="Crash."),
        attempt("a7", 50.0, "a6", plan="Repair."),
        attempt("a8", 40.0, "a3", "a5", plan="Join both."),
    ]
)


def situation(
    tree: AttemptTree = TREE,
    *parents: str,
    earlier: tuple[Gain, ...] = (),
    params: Mapping[str, Any] | None = None,
    diffs: Mapping[str, str] | None = None,
) -> Situation:
    return Situation(
        tree=tree,
        expansion=Expansion(operator="x", parents=parents, params=params or {}),
        metric=SECONDS,
        instructions="Make training faster.",
        knowledge="",
        left=(),
        gains=(*gains_of(tree, SECONDS), *earlier),
        diff=lambda id: (diffs or {}).get(id, f"+{id}\n"),
        fill=PROMPTS.fill,
    )


def test_a_pair_is_a_valid_parent_and_a_child_that_is_better_by_more_than_noise() -> None:
    found = [(each.parent, each.attempt) for each in gains_of(TREE, SECONDS)]
    assert found == [("a1", "a3"), ("a2", "a5"), ("a3", "a8")], "0.5 % is noise, a crash has no figure"
    gain = gains_of(TREE, SECONDS)[0]
    assert (gain.before, gain.after, gain.size) == ("100 s", "80 s", 0.2)
    assert [each.attempt for each in gains_of(TREE, SECONDS, noise=30.0)] == ["a5", "a8"]


def test_noise_and_the_start_figure_are_those_measured_here() -> None:
    pairs = tuple(
        Pair(seed=seed, start=outcome(start), target=outcome(target))
        for seed, (start, target) in enumerate([(100.0, 50.0), (104.0, None), (108.0, 50.2)])
    )
    calibration = Calibration(task="t", digest="d", machine="m", metric="seconds", pairs=pairs)
    calibrated = calibration.model_dump(mode="json")
    assert noise_of(calibrated, SECONDS) == 2 * 2**0.5 * 4.0, "of the end that scatters more"
    assert (noise_of(None, SECONDS), start_of(None, SECONDS, "")) == (0.0, None)
    start = start_of(calibrated, SECONDS, "Make it fast.")
    assert start is not None
    assert start.outcome.metrics == {"seconds": 104.0}
    first = Tree([attempt("a1", 80.0, plan="Fuse.")])
    (gain,) = gains_of(first, SECONDS, 11.3, start)
    assert (gain.parent, gain.attempt, gain.description) == ("start", "a1", "Make it fast.")


def test_a_version_is_described_by_the_plans_that_led_to_it() -> None:
    described = describe_version(TREE, TREE.attempts["a8"])
    assert described.split("\n") == ["Fuse the attention kernel.", "Tile the kernel by 64.", "Join both."]


def test_the_change_of_the_version_most_alike_comes_first_and_ones_own_never() -> None:
    like_a1 = Tree([*TREE.attempts.values(), attempt("b1", 95.0, plan="Fuse the attention kernel again.")])
    assert [each.attempt for each in nearest_gains(situation(like_a1, "b1"))] == ["a3", "a8", "a5"]
    like_a2 = Tree([*TREE.attempts.values(), attempt("b1", 95.0, plan="A learning rate with warm up.")])
    assert [each.attempt for each in nearest_gains(situation(like_a2, "b1"))][0] == "a5"
    assert [each.attempt for each in nearest_gains(situation(TREE, "a3"))] == ["a8", "a5"]
    assert [each.attempt for each in nearest_gains(situation(TREE, "a8"))] == ["a5"], "a3 and a8 are in it"


def test_where_nothing_is_near_the_largest_gain_comes_first() -> None:
    assert [each.attempt for each in nearest_gains(situation(TREE))] == ["a8", "a5", "a3"]


def test_the_section_shows_a_table_and_the_diffs_that_fit() -> None:
    text = retrieved(2)(situation(TREE, "a1", diffs={"a3": "+a" * 6000, "a8": "+fast\n"}))
    assert "| a8 | a3 | 80 s | 40 s | Join both. |  |" in text
    assert "| a3 | a1 | 100 s | 80 s | Tile the kernel by 64. | Tiles fit the cache. |" in text
    assert "```diff\n+fast\n```" in text
    assert "+a+a" not in text, "that one does not fit"
    assert "| a5 |" not in text, "it asked for two"


def test_a_policy_gives_every_candidate_another_pair() -> None:
    shown = [retrieved()(situation(TREE, "a1", params={"retrieve": number})) for number in range(4)]
    assert shown[3] == shown[0], "past the last it begins again"
    assert len(set(shown)) == 3
    assert all(text.count("```diff") == 1 for text in shown)


def test_earlier_runs_are_named_and_bring_their_own_diffs() -> None:
    gain = Gain(
        run="20260101-speedrun",
        parent="a1",
        attempt="a2",
        before="9 s",
        after="3 s",
        size=0.67,
        description="Fuse the attention kernel.",
        change="Use tensor cores.",
        diff="+wmma\n",
    )
    text = retrieved(1)(situation(TREE, "a1", earlier=(gain,)))
    assert "| 20260101-speedrun/a2 | a1 | 9 s | 3 s | Use tensor cores. |  |" in text
    assert "+wmma" in text


def test_without_a_gain_there_is_no_section() -> None:
    assert retrieved()(situation(Tree())) == ""
    assert retrieved()(situation(Tree(), params={"retrieve": 5})) == ""


@given(
    figures=st.lists(st.none() | st.floats(1, 1000), min_size=1, max_size=15),
    parents=st.lists(st.integers(0, 20), min_size=15, max_size=15),
    plans=st.lists(st.text("ab ü\n`|", max_size=300), min_size=15, max_size=15),
    tokens=st.integers(100, 1000),
)
def test_whatever_the_journal_the_section_is_bounded_and_the_same_each_time(
    figures: list[float | None], parents: list[int], plans: list[str], tokens: int
) -> None:
    tree = Tree()
    for number, seconds in enumerate(figures):
        chosen = (f"a{parents[number] % number}",) if number and parents[number] % 3 else ()
        tree.add(attempt(f"a{number}", seconds, *chosen, plan=plans[number]))
    last = f"a{len(figures) - 1}"
    section = retrieved(5, tokens)
    text = section(situation(tree, last, diffs={last: "+x\n" * 99}))
    assert text == section(situation(tree, last, diffs={last: "+x\n" * 99}))
    words = size(PROMPTS.fill("retrieved", {"pairs": ""}))
    assert size(text) <= 4 * tokens + words
