"""A model for an agent that runs what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from agentkit.contracts.messages import Message, ModelRequest, Reply, ToolCall, Usage

WORK = ("cat number.txt", "echo 41 > number.txt", "echo 42 > number.txt")


class Shelling:
    """Tells an agent one command after the other; which one depends on the conversation alone."""

    name = "scripted/shelling"
    offers_tools = True

    def __init__(self, commands: Sequence[str] = WORK, problem: Exception | None = None) -> None:
        self.commands = tuple(commands)
        self.problem = problem
        self.asked: list[ModelRequest] = []
        self.delay: Callable[[int], float] = lambda turn: 0.0

    async def reply(self, request: ModelRequest) -> Reply:
        self.asked.append(request)
        turn = sum(each.role == "assistant" for each in request.messages)
        await asyncio.sleep(self.delay(turn))
        if request.position.stage != "code":
            return Reply(message=Message(role="assistant", text="noted"), usage=Usage(dollars=0.0))
        if self.problem is not None and turn == len(self.commands):
            raise self.problem
        calls: tuple[ToolCall, ...] = ()
        if turn < len(self.commands):
            arguments = {"command": self.commands[turn]}
            calls = (ToolCall(id=f"c{turn}", name="shell", arguments=arguments),)
        message = Message(role="assistant", text="" if calls else "all done", tool_calls=calls)
        return Reply(message=message, usage=Usage(input_tokens=900, output_tokens=100, dollars=0.01))

    @property
    def coded(self) -> list[int]:
        """Indices of the calls for the code stage."""
        return [each.position.index for each in self.asked if each.position.stage == "code"]
