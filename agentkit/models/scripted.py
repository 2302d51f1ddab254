"""Scripted models: their replies are written down, or computed; no network, no key, no price."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply, ToolCall, Usage
from agentkit.errors import TranscriptEnded
from agentkit.models.transcript import Transcript, TranscriptReply

FINISHED = "The transcript has no more turns."


class ScriptedModel:
    """Replays a transcript. A reply depends on the position only, so a resumed run gets the same."""

    offers_tools = True

    def __init__(
        self, transcript: Transcript, name: str = "scripted/transcript", *, latency_seconds: float = 0.0
    ) -> None:
        self.transcript = transcript
        self.name = name
        self.latency_seconds = latency_seconds
        self._replies = by_place(transcript)
        self._counted: dict[tuple[str, str], tuple[int, int, Message | None]] = {}

    async def reply(self, request: ModelRequest) -> Reply:
        """Raises TranscriptEnded where the run asks for what nobody wrote down."""
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        message = self.message(request.position)
        return Reply(
            message=message,
            usage=Usage(
                input_tokens=self._characters(request) // 4,
                output_tokens=-(-characters(message) // 4),
                dollars=0.0,
            ),
            model=self.name,
            finish_reason="tool_calls" if message.tool_calls else "stop",
            seconds=self.latency_seconds,
        )

    def message(self, position: CallPosition) -> Message:
        stages = self._replies.get((position.operator, position.nth))
        if stages is None:
            raise self._ended(position)
        replies = stages.get(position.stage, [])
        if position.index < len(replies):
            reply = replies[position.index]
            calls = tuple(
                ToolCall(id=call_id(position, number), name=call.tool, arguments=call.arguments)
                for number, call in enumerate(reply.call)
            )
            return Message(role="assistant", text=reply.text, tool_calls=calls)
        if position.stage == "review":
            return Message(role="assistant", text="(The transcript has no review of this attempt.)")
        if position.stage == "code" and replies:
            submit = ToolCall(id=call_id(position, 0), name="submit")
            return Message(role="assistant", text=FINISHED, tool_calls=(submit,))
        raise self._ended(position)

    def _characters(self, request: ModelRequest) -> int:
        """Of the whole conversation. It only grows, so what was counted a turn ago is not counted again."""
        stage = (request.position.attempt, request.position.stage)
        messages = request.messages
        count, total, last = self._counted.get(stage, (0, 0, None))
        if count > len(messages) or (count and messages[count - 1] is not last):
            count, total = 0, 0
        total += sum(map(characters, messages[count:]))
        self._counted[stage] = (len(messages), total, messages[-1] if messages else None)
        return total

    def _ended(self, position: CallPosition) -> TranscriptEnded:
        held = Counter(each.operator for each in self.transcript.attempt)
        return TranscriptEnded(
            f"{self.name} has no reply for {ordinal(position.nth + 1)} '{position.operator}' attempt"
            f" ({position.attempt}), stage {position.stage}, reply {position.index + 1}.",
            f"The transcript '{self.transcript.title}' holds: "
            + ", ".join(f"{count} × {operator}" for operator, count in held.items()),
            f"It was written for the scaffold '{self.transcript.scaffold}'"
            + (f" with {self.transcript.attempts} attempts." if self.transcript.attempts else "."),
            "Next: use a live model, which answers anything: export its key and add"
            " `--model openai/…`, `--model anthropic/…` or `--model ollama/…`.",
        )


class CallableModel:
    """Replies are what a function says of each request; for tests and benchmarks."""

    def __init__(
        self,
        name: str,
        function: Callable[[ModelRequest], Reply],
        *,
        offers_tools: bool = True,
        latency_seconds: float = 0.0,
    ) -> None:
        self.name = name
        self.function = function
        self.offers_tools = offers_tools
        self.latency_seconds = latency_seconds

    async def reply(self, request: ModelRequest) -> Reply:
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        return self.function(request)


def by_place(transcript: Transcript) -> dict[tuple[str, int], dict[str, list[TranscriptReply]]]:
    """(operator, nth) to the replies of each stage, in their order."""
    places: dict[tuple[str, int], dict[str, list[TranscriptReply]]] = {}
    seen: Counter[str] = Counter()
    for attempt in transcript.attempt:
        stages = places[attempt.operator, seen[attempt.operator]] = {}
        seen[attempt.operator] += 1
        for reply in attempt.reply:
            stages.setdefault(reply.stage, []).append(reply)
    return places


def call_id(position: CallPosition, number: int) -> str:
    """Unique within an attempt, and the same whenever it is asked for."""
    return f"call-{position.stage}-{position.index}-{number}"


def characters(message: Message) -> int:
    """Of the text, and of the text arguments of calls. Four of them are taken to be a token."""
    count = len(message.text)
    for call in message.tool_calls:
        for value in call.arguments.values():
            if isinstance(value, str):
                count += len(value)
    return count


def ordinal(number: int) -> str:
    return {1: "the first", 2: "the second", 3: "the third"}.get(number, f"the {number}th")
