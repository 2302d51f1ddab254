from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.messages import Message, ModelRequest, Reply, ToolCall
from agentkit.contracts.model import ModelCard
from agentkit.contracts.tool import ToolContext, ToolResult, reading_tool, tool
from agentkit.errors import ContextOverflow
from agentkit.journal.log import read_events
from agentkit.search.coder_tools import Coded, ToolsCoder
from agentkit.search.conversation import Conversation, opening


@tool
async def broken(context: ToolContext) -> ToolResult:
    """Fail."""
    raise ZeroDivisionError("inside the tool")


class Asking:
    """Makes the calls it was given, one a turn, and keeps what it was told after each."""

    name = "scripted/asking"
    offers_tools = True

    def __init__(self, *calls: ToolCall | None) -> None:
        self.calls = calls
        self.told: list[str] = []

    async def reply(self, request: ModelRequest) -> Reply:
        self.told.append(request.messages[-1].text)
        call = self.calls[request.position.index]
        return Reply(message=Message(role="assistant", text="so", tool_calls=(call,) if call else ()))


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(id=f"call-{name}", name=name, arguments=arguments)


def code(bench: Any, list_policy: Any, model: Asking, **changes: Any) -> tuple[Coded, Any]:
    run = bench.open(list_policy([]), model, **changes)
    if "a1" not in run.journal.state.selected:
        run.journal.append("selected", "a1", **Expansion(operator="draft").model_dump(mode="json"))
    work = run.work("a1")
    workspace = work.open_workspace(work.base)
    coder = ToolsCoder(work, workspace, Conversation(opening("system", "user")))
    coded = asyncio.run(coder.run())
    run.journal.close()
    return coded, workspace


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (call("wirte", text="5"), "Did you mean write?"),
        (call("zzzz"), "There are: write, submit, broken"),
        (call("write", txet="5"), "txet"),
        (ToolCall(id="x", name="write", malformed='{"text": "5'), "no JSON object"),
        (call("broken"), "ZeroDivisionError: inside the tool"),
    ],
)
def test_a_wrong_call_is_a_result_the_model_can_read(
    bench: Any, list_policy: Any, wrong: ToolCall, told: str
) -> None:
    model = Asking(wrong, call("submit"))
    tools = bench.open(list_policy([]), model)
    offered = {**tools.tools, "broken": broken}
    tools.journal.close()
    coded, _ = code(bench, list_policy, model, tools=offered)
    assert coded.submitted
    assert told in model.told[1]


@tool
async def make_pipe(context: ToolContext) -> ToolResult:
    """Make something that no snapshot can hold."""
    path = context.workspace.folder / "pipe"
    if not path.exists():
        os.mkfifo(path)
    return ToolResult(ok=True, summary="made", text="made it")


def test_what_a_version_of_the_files_does_not_keep_is_told_once(bench: Any, list_policy: Any) -> None:
    model = Asking(call("make_pipe"), call("make_pipe"), call("submit"))
    opened = bench.open(list_policy([]), model)
    opened.journal.close()
    code(bench, list_policy, model, tools={**opened.tools, "make_pipe": make_pipe})
    assert "made it\nNot kept with this version of the files: pipe (not a regular file)." in model.told[1]
    assert "made it" in model.told[2] and "Not kept" not in model.told[2]


def test_turns_are_a_cap(bench: Any, list_policy: Any) -> None:
    model = Asking(*[call("write", text=str(number)) for number in range(9)])
    coded, workspace = code(bench, list_policy, model, budget=Budget(turns=3))
    assert coded == Coded(3, False, "no turn is left")
    assert (workspace.folder / "number.txt").read_text() == "2"


def test_two_turns_without_a_call_end_the_stage(bench: Any, list_policy: Any) -> None:
    model = Asking(None, None, call("submit"))
    coded, _ = code(bench, list_policy, model)
    assert not coded.submitted
    assert coded.turns == 2
    assert "Call a tool" in model.told[1]


def test_a_resumed_stage_undoes_what_a_half_done_call_left(bench: Any, list_policy: Any) -> None:
    """The third call had begun to write when the process was killed; its record is missing."""
    calls = [call("write", text="3"), call("write", text="33"), call("write", text="333"), call("submit")]
    code(bench, list_policy, Asking(*calls))
    journal = bench.folder / "run" / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if b'"a1/code/2' not in line and b'"a1/code/3' not in line]
    journal.write_bytes(b"".join(kept))
    (bench.folder / "run" / "attempts" / "a1" / "workspace" / "number.txt").write_text("half of 3")

    seen: list[str] = []

    @tool
    async def write(context: ToolContext, text: str) -> ToolResult:
        """Note what is there before writing."""
        seen.append((context.workspace.folder / "number.txt").read_text())
        (context.workspace.folder / "number.txt").write_text(text)
        return ToolResult(ok=True, summary=f"wrote {text}")

    again = Asking(*calls)
    probe = bench.open(list_policy([]), again)
    tools = {**probe.tools, "write": write}
    probe.journal.close()
    coded, workspace = code(bench, list_policy, again, tools=tools)
    assert seen == ["33"], "two calls are replayed without running; the third starts from their workspace"
    assert coded.submitted
    assert (workspace.folder / "number.txt").read_text() == "333"
    assert len(again.told) == 2, "recorded replies are not asked for again"


@reading_tool
async def read_log(context: ToolContext) -> ToolResult:
    """A long output."""
    return ToolResult(ok=True, summary="read", text="step 1 loss 2.5\n" * 500)


def test_an_overflow_leads_to_one_compaction_and_one_retry(bench: Any, list_policy: Any) -> None:
    class Overflowing(Asking):
        """Reads long logs; the ninth request is too long for it, until it has been shortened."""

        refused = 0

        async def reply(self, request: ModelRequest) -> Reply:
            size = sum(len(each.text) for each in request.messages)
            if size > 60_000:
                self.refused += 1
                raise ContextOverflow("too long")
            return await super().reply(request)

    calls = [ToolCall(id=f"call-{number}", name="read_log") for number in range(9)]
    model = Overflowing(*calls, call("submit"))
    probe = bench.open(list_policy([]), model)
    tools = {**probe.tools, "read_log": read_log}
    probe.journal.close()
    coded, _ = code(bench, list_policy, model, tools=tools)
    assert coded.submitted
    assert model.refused == 1
    events = list(read_events(bench.folder / "run" / "journal.jsonl"))
    (compacted,) = [each for each in events if each.kind == "compacted"]
    assert compacted.data["saved"] > 10_000
    logs = bench.folder / "run" / "attempts" / "a1" / "logs"
    kept = sorted(logs.glob("output-*.txt"))
    assert len(kept) == len(compacted.data["replaced"])
    assert kept[0].read_text().startswith("step 1 loss 2.5"), "what was put away can be opened whole"
    again = Overflowing(*calls, call("submit"))
    code(bench, list_policy, again, tools=tools)
    assert again.told == [], "a replay compacts alike, so every recorded reply still fits"


def test_a_known_context_is_compacted_before_it_overflows(bench: Any, list_policy: Any) -> None:
    calls = [ToolCall(id=f"call-{number}", name="read_log") for number in range(9)]
    model = Asking(*calls, call("submit"))
    probe = bench.open(list_policy([]), model)
    tools = {**probe.tools, "read_log": read_log}
    probe.journal.close()
    cards = {model.name: ModelCard(context_tokens=16_000)}
    coded, _ = code(bench, list_policy, model, tools=tools, cards=cards)
    assert coded.submitted
    kinds = [each.kind for each in read_events(bench.folder / "run" / "journal.jsonl")]
    assert "compacted" in kinds
