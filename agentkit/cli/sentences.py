"""Events said in words, one plain line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agentkit.cli.figures import (
    first_line,
    say_count,
    say_dollars,
    say_interval,
    say_metrics,
    say_share,
)
from agentkit.cli.scale import read_scale, say_scale
from agentkit.contracts.events import Event
from agentkit.contracts.task import OWN_HINTS

DEMONSTRATION = (
    "This is a recorded demonstration: no model is called. The replies are read from a transcript; "
    "everything they ask for really runs on this machine."
)

STAGES = {
    "plan": "planning what to try",
    "debug": "finding out why it failed",
    "code": "changing the code",
    "run": "running the evaluation",
    "review": "noting what was learned",
    "finalise": "choosing the answer and measuring it again",
    "judge": "scoring the rubric",
}

STATUSES = {
    "valid": "valid",
    "invalid": "finished, but missed a requirement",
    "crash": "crashed",
    "timeout": "ran out of time",
    "flagged": "set aside, it broke the rules",
}

ENDS = {"ended": "Finished", "interrupted": "Stopped", "failed": "Failed", "running": "Still running"}


def is_demonstration(model: str) -> bool:
    return model.startswith("scripted/")


def say_event(event: Event) -> str:
    """Empty for what is not worth a line."""
    words = SENTENCES.get(event.kind)
    text = words(event.data) if words else ""
    return f"{event.attempt}: {text}" if text and event.attempt else text


def say_purpose(purpose: str) -> str:
    """`calibration start 1/3` is `measuring the starting point, 1 of 3`."""
    words = purpose.split()
    if words and words[0] == "calibration" and len(words) > 1:
        end = {"start": "the starting point", "target": "the reference solution"}.get(words[1], words[1])
        return f"measuring {end}{_of(words[2:])}"
    if words and words[0] == "answer":
        return " ".join(["measuring again", *words[1:]])
    if words and words[0] == "attempt" and len(words) > 1:
        return f"training in attempt {words[1]}{_of(words[2:])}"
    return purpose or "training"


def _of(words: list[str]) -> str:
    return f", {' '.join(words).replace('/', ' of ')}" if words else ""


def say_hints(levels: Sequence[object], source: object = "", notes: Sequence[object] = ()) -> str:
    """`text + paper`, `text (upstream) with notes ideas.md`, `none`."""
    words = " + ".join(map(str, levels)) or "none"
    if levels and source not in ("", OWN_HINTS):
        words += f" ({source})"
    return words + (f" with notes {' and '.join(map(str, notes))}" if notes else "")


def hints_of(data: Mapping[str, Any]) -> str:
    """The same, of a run's first event."""
    return say_hints(data.get("hints") or (), data.get("hint_source") or "", data.get("hint_notes") or ())


def _run_started(data: Mapping[str, Any]) -> str:
    facts = [
        f"scaffold {data.get('scaffold', '?')}",
        f"model {data.get('model', '?')}",
        f"hints {hints_of(data)}",
        f"profile {data.get('profile') or 'none'}",
        f"sandbox {data.get('sandbox', '?')}",
        f"seed {data.get('seed', 0)}",
    ]
    return f"Solving {data.get('task', '?')}: {', '.join(facts)}."


def _calibrated(data: Mapping[str, Any]) -> str:
    scale = read_scale(data)
    return f"The scale goes {say_scale(scale)}." if scale else "The task has no reference to measure against."


def _selected(data: Mapping[str, Any]) -> str:
    parents = data.get("parents") or ()
    return f"begins ({data.get('operator', '?')}{' of ' + ', '.join(parents) if parents else ''})"


def _stage(data: Mapping[str, Any]) -> str:
    stage = str(data.get("stage", ""))
    return STAGES.get(stage, stage)


def _plan(data: Mapping[str, Any]) -> str:
    line = first_line(str(data.get("text", "")))
    return f"plan: {line}" if line else ""


def _tool(data: Mapping[str, Any]) -> str:
    failed = "" if data.get("ok", True) else " (failed)"
    return f"{data.get('name', 'tool')}{failed}: {data.get('summary', '')}"


def _coded(data: Mapping[str, Any]) -> str:
    changed = data.get("changed_lines")
    lines = "" if changed is None else f", {say_count(int(changed), 'line')} changed"
    turns = say_count(int(data.get("turns", 0)), "turn")
    return f"{'submitted' if data.get('submitted') else 'code left as it is'} after {turns}{lines}"


def say_outcome(data: Mapping[str, Any]) -> str:
    """An Outcome's fields in words: verdict, figures, why."""
    status = str(data.get("status", ""))
    parts = [STATUSES.get(status, status), say_metrics(data.get("metrics") or {})]
    reason = first_line(str(data.get("reason", "")))
    return ": ".join(part for part in (", ".join(filter(None, parts)), reason) if part)


def _review(data: Mapping[str, Any]) -> str:
    line = first_line(str(data.get("text", "")))
    return f"lesson: {line}" if line else ""


def _attempt(data: Mapping[str, Any]) -> str:
    cost = data.get("cost") or {}
    tokens = int(cost.get("tokens", 0))
    paid = f", {tokens:,} tokens, {say_dollars(cost.get('dollars'))}" if tokens else ""
    return f"done{paid}"


def _measured(data: Mapping[str, Any]) -> str:
    return f"measured again on fresh seed {data.get('seed', '?')}: {say_outcome(data.get('outcome') or {})}"


def _answer(data: Mapping[str, Any]) -> str:
    if data.get("fsr") is None:
        return "is the answer"
    interval = data.get("fsr_interval")
    width = f" (95 % interval {say_interval(*interval)})" if interval else ""
    return f"is the answer, it recovers {say_share(data['fsr'])} of the way to the reference{width}"


def _judged(data: Mapping[str, Any]) -> str:
    score = data.get("score")
    if score is None:
        return "The judge could grade nothing."
    if data.get("coverage", 1.0) < data.get("floor", 0.0):
        return f"The judge's score: {say_interval(data['low'], data['high'])}."
    return f"The judge's score: {say_share(score)}."


def _run_ended(data: Mapping[str, Any]) -> str:
    state = str(data.get("state", "ended"))
    reason = data.get("reason")
    return f"{ENDS.get(state, state)}{f': {reason}' if reason else ''}."


def _calibrating(data: Mapping[str, Any]) -> str:
    return say_purpose(str(data.get("purpose", "")))


def notes_of(data: Mapping[str, Any]) -> list[str]:
    """What a user is told as a run starts; a demonstration is always said to be one."""
    found = data.get("notes") or data.get("note") or ()
    notes = [found] if isinstance(found, str) else [str(each) for each in found]
    said = any("demonstration" in note for note in notes)
    return notes if said or not is_demonstration(str(data.get("model", ""))) else [DEMONSTRATION, *notes]


def _text(data: Mapping[str, Any]) -> str:
    return " ".join(str(data.get("text", "")).split())


SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "run_started": _run_started,
    "run_resumed": lambda data: "Continuing where the run was left.",
    "calibrating": _calibrating,
    "calibrated": _calibrated,
    "selected": _selected,
    "stage": _stage,
    "plan": _plan,
    "tool": _tool,
    "coded": _coded,
    "outcome": say_outcome,
    "review": _review,
    "attempt": _attempt,
    "measured": _measured,
    "answer": _answer,
    "judged": _judged,
    "note": _text,
    "waiting": _text,
    "run_ended": _run_ended,
}
