"""Explain an attempt: why it was made, what the model was shown, what it cost, what it changed.

All of it is read from the run's folder, so it is true of a run that is under way, ended or was killed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentkit.contracts.attempt import Cost
from agentkit.contracts.events import Event
from agentkit.contracts.messages import Usage
from agentkit.contracts.task import Metric
from agentkit.errors import UnknownName
from agentkit.journal.fold import RunState
from agentkit.journal.ledger import cost_of, total
from agentkit.runs.folder import RunFolder
from agentkit.search.reasons import reasons


@dataclass(frozen=True)
class Shown:
    """What one conversation with a model began with, and what it came to."""

    stage: str
    key: str
    """Of its first call in the journal."""
    prompt_files: Mapping[str, str]
    """Names of the prompt files it is made of, each with its digest; empty in older journals."""
    blob: str
    """Digest of the text in the run's blobs."""
    text: str
    """The prompt as it was sent: [system] and [user]."""
    cost: Cost


@dataclass(frozen=True)
class Explanation:
    run: str
    attempt: str
    operator: str
    parents: tuple[str, ...]
    params: Mapping[str, Any]
    why: tuple[str, ...]
    shown: tuple[Shown, ...]
    cost: Cost
    """Settled so far; calls under way are not in it."""
    changed_lines: int | None
    """None: it has not come so far."""
    diff: str
    outcome: Mapping[str, Any] | None
    plan: str
    lesson: str
    finished: bool


def explain(folder: RunFolder, attempt: str) -> Explanation:
    """Raises UnknownName for an attempt that the run never began."""
    events = list(folder.events())
    before, state = RunState(), RunState()
    chosen: Event | None = None
    for event in events:
        if event.kind == "selected" and event.attempt == attempt:
            chosen = event
        if chosen is None:
            before.apply(event)
        state.apply(event)
    if chosen is None:
        where = [f"{folder.path}/journal.jsonl"]
        raise UnknownName("attempt", attempt, state.selected, where, f"agentkit show {folder.name} --tree")
    expansion = state.selected[attempt].expansion
    metric = Metric.model_validate(folder.manifest["metric"])
    pending = [each.expansion for each in before.pending]
    coded = [each for (id, kind), each in state.results.items() if id == attempt and kind.startswith("coded")]
    outcomes = [
        each for (id, kind), each in state.results.items() if id == attempt and kind.startswith("outcome")
    ]
    done = state.tree.attempts.get(attempt)
    plan = state.results.get((attempt, "plan"), {"text": ""})
    return Explanation(
        run=folder.name,
        attempt=attempt,
        operator=expansion.operator,
        parents=expansion.parents,
        params=expansion.params,
        why=tuple(reasons(before.tree, pending, expansion, metric)),
        shown=shown(folder, [each for each in events if each.attempt == attempt]),
        cost=state.ledger.by_attempt.get(attempt, Cost()),
        changed_lines=coded[-1]["changed_lines"] if coded else None,
        diff=folder.diff(attempt),
        outcome=outcomes[-1] if outcomes else None,
        plan=str(plan["text"]),
        lesson=done.lesson if done else "",
        finished=done is not None,
    )


def shown(folder: RunFolder, events: Sequence[Event]) -> tuple[Shown, ...]:
    """One for each conversation; what was begun again after a kill replaces what was cut off."""
    digests = folder.manifest.get("prompts", {})
    begun: dict[str, Event] = {}
    latest: dict[str, str] = {}
    """Stage to the key of the conversation that goes on in it."""
    costs: dict[str, list[Cost]] = {}
    for event in events:
        stage = str(event.data.get("key", "")).rpartition("/")[0]
        if event.kind == "asked" and "prompt" in event.data:
            latest[stage] = str(event.data["key"])
            begun[latest[stage]] = event
        if event.kind in ("reply", "cut") and stage in latest:
            usage = Usage.model_validate(event.data["usage"])
            costs.setdefault(latest[stage], []).append(cost_of(usage, event.data.get("seconds", 0.0)))
    return tuple(
        Shown(
            stage=key.split("/")[1],
            key=key,
            prompt_files={name: digests.get(name, "") for name in event.data.get("prompt_files", ())},
            blob=event.data["prompt"],
            text=text_of(folder, event.data["prompt"]),
            cost=total(costs.get(key, ())),
        )
        for key, event in begun.items()
    )


def text_of(folder: RunFolder, digest: str) -> str:
    try:
        return folder.blobs.get(digest).decode(errors="replace")
    except KeyError:
        return f"(The run's blobs do not hold {digest[:16]} any more.)"
