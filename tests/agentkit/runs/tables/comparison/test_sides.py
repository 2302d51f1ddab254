from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.errors import UsageError
from agentkit.runs.tables.comparison.sides import (
    Side,
    differing,
    keyed,
    paired_by,
    read_sides,
    refuse_mixture,
    refuse_overlap,
)
from agentkit.runs.tables.row import RunRow
from tests.agentkit.runs.tables.written_runs import row

ROWS = [row(scaffold=scaffold, seed=seed) for scaffold in ("aide", "tree") for seed in (0, 1)]


def sides(*words: str) -> list[Side]:
    return read_sides(words, lambda: ROWS, lambda folder: ROWS[:1] if folder.name == "runs" else [])


def test_a_side_is_a_filter_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "empty").mkdir()
    one, other = sides("scaffold=aide", str(tmp_path / "runs"))
    assert (list(one.rows), list(other.rows)) == (ROWS[:2], ROWS[:1])
    with pytest.raises(UsageError, match="is no side of a comparison"):
        sides("scaffold=aide", "nowhere")
    with pytest.raises(UsageError, match="There is no run in"):
        sides("scaffold=aide", str(tmp_path / "empty"))
    with pytest.raises(UsageError, match="No run has scaffold=flat"):
        sides("scaffold=flat", "scaffold=aide")


def test_no_run_is_on_both_sides() -> None:
    refuse_overlap(sides("scaffold=aide", "scaffold=tree"))
    with pytest.raises(UsageError, match="1 of the runs are on both sides"):
        refuse_overlap(sides("scaffold=aide", "seed=0,scaffold=aide"))


def test_cells_without_a_run_are_of_their_own_sweep() -> None:
    here, there = (RunRow(state="waiting", task="toy/one", cell="the same") for _ in range(2))
    refuse_overlap([Side("here", [here]), Side("there", [there])])
    with pytest.raises(UsageError, match="1 of the runs are on both sides"):
        refuse_overlap([Side("here", [here]), Side("there", [here])])


def test_unlike_runs_are_named() -> None:
    live, claimed = Side("live", [row()]), Side("claimed", [row(trust="claimed", seed=1)])
    simulated = Side("simulated", [row(simulated=True, seed=2)])
    assert refuse_mixture([live, Side("nop", [row(model="none", seed=3)])]) == [], "it asks no model at all"
    assert refuse_mixture([live, Side("too", [row(seed=4)])]) == []
    (words,) = refuse_mixture([live, simulated])
    assert "simulated runs with runs of a live model: live has 1 live; simulated has 1 simulated" in words
    (words,) = refuse_mixture([live, claimed])
    assert "live has 1 verified; claimed has 1 claimed" in words


def test_what_the_sides_differ_in() -> None:
    one = Side("one", [row(settings={"width": 1, "target": None}, caps={"attempts": 20})])
    other = Side("other", [row(settings={"width": 2}, caps={"attempts": 10}, hints="text")])
    assert differing(one, other) == {
        "hints": ("none", "text"), "cap.attempts": ("20", "10"), "settings.width": ("1", "2"),
    }  # fmt: skip


def test_settings_that_only_one_scaffold_has_differ_as_the_scaffold_does() -> None:
    own = {"scaffold_settings.drafts": 3, "scaffold_settings.width": 1}
    one = Side("one", [row(settings=own)])
    other = Side("other", [row(scaffold="tree", settings={"scaffold_settings.width": 2})])
    assert list(differing(one, other)) == ["scaffold", "settings.scaffold_settings.width"]


def test_runs_are_paired_with_their_like() -> None:
    rows = [
        row(scaffold=scaffold, hints=hints, seed=seed)
        for scaffold in ("aide", "tree")
        for hints in ("none", "text")
        for seed in (0, 1)
    ]
    one = Side("aide", [each for each in rows if each.scaffold == "aide"])
    other = Side("tree", [each for each in rows if each.scaffold == "tree"])
    names = paired_by(one, other)
    assert names == ["hints"]
    ours, theirs = keyed(one, other, names), keyed(other, one, names)
    assert ours.keys() == theirs.keys() and len(ours) == 4
    assert all((ours[key].hints, ours[key].seed) == (theirs[key].hints, theirs[key].seed) for key in ours)


def test_repetitions_of_one_seed_are_numbered() -> None:
    one = Side("one", [row(run="b"), row(run="a")])
    assert [each.run for each in keyed(one, one, []).values()] == ["a", "b"]
    assert len(keyed(one, one, [])) == 2


def test_several_kinds_of_runs_for_one_are_refused() -> None:
    one = Side("scaffold=aide", [row(settings={"width": 1}), row(settings={"width": 2})])
    other = Side("scaffold=tree", [row(scaffold="tree")])
    with pytest.raises(UsageError, match="several kinds of runs") as caught:
        keyed(one, other, paired_by(one, other))
    assert "settings.width is 1 | 2" in str(caught.value)
    assert "scaffold=aide,settings.width=1" in str(caught.value)
