from __future__ import annotations

from typing import Any

import pytest

from agentkit.cli.sentences import DEMONSTRATION, _judged, notes_of, say_event, say_hints, say_purpose
from agentkit.contracts.events import Event


def said(kind: str, attempt: str = "", **data: Any) -> str:
    return say_event(Event(number=0, time=0.0, kind=kind, attempt=attempt, data=data))


@pytest.mark.parametrize(
    ("purpose", "words"),
    [
        ("calibration start 1/3", "measuring the starting point, 1 of 3"),
        ("calibration target 2/3", "measuring the reference solution, 2 of 3"),
        ("attempt a2", "training in attempt a2"),
        ("answer a3, seed 5001", "measuring again a3, seed 5001"),
        ("something else", "something else"),
        ("", "training"),
    ],
)
def test_purposes(purpose: str, words: str) -> None:
    assert say_purpose(purpose) == words


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (("selected", "a2", {"operator": "improve", "parents": ["a1"]}), "a2: begins (improve of a1)"),
        (("selected", "a1", {"operator": "draft", "parents": []}), "a1: begins (draft)"),
        (("stage", "a2", {"stage": "debug"}), "a2: finding out why it failed"),
        (("plan", "a2", {"text": "\nFirst.\nSecond."}), "a2: plan: First."),
        (("tool", "a2", {"name": "shell", "ok": False, "summary": "exit 1"}), "a2: shell (failed): exit 1"),
        (
            ("coded", "a2", {"turns": 4, "submitted": True, "changed_lines": 7}),
            "a2: submitted after 4 turns, 7 lines changed",
        ),
        (
            ("outcome", "a2", {"status": "crash", "reason": "NameError: x\nmore", "metrics": {}}),
            "a2: crashed: NameError: x",
        ),
        (
            ("measured", "a2", {"seed": 7, "outcome": {"status": "valid", "metrics": {"cpu_seconds": 3.0}}}),
            "a2: measured again on fresh seed 7: valid, 3.0 s CPU",
        ),
        (
            ("answer", "a2", {"fsr": 0.81, "fsr_interval": [0.7, 0.93]}),
            "a2: is the answer, it recovers 81 % of the way to the reference (95 % interval 70 … 93 %)",
        ),
        (("judged", "", {"score": None}), "The judge could grade nothing."),
        (("run_ended", "", {"state": "interrupted", "reason": "Ctrl-C"}), "Stopped: Ctrl-C."),
        (("note", "", {"text": "One\nline."}), "One line."),
        (("reply", "a2", {}), ""),
        (("a kind of later", "a2", {}), ""),
    ],
)  # fmt: skip
def test_events(event: tuple[str, str, dict[str, Any]], words: str) -> None:
    kind, attempt, data = event
    assert said(kind, attempt, **data) == words


def test_a_start_names_what_decides_a_run() -> None:
    line = said("run_started", task="b/t", scaffold="aide", model="x/y", hints=["text", "paper"], seed=4)
    assert "b/t" in line and "scaffold aide" in line and "hints text + paper" in line and "seed 4" in line


def test_hints_are_said_with_where_they_are_from() -> None:
    assert say_hints(()) == "none"
    assert say_hints(("text",), "task") == "text"
    assert say_hints(("text", "paper"), "upstream") == "text + paper (upstream)"
    assert say_hints((), "upstream", ("a.md", "b.md")) == "none with notes a.md and b.md"
    line = said("run_started", hints=["text"], hint_source="upstream", hint_notes=["a.md"])
    assert "hints text (upstream) with notes a.md, " in line


def test_a_demonstration_is_always_said_to_be_one_and_only_once() -> None:
    assert notes_of({"model": "scripted/x"}) == [DEMONSTRATION]
    own = "This is a recorded demonstration (x)."
    assert notes_of({"model": "scripted/x", "notes": [own]}) == [own]
    assert notes_of({"model": "openai/x", "note": "hello"}) == ["hello"]


@pytest.mark.parametrize(
    "kind", ["run_started", "stage", "outcome", "attempt", "measured", "answer", "coded", "tool"]
)
def test_no_sentence_fails_for_want_of_a_field(kind: str) -> None:
    assert isinstance(said(kind), str)


def test_where_too_little_was_graded_the_judge_has_no_one_score() -> None:
    judged = {"score": 1.0, "low": 0.5, "high": 1.0, "floor": 0.98}
    assert _judged({**judged, "coverage": 0.5}) == "The judge's score: 50 … 100 %."
    assert _judged({**judged, "coverage": 1.0}) == "The judge's score: 100 %."
    assert _judged({"score": None}) == "The judge could grade nothing."
