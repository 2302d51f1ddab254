from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome
from agentkit.errors import BrokenPlugin
from agentkit.journal.fold import Selected
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.search.context import AttemptWork, RunContext, show_files


def work_on(run: RunContext, operator: str, *parents: str, number: int = 0) -> AttemptWork:
    return AttemptWork(run, Selected("a9", Expansion(operator=operator, parents=parents), 0, number))


def finish(run: RunContext, id: str, files: dict[str, str]) -> str:
    """An attempt that left these files; returns their snapshot."""
    folder = run.folder / f"left by {id}"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    snapshot = SnapshotWorkspace(folder, run.blobs).snapshot()
    attempt = Attempt(id=id, operator="draft", snapshot=snapshot, outcome=Outcome(status="valid"))
    run.journal.append("attempt", id, **attempt.model_dump(mode="json"))
    return snapshot


def test_an_attempt_starts_from_its_first_parent_or_the_task(bench: Any) -> None:
    run = bench.open(None, None)
    one, other = (finish(run, id, {"number.txt": id}) for id in ("a1", "a2"))
    assert one != other
    assert work_on(run, "draft").base == run.start
    assert work_on(run, "crossover", "a2", "a1").base == other
    assert [each.id for each in work_on(run, "crossover", "a2", "a1").parents] == ["a2", "a1"]
    run.journal.close()


def test_an_operator_the_scaffold_lacks_is_named_with_those_it_has(bench: Any) -> None:
    run = bench.open(None, None)
    with pytest.raises(BrokenPlugin, match=r"(?s)operator 'polish'.*draft, improve, debug"):
        _ = work_on(run, "polish").operator
    run.journal.close()


@pytest.mark.parametrize(("number", "seed"), [(0, 3000), (7, 3007), (499, 3499), (500, 3000), (1203, 3203)])
def test_attempts_are_evaluated_on_the_lower_half_of_the_runs_seeds(
    bench: Any, number: int, seed: int
) -> None:
    run = bench.open(None, None, seed=3)
    assert work_on(run, "draft", number=number).evaluation_seed == seed
    run.journal.close()


def test_a_workspace_opened_again_holds_that_snapshot_and_nothing_else(bench: Any) -> None:
    run = bench.open(None, None)
    work = work_on(run, "draft")
    left = work.open_workspace(run.start).folder
    (left / "number.txt").write_text("half a word")
    (left / "leftover").mkdir()
    again = work.open_workspace(run.start)
    assert again.folder == left
    assert [(path.name, path.read_text()) for path in left.iterdir()] == [("number.txt", "1")]
    run.journal.close()


def test_a_tool_may_touch_the_attempts_own_folder_and_what_the_task_lets_it(bench: Any) -> None:
    run = bench.open(None, None, task=bench.task(editable=("number.txt",)))
    work = work_on(run, "draft")
    context = work.tool_context(work.open_workspace(run.start))
    assert context.editable == ("number.txt",)
    assert context.sandbox is run.sandbox
    assert context.logs.is_dir()
    assert context.logs.parent == context.workspace.folder.parent == work.folder
    assert work.folder == run.folder / "attempts" / "a9"
    run.journal.close()


def test_differences_and_files_are_those_of_snapshots(bench: Any) -> None:
    run = bench.open(None, None)
    after = finish(run, "a1", {"number.txt": "2\n", "new.txt": "x\n"})
    work = work_on(run, "improve", "a1")
    assert {"-1", "+2", "+x"} <= set(work.diff(run.start, after).splitlines())
    assert work.files(after) == "## new.txt\n\n```\nx\n```\n\n## number.txt\n\n```\n2\n```"
    assert work.files(run.start) == "## number.txt\n\n```\n1\n```"
    run.journal.close()


def test_work_is_of_what_the_journal_selected(bench: Any, number_model: Any) -> None:
    run = bench.open(None, number_model([]))
    run.journal.append("selected", "a1", **Expansion(operator="draft").model_dump(mode="json"))
    assert (run.work("a1").id, run.work("a1").operator.name) == ("a1", "draft")
    run.journal.close()


def test_only_readable_files_are_shown_and_the_rest_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.py").write_text("x = 1\n")
    (tmp_path / "weights.bin").write_bytes(b"\0" * 10)
    (tmp_path / "long.txt").write_text("y" * 101)
    (tmp_path / "link.txt").symlink_to("long.txt")
    assert show_files(tmp_path, 100).split("\n\n## ") == [
        "## folder/a.py\n\n```\nx = 1\n```",
        "long.txt\n\n(101 bytes, not shown)",
        "weights.bin\n\n(10 bytes, not shown)",
    ]


def test_no_files_are_said_to_be_none(tmp_path: Path) -> None:
    assert show_files(tmp_path, 100) == "(no files)"


pieces = st.lists(st.sampled_from(["a", " ", "\n", "\n```", "````", "é"]), max_size=6).map("".join)


@settings(deadline=None, max_examples=60)
@given(st.lists(pieces, min_size=1, max_size=4), st.integers(0, 60))
def test_shown_files_can_be_told_apart_again_whatever_is_in_them(texts: list[str], room: int) -> None:
    """A reader who goes by the fences finds each text whole, and no more of them than there is room for."""
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            (Path(folder) / f"{number}.txt").write_bytes(text.encode())
        shown = show_files(Path(folder), room)
    found: dict[str, str] = {}
    taken = 0
    while shown:
        head = re.match(r"## (\d)\.txt\n\n(?:\((\d+) bytes, not shown\)|(`{3,})\n)", shown)
        assert head is not None, shown
        body, rest = "", shown[head.end() :]
        if head[3]:
            body, fence, rest = rest.partition(f"\n{head[3]}")
            assert fence
            found[head[1]] = body
            taken += len(texts[int(head[1])].encode())
        else:
            assert len(texts[int(head[1])].encode()) == int(head[2]) > room - taken
        shown = rest.removeprefix("\n\n")
    assert all(texts[int(name)].rstrip("\n") == text for name, text in found.items())
    assert taken <= room


def test_attempts_under_way_at_once_do_not_meet(bench: Any) -> None:
    run = bench.open(None, None)
    folders = [
        AttemptWork(run, Selected(id, Expansion(operator="draft"), 0, 0)).open_workspace(run.start).folder
        for id in ("a1", "a2")
    ]
    for folder in folders:
        (folder / "number.txt").write_text(folder.parent.name)
    assert [(folder / "number.txt").read_text() for folder in folders] == ["a1", "a2"]
    run.journal.close()
