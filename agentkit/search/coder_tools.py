"""The `tools` coder: a tool-calling loop in the attempt's workspace."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from typing import Any

from agentkit.contracts.messages import Message, ToolCall
from agentkit.contracts.tool import ToolContext, ToolResult
from agentkit.errors import nearest
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.search.ask import ask
from agentkit.search.context import AttemptWork
from agentkit.search.conversation import Conversation


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
        self.context: ToolContext = work.tool_context(workspace)
        self._replayed: str | None = None
        """Snapshot after the last replayed call, where the workspace has not caught up with it."""

    async def run(self, first_index: int = 0) -> Coded:
        """`first_index` > 0 continues the numbering of an earlier round of the same stage."""
        idle = 0
        for turn in range(self.work.run.budget.turns):
            reply = await ask(self.work, "code", first_index + turn, self.conversation)
            self.conversation.add(reply.message)
            if not reply.message.tool_calls:
                idle += 1
                if idle == 2:
                    self._catch_up()
                    return Coded(turn + 1, False, "the model called no tool twice in a row")
                self.conversation.add(
                    Message(role="user", text="Call a tool, or `submit` if the work is done.")
                )
                continue
            idle = 0
            submitted = False
            for number, call in enumerate(reply.message.tool_calls):
                key = f"{self.work.id}/code/{first_index + turn}#{number}"
                result = await self._result(key, call)
                submitted = submitted or result.submitted
                self.conversation.add(Message(role="tool", tool_call_id=call.id, text=told(result)))
            if submitted:
                self._catch_up()
                return Coded(turn + 1, True)
        self._catch_up()
        return Coded(self.work.run.budget.turns, False, "no turn is left")

    async def _result(self, key: str, call: ToolCall) -> ToolResult:
        recorded = self.work.run.journal.state.tools.get(key)
        if recorded is not None and recorded["call"] == call.id:
            self._replayed = recorded["snapshot"] or self._replayed
            return ToolResult.model_validate(recorded["result"])
        self._catch_up()
        began = time.monotonic()
        result = await self._call(call)
        tool = self.work.run.tools.get(call.name)
        self.work.run.journal.append(
            "tool",
            self.work.id,
            key=key,
            call=call.id,
            name=call.name,
            ok=result.ok,
            summary=result.summary,
            result=result.model_dump(mode="json", exclude_defaults=True),
            snapshot=self.workspace.snapshot() if tool is not None and tool.changes_workspace else "",
            seconds=round(time.monotonic() - began, 4),
        )
        return result

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


def told(result: ToolResult) -> str:
    """What a model is told of a result; never nothing."""
    return "\n".join(part for part in (result.text or result.summary, result.next_hint) if part)
