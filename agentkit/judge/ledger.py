"""Ledger: every call of a judging, on disk before its answer is used, in `calls.jsonl` of its folder.

It is a journal like a run's: `asked` with the call's upper bound, then `reply`, or `cut` with the reason.
So a judging that is begun again asks only what was never answered, one that was killed loses at most the
calls under way, and `replay` answers from the file alone.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from agentkit.contracts.attempt import Cost
from agentkit.contracts.events import Event
from agentkit.contracts.messages import ModelRequest, Usage
from agentkit.contracts.model import Model
from agentkit.contracts.rubric import JudgeCost
from agentkit.errors import BudgetSpent, ModelProblem, RunProblem
from agentkit.journal.fold import RunState
from agentkit.journal.log import Journal, Redact, read_events, unchanged

CALLS = "calls"
NONCE_BYTES = 8
TRIES = "Tries before the answer were cut off."
KILLED = "The process ended before the answer."


class CallKey(NamedTuple):
    """What a judge's answer depends on; the nonce, new in each judging, is no part of it."""

    leaf: str
    """Digest of the leaf and what stands above it."""
    files: str
    """Digest of the files shown, their contents and their order."""
    prompt: str
    """Digest of the prompt's texts, the task's included."""
    model: str
    parameters: str
    sample: int
    turn: int = 0
    """1 for the second question to the same judge about the same leaf."""

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(list(self)).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Answer:
    """What came of one call. With an `error` there is no text, and it is nobody's zero."""

    text: str = ""
    nonce: str = ""
    """Of the judging in which it was asked."""
    usage: Usage = Usage(dollars=0.0)
    seconds: float = 0.0
    """By the model's own count."""
    model: str = ""
    cached: bool = False
    error: str = ""


@dataclass
class _Calls:
    """What a ledger's file holds, as a fold over its events."""

    run: RunState = field(default_factory=RunState)
    nonce: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    failures: dict[str, Answer] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """Key to why the money did not allow the call."""
    asked: int = 0
    cut: int = 0
    taken_over: int = 0

    def see(self, event: Event) -> None:
        """All but what `run` folds by itself."""
        data = event.data
        if event.kind == "opened":
            self.nonce = data["nonce"]
        elif event.kind == "asked":
            self.asked += 1
        elif event.kind in ("reply", "taken_over"):
            self.taken_over += event.kind == "taken_over"
            self.answers[data["key"]] = Answer(
                text=data["text"],
                nonce=data["nonce"],
                usage=Usage.model_validate(data["usage"]),
                seconds=data["seconds"],
                model=data["model"],
                cached=event.kind == "taken_over",
            )
        elif event.kind == "cut":
            self.cut += 1
            usage = Usage.model_validate(data["usage"])
            self.failures[data["key"]] = Answer(usage=usage, error=data["reason"])
        elif event.kind == "refused":
            self.refused[data["key"]] = data["reason"]


