"""A model that makes the tool calls it was given, and a run with the tools for them."""

from __future__ import annotations

import asyncio
from typing import Any

from agentkit.catalog.catalog import open_catalog
from agentkit.contracts.attempt import Expansion
from agentkit.contracts.messages import Message, ModelRequest, Reply, ToolCall
from agentkit.search.coder_tools import ToolsCoder
from agentkit.search.conversation import Conversation, opening

NAMES = ("job", "python", "notes", "budget", "gpu_shell", "submit")


class Asking:
    """Makes the calls it was given, one a turn, and keeps what it was told after each."""

    name = "scripted/asking"
    offers_tools = True

    def __init__(self, *calls: tuple[str, dict[str, Any]]) -> None:
        self.calls = (*calls, ("submit", {"summary": "done"}))
        self.told: list[str] = []

    async def reply(self, request: ModelRequest) -> Reply:
        self.told.append(request.messages[-1].text)
        name, arguments = self.calls[request.position.index]
        call = ToolCall(id=f"call-{request.position.index}", name=name, arguments=arguments)
        return Reply(message=Message(role="assistant", text="so", tool_calls=(call,)))


def opened(bench: Any, list_policy: Any, model: Asking, **changes: Any) -> Any:
    tools = {name: open_catalog().load("tool", name) for name in NAMES}
    run = bench.open(list_policy([]), model, tools=tools, **changes)
    if "a1" not in run.journal.state.selected:
        run.journal.append("selected", "a1", **Expansion(operator="draft").model_dump(mode="json"))
    return run


def code(run: Any) -> None:
    work = run.work("a1")
    workspace = work.open_workspace(work.base)
    asyncio.run(ToolsCoder(work, workspace, Conversation(opening("system", "user"))).run())
