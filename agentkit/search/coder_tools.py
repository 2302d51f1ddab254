"""The `tools` coder: a tool-calling loop in the attempt's workspace."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentkit.contracts.messages import Message, ToolCall
from agentkit.contracts.tool import ToolContext, ToolResult
from agentkit.errors import AttemptSpent, ContextOverflow, nearest
from agentkit.sandboxes.workspace import SnapshotWorkspace, not_kept
from agentkit.search.agent_context import closing, tool_context
from agentkit.search.ask import ask, left, model_for
from agentkit.search.compaction import FULL, ROOMY, compact
from agentkit.search.context import AttemptWork
from agentkit.search.conversation import Conversation

IDLE_TURNS = 2
"""Turns in a row without a tool call, after which the stage ends."""


@dataclass(frozen=True)
class Coded:
    """How a coding stage ended."""

    turns: int
    submitted: bool
    note: str = ""


class ToolsCoder:
    """Asks, runs the tools asked for, and answers with their results, until `submit` or no turn is left.

    Every tool result is in the journal, with the workspace's snapshot after it, before the model sees it.
    A resumed stage therefore replays what is recorded, and starts the first call that is not from
    exactly the workspace the recorded ones left.
    """

    def __init__(self, work: AttemptWork, workspace: SnapshotWorkspace, conversation: Conversation) -> None:
        self.work = work
        self.workspace = workspace
        self.conversation = conversation
        self.context: ToolContext = tool_context(work, workspace)
        self._replayed: str | None = None
        """Snapshot after the last replayed call, where the workspace has not caught up with it."""

    async def run(self, first_index: int = 0) -> Coded:
        """`first_index` > 0 continues the numbering of an earlier round of the same stage."""
        async with closing(self.work, self.context):
            return await self._take_turns(first_index)

    async def _take_turns(self, first_index: int) -> Coded:
        turns, submitted, note, idle = 0, False, "no turn is left", 0
        try:
            while turns < self.work.run.budget.turns and not submitted and idle < IDLE_TURNS:
                calls = await self._ask(first_index + turns)
                idle = 0 if calls else idle + 1
                if not calls:
                    text = "Call a tool, or `submit` if the work is done."
                    self.conversation.add(Message(role="user", text=text))
                for number, call in enumerate(calls):
                    result = await self._answer(f"{self.work.id}/code/{first_index + turns}#{number}", call)
                    submitted = submitted or result.submitted
                turns += 1
        except AttemptSpent as spent:
            note = spent.message
        self._catch_up()
        if idle == IDLE_TURNS:
            note = "the model called no tool twice in a row"
        return Coded(turns, submitted, "" if submitted else note)

    async def _ask(self, index: int) -> Sequence[ToolCall]:
        """The model's next calls. A conversation that grew too long is compacted before, or once after."""
        card = self.work.run.cards.get(model_for(self.work.run, "code").name)
        context = card.context_tokens if card else None
        if context is not None and self.conversation.likely_tokens > FULL * context:
            await self._compact(self.conversation.likely_tokens - int(ROOMY * context), index)
        try:
            reply = await ask(self.work, "code", index, self.conversation)
        except ContextOverflow:
            if not await self._compact(int((1 - ROOMY) * self.conversation.likely_tokens), index):
                raise
            reply = await ask(self.work, "code", index, self.conversation)
        return reply.message.tool_calls

    async def _compact(self, tokens: int, index: int) -> bool:
        """Save about that many tokens, and say so in the journal; False where nothing could be saved."""

        def keep(number: int, text: str) -> str:
            name = f"output-{number}.txt"
            (self.context.logs / name).write_text(text, encoding="utf-8", errors="replace")
            return f"log:{name}"

        found = compact(self.conversation.messages, 4 * tokens, keep)
        if found is None:
            return False
        self.conversation = self.conversation.shortened(found.messages)
        await self.work.run.journal.record(
            "compacted", self.work.id, before=f"code/{index}", replaced=found.replaced, saved=found.saved
        )
        return True

    async def _answer(self, key: str, call: ToolCall) -> ToolResult:
        """Run the call, or take what is recorded of it; and tell the model."""
        recorded = self.work.run.journal.state.tools.get(key)
        if recorded is not None and recorded["call"] == call.id:
            self._replayed = recorded["snapshot"] or self._replayed
        else:
            recorded = await self._run(key, call)
        result = ToolResult.model_validate(recorded["result"])
        text = told(result, recorded["left"])
        self.conversation.add(Message(role="tool", tool_call_id=call.id, text=text, images=result.images))
        return result

    async def _run(self, key: str, call: ToolCall) -> Mapping[str, Any]:
        self._catch_up()
        began = time.monotonic()
        result = await self._call(call)
        tool, snapshot = self.work.run.tools.get(call.name), ""
        if tool is not None and tool.changes_workspace:
            known = set(self.workspace.skipped)
            snapshot = self.workspace.snapshot()
            note = not_kept({path: why for path, why in self.workspace.skipped.items() if path not in known})
            result = result.model_copy(update={"text": "\n".join(filter(None, (result.text, note)))})
        event = await self.work.run.journal.record(
            "tool",
            self.work.id,
            key=key,
            call=call.id,
            name=call.name,
            ok=result.ok,
            summary=result.summary,
            result=result.model_dump(mode="json", exclude_defaults=True),
            left=" ".join(line for line in left(self.work.run) if not line.startswith("Attempts")),
            snapshot=snapshot,
            seconds=round(time.monotonic() - began, 4),
        )
        return event.data

    async def _call(self, call: ToolCall) -> ToolResult:
        if call.malformed:
            text = f"{call.name} was not called: its arguments are no JSON object: {call.malformed[:400]}"
            return ToolResult(ok=False, summary="malformed arguments", text=text)
        tools = self.work.run.tools
        if call.name not in tools:
            near = nearest(call.name, tools)
            text = f"There is no tool '{call.name}'. " + (
                f"Did you mean {near[0]}?" if near else f"There are: {', '.join(tools)}."
            )
            return ToolResult(ok=False, summary=f"unknown tool {call.name}", text=text)
        arguments: dict[str, Any] = dict(call.arguments)
        try:
            return await tools[call.name].call(self.context, arguments)
        except Exception as error:  # noqa: BLE001 - the plugin boundary: a tool's bug is a result, not our end
            where = "".join(traceback.format_exception(error)[-3:])
            return ToolResult(ok=False, summary=f"{call.name} failed: {error}", text=where[-3000:])

    def _catch_up(self) -> None:
        """Bring the workspace to where the replayed calls had left it."""
        if self._replayed is not None:
            self.workspace.restore(self._replayed)
            self._replayed = None


def told(result: ToolResult, budget: str) -> str:
    """What a model is told of a result, never nothing; and what its budget leaves."""
    return "\n".join(part for part in (result.text or result.summary, result.next_hint, budget) if part)