class Ledger:
    """The calls of one judging. Raises RunProblem where its folder cannot be used.

    `replay`: nothing is asked or written; a call that is not in the file is an error. `earlier`: folders of
    judgings before this one, whose answers to the same calls are taken over and not paid again.
    """

    def __init__(
        self,
        folder: Path,
        redact: Redact = unchanged,
        *,
        replay: bool = False,
        earlier: Sequence[Path] = (),
        nonce: str = "",
    ) -> None:
        self.folder, self.replay = folder, replay
        self.path = folder / f"{CALLS}.jsonl"
        self._earlier: dict[str, Answer] = {}
        for each in earlier:
            self._earlier.update(_read(each / f"{CALLS}.jsonl").answers)
        self._journal: Journal | None = None
        if replay:
            self._open_to_read()
        else:
            self._open_to_write(redact, nonce)
        self.nonce = self._calls.nonce

    def _open_to_read(self) -> None:
        self._calls = _read(self.path)
        if not self._calls.nonce:
            raise RunProblem(
                f"There is no judging to replay in {self.folder}.",
                f"Expected: {self.path.name}, which holds the calls of a judging",
                f"Found: {'a file without any' if self.path.exists() else 'no such file'}",
                "Next: agentkit judge run FOLDER --rubric FILE --out DIR; or name the folder of a judging",
            )

    def _open_to_write(self, redact: Redact, nonce: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        journal = self._journal = Journal(self.folder, redact, name=CALLS)
        self._calls = _Calls(journal.state)
        for event in read_events(self.path):
            self._calls.see(event)
        journal.observers.append(self._calls.see)
        if not self._calls.nonce:
            journal.append("opened", nonce=nonce or secrets.token_hex(NONCE_BYTES))
        for key, (judge, bound) in list(journal.state.ledger.open_calls.items()):
            # Whoever made it is gone; it may have been billed.
            usage = _usage(bound.model_copy(update={"upper_bound": True}))
            journal.append("cut", judge, key=key, usage=usage, reason=KILLED)

    @property
    def committed(self) -> Cost:
        """Of all calls in the file, those under way at their upper bound."""
        return self._calls.run.ledger.committed

    @property
    def cost(self) -> JudgeCost:
        spent = self._calls.run.ledger.spent
        usage = Usage(
            input_tokens=spent.input_tokens,
            output_tokens=spent.output_tokens,
            cached_tokens=spent.cached_tokens,
            reasoning_tokens=spent.reasoning_tokens,
            dollars=spent.dollars,
            upper_bound=spent.lost_calls > 0,
        )
        calls = self._calls
        return JudgeCost(
            calls=calls.asked, cached_calls=calls.taken_over, failed_calls=calls.cut, usage=usage
        )

    @property
    def cost_by_judge(self) -> dict[str, Cost]:
        return dict(sorted(self._calls.run.ledger.by_attempt.items()))

    async def known(self, key: str) -> Answer | None:
        """An answer that costs nothing more. Replayed, a failure too; BudgetSpent where the money ended."""
        found = self._calls.answers.get(key)
        if found is None and self.replay:
            if key in self._calls.refused and key not in self._calls.failures:
                raise BudgetSpent(self._calls.refused[key])
            found = self._calls.failures.get(key)
        if found is None and key in self._earlier:
            before = self._earlier[key]
            await self._record("taken_over", "", **_written(key, before.text, before))
            found = self._calls.answers[key]
        return found

    async def call(
        self,
        judge: str,
        key: str,
        model: Model,
        request: ModelRequest,
        bound: Usage,
        about: Mapping[str, Any],
    ) -> Answer:
        """Ask, and have it on disk. Of what `known` did not know. A failure of the model is an answer too.

        `about`: what a reader of the file is told of the call.
        """
        self.refuse_in_replay(key, about)
        await self._record("asked", judge, key=key, bound=_usage(bound), digest=request.digest, **about)
        try:
            reply = await model.reply(request)
        except ModelProblem as problem:
            # None: it was not billed.
            usage = problem.usage if isinstance(problem.usage, Usage) else Usage(dollars=0.0)
            reason = " ".join(str(problem).split())
            await self._record("cut", judge, key=key, usage=_usage(usage), reason=reason)
            return self._calls.failures[key]
        if reply.lost is not None:
            await self._record("cut", judge, key=f"{key} tries", usage=_usage(reply.lost), reason=TRIES)
        answer = Answer(
            nonce=self.nonce, usage=reply.usage, seconds=reply.seconds, model=reply.model or model.name
        )
        await self._record("reply", judge, **_written(key, reply.message.text, answer))
        return self._calls.answers[key]

    async def refuse(self, judge: str, key: str, reason: str) -> None:
        """Keep that the money did not allow this call, so that a replay ends there too."""
        await self._record("refused", judge, key=key, reason=reason)

    def refuse_in_replay(self, key: str, about: Mapping[str, Any]) -> None:
        if not self.replay:
            return
        named = ", ".join(f"{name} {value}" for name, value in about.items() if value not in ("", 0))
        raise RunProblem(
            f"The judging in {self.folder} cannot be replayed: it holds no answer for {named}.",
            f"Looked in: {self.path} ({len(self._calls.answers)} answers), for the key {key}",
            "A replay needs the same work, rubric, task text, judges and settings as the judging had.",
            "Next: compare these, or judge again: agentkit judge run …",
        )

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    async def _record(self, kind: str, judge: str, /, **data: Any) -> None:
        if self._journal is not None:
            await self._journal.record(kind, judge, **data)
        elif kind == "taken_over":  # a replay may take an answer over, and keeps it for itself
            self._calls.see(Event(number=-1, time=0.0, kind=kind, data=data))


def _written(key: str, text: str, answer: Answer) -> dict[str, Any]:
    return {
        "key": key,
        "text": text,
        "nonce": answer.nonce,
        "usage": _usage(answer.usage),
        "model": answer.model,
        "seconds": answer.seconds,
    }


def _usage(usage: Usage) -> dict[str, Any]:
    return usage.model_dump(mode="json")


def _read(path: Path) -> _Calls:
    calls = _Calls()
    for event in read_events(path):
        calls.run.apply(event)
        calls.see(event)
    calls.run.ledger.lose_open_calls()
    return calls
