from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.locked import LockedRegions
from agentkit.contracts.messages import Message, ModelRequest, Reply
from agentkit.graph.drive import drive
from agentkit.search.coder_edit import apply_edits
from agentkit.source.edit_blocks import Edit, EditRefused, read_edits

lines = st.lists(st.from_regex(r"[ a-z(){}=.]{0,12}", fullmatch=True), min_size=1, max_size=8)


@given(before=lines, old=lines, after=lines, new=lines)
def test_a_unique_piece_is_replaced_and_the_rest_stays(
    tmp_path_factory: pytest.TempPathFactory,
    before: list[str],
    old: list[str],
    after: list[str],
    new: list[str],
) -> None:
    folder = tmp_path_factory.mktemp("work")
    head, piece, tail, fresh = ("\n".join(part) + "\n" for part in (before, ["@@", *old], after, new))
    (folder / "f.py").write_text(head + piece + tail)
    reply = f"f.py\n<<<<<<< SEARCH\n{piece}=======\n{fresh}>>>>>>> REPLACE\n"
    apply_edits(folder, read_edits(reply), ["**"], {})
    assert (folder / "f.py").read_text() == head + fresh + tail


@pytest.mark.parametrize(
    ("edits", "editable", "message"),
    [
        ([Edit("f.py", "missing", "x")], ["**"], "does not occur in f.py"),
        ([Edit("f.py", "a", "x")], ["**"], "occurs 2 times"),
        ([Edit("g.py", "a", "x")], ["**"], "there is no file g.py"),
        ([Edit("../f.py", None, "x")], ["**"], "f.py"),
        ([Edit("f.py", None, "x")], ["train.py"], "may change: train.py"),
        ([Edit("f.py", None, "zzz"), Edit("f.py", "a", "x")], ["**"], "does not occur"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_changed(
    tmp_path: Path, edits: list[Edit], editable: list[str], message: str
) -> None:
    (tmp_path / "f.py").write_text("a a")
    with pytest.raises(EditRefused, match=message):
        apply_edits(tmp_path, edits, editable, {})
    assert (tmp_path / "f.py").read_text() == "a a"


def test_a_model_without_tools_works_by_edits(bench: Any, number_model: Any, list_policy: Any) -> None:
    run = bench.open(list_policy([Expansion(operator="draft")]), number_model(["12"], offers_tools=False))
    asyncio.run(drive(run, _Nothing(), run.folder / "checkpoints.sqlite"))
    (attempt,) = run.journal.state.tree.attempts.values()
    assert attempt.fitness == 12.0
    run.journal.close()


def test_a_model_is_told_what_did_not_fit_and_may_try_again(
    bench: Any, number_model: Any, list_policy: Any
) -> None:
    heard: list[str] = []

    class Clumsy:
        name = "scripted/clumsy"
        offers_tools = False

        async def reply(self, request: ModelRequest) -> Reply:
            if request.position.stage == "code" and request.position.index == 0:
                return Reply(message=Message(role="assistant", text="number.txt becomes 5"))
            heard.append(request.messages[-1].text)
            reply: Reply = await number_model(["5"], offers_tools=False).reply(request)
            return reply

    run = bench.open(list_policy([Expansion(operator="draft")]), Clumsy())
    asyncio.run(drive(run, _Nothing(), run.folder / "checkpoints.sqlite"))
    assert any("no edit block" in text for text in heard)
    (attempt,) = run.journal.state.tree.attempts.values()
    assert attempt.fitness == 5.0
    run.journal.close()


class _Nothing:
    async def finalise(self, reason: str) -> None:
        return None

    async def judge(self) -> None:
        return None


def test_a_part_that_the_task_locks_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    text = "def measure():\n    return 1\n\n\ndef train():\n    return 2\n"
    (tmp_path / "start.py").write_text(text)
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "train.py").write_text(text)
    regions = {"train.py": LockedRegions(("measure",), (tmp_path / "start.py",))}
    block = "train.py\n<<<<<<< SEARCH\n    return {0}\n=======\n    return {0}0\n>>>>>>> REPLACE\n"
    both = read_edits(block.format(2) + block.format(1))
    with pytest.raises(EditRefused, match=r"measure \(changed: return 10\)"):
        apply_edits(folder, both, ["**"], regions)
    assert (folder / "train.py").read_text() == text
    apply_edits(folder, read_edits(block.format(2)), ["**"], regions)
    assert "return 20" in (folder / "train.py").read_text()
