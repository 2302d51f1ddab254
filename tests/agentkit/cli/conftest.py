"""A run as its observers are told of it: a draft, a crash, its repair, an answer."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.calibration import Calibration, Pair
from agentkit.contracts.events import Event
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.rubric import JudgeReport, Verdict
from agentkit.contracts.summary import Answer

START = 1_760_000_000.0
CAPS = {"attempts": 20, "minutes": 30.0, "dollars": None, "tokens": None}
NOTE = "This is a recorded demonstration (record12): no model is called. Every command is real."
DIFF = "--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-window = 8\n+window = 4 + step // 100\n"


def evaluated(seconds: float, seed: int) -> Outcome:
    metrics = {"cpu_seconds": seconds, "loss": 2.3}
    return Outcome(status="valid", metrics=metrics, trust="verified", isolation="bubblewrap", seed=seed)


CALIBRATION = Calibration(
    task="speedrun/record12",
    digest="d" * 64,
    machine="m",
    metric="cpu_seconds",
    pairs=tuple(
        Pair(seed=seed, start=evaluated(18.4 + shift, seed), target=evaluated(12.1 + shift / 2, seed))
        for seed, shift in ((1, -0.1), (2, 0.0), (3, 0.1))
    ),
)


class Teller:
    """Makes numbered events one after the other, on a clock of its own."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.now = START
        self.stored = 0

    def tell(self, kind: str, attempt: str = "", /, **data: Any) -> None:
        self.now += 0.5
        self.events.append(Event(number=self.stored, time=self.now, kind=kind, attempt=attempt, data=data))
        self.stored += 1

    def passing(self, kind: str, after: float, /, **data: Any) -> None:
        self.now += after
        self.events.append(Event(number=-1, time=self.now, kind=kind, data=data))

    def train(self, purpose: str, steps: int = 60, speed: float = 0.3, floor: float = 2.2) -> None:
        for step in range(0, steps + 1, 2):
            loss = floor + 3.3 * math.exp(-step / (steps / 6))
            self.passing(
                "progress", speed * 2, purpose=purpose, step=step, steps=steps, loss=loss,
                seconds=step * speed, cpu_seconds=step * speed,
            )  # fmt: skip
            self.passing("output", 0.0, text=f"step {step} loss {loss:.3f}\n")

    def attempt(self, id: str, operator: str, parents: list[str], outcome: dict[str, Any] | None) -> None:
        self.tell("selected", id, operator=operator, parents=parents, params={})
        opening = "debug" if operator == "debug" else "plan"
        self.tell("stage", id, stage=opening)
        plan = f"What {id} tries\nand why."
        usage = {"input_tokens": 900, "output_tokens": 100, "dollars": None}
        self.tell(
            "reply", id, key=f"{id}/{opening}/0", stage=opening, index=0, usage=usage, seconds=1.0,
            message={"role": "assistant", "text": plan},
        )  # fmt: skip
        self.tell("plan", id, text=plan)
        self.tell("stage", id, stage="code")
        call = {"id": "1", "name": "editor", "arguments": {"command": "str_replace", "path": "train.py"}}
        self.tell(
            "reply", id, key=f"{id}/code/0", stage="code", index=0, usage=usage, seconds=2.0,
            message={"role": "assistant", "text": "I change the window.", "tool_calls": [call]},
        )  # fmt: skip
        self.tell(
            "tool", id, key=f"{id}/code/0#0", call="1", name="editor", ok=True, seconds=0.1,
            summary="replaced 3 lines in train.py", result={"ok": True, "text": "Replaced [red]3[/red]."},
        )  # fmt: skip
        self.tell("coded", id, snapshot="d" * 64, turns=1, submitted=True, changed_lines=3)
        self.tell("stage", id, stage="run")
        if outcome is None:
            return
        if outcome["status"] == "valid":
            self.train(f"attempt {id}", speed=outcome["metrics"]["cpu_seconds"] / 60)
        full = {"trust": "verified", "isolation": "bubblewrap", "seconds": 20.0, **outcome}
        self.tell("outcome", id, **full)
        self.tell("stage", id, stage="review")
        self.tell("review", id, text=f"What {id} taught.")
        figure = full.get("metrics", {}).get("cpu_seconds")
        self.tell(
            "attempt", id, id=id, operator=operator, parents=parents, plan=plan, outcome=full,
            fitness=None if figure is None else -figure, lesson=f"What {id} taught.",
            cost={"tokens": 2000, "dollars": None, "seconds": 3.0, "calls": 2},
        )  # fmt: skip


def begin(teller: Teller) -> None:
    teller.tell(
        "run_started", task="speedrun/record12", scaffold="aide", model="scripted/record12", hints=[],
        profile="pocket", sandbox="bubblewrap", seed=0,
        caps=CAPS, notes=[NOTE],
    )  # fmt: skip
    teller.train("calibration start 1/3")
    teller.tell(
        "calibrated", calibration=CALIBRATION.model_dump(mode="json"), start_mean=18.4, target_mean=12.1,
        pairs=3, unit="s", measurable=True, cached=False,
    )  # fmt: skip
    teller.attempt("a1", "draft", [], {"status": "valid", "metrics": {"cpu_seconds": 17.2, "loss": 2.31}})
    crash = {"status": "crash", "reason": "NameError: name 'windw' is not defined", "log": "Traceback …"}
    teller.attempt("a2", "improve", ["a1"], crash)


@pytest.fixture
def under_way() -> list[Event]:
    """The third attempt, which repairs the second, trains."""
    teller = Teller()
    begin(teller)
    teller.attempt("a3", "debug", ["a2"], None)
    teller.train("attempt a3", steps=34)
    return teller.events


@pytest.fixture
def finished() -> list[Event]:
    """The whole run, with an answer and a judge's report."""
    teller = Teller()
    begin(teller)
    good = {"status": "valid", "metrics": {"cpu_seconds": 13.3, "loss": 2.29}}
    teller.attempt("a3", "debug", ["a2"], good)
    for seed in (101, 102, 103):
        outcome = {**good, "trust": "verified", "isolation": "bubblewrap", "seed": seed}
        teller.tell("measured", "a3", seed=seed, outcome=outcome, purpose="answer")
    answer = Answer(
        attempt="a3", fsr=0.81, fsr_interval=(0.70, 0.93), seconds=13.3, loss=2.29, trust="verified",
        isolation="bubblewrap", measurements=3, valid_measurements=3,
        metrics={"cpu_seconds": 13.3, "loss": 2.29},
    )  # fmt: skip
    teller.tell("answer", "a3", **answer.model_dump(mode="json"))
    verdicts = (
        Verdict(
            id="1", text="The window grows.", weight=0.6, status="passed", score=1.0, evidence="train.py:7"
        ),
        Verdict(id="2", text="The loss is met.", weight=0.4, status="failed", score=0.0),
    )
    judged = JudgeReport(rubric="record 13", score=0.6, low=0.6, high=0.6, coverage=1.0, verdicts=verdicts)
    teller.tell("judged", **judged.model_dump(mode="json"))
    teller.tell("run_ended", state="ended", reason="policy finished")
    return teller.events


def write_run(folder: Path, events: list[Event]) -> Path:
    """A run folder by hand: manifest, journal of what is stored, the diff of a3."""
    folder.mkdir(parents=True)
    manifest = {
        "task": "speedrun/record12", "scaffold": "aide", "model": "scripted/record12", "hints": [],
        "profile": "pocket", "sandbox": "bubblewrap", "seed": 0, "budget": CAPS, "settings": {},
        "metric": {"name": "cpu_seconds", "unit": "s", "lower_is_better": True},
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(manifest))
    lines = [
        {
            "v": 1,
            "n": each.number,
            "t": each.time,
            "kind": each.kind,
            "attempt": each.attempt,
            "data": each.data,
        }
        for each in events
        if each.number >= 0
    ]
    (folder / "journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "attempts" / "a3").mkdir(parents=True)
    (folder / "attempts" / "a3" / "diff.patch").write_text(DIFF)
    (folder / "answer.patch").write_text(DIFF)
    return folder


@pytest.fixture
def runs(tmp_path: Path, finished: list[Event], under_way: list[Event]) -> Path:
    """A runs folder with a finished run and one that was cut off."""
    write_run(tmp_path / "runs" / "20260101-120000-speedrun-record12", finished)
    write_run(tmp_path / "runs" / "20260102-120000-speedrun-record12", under_way)
    return tmp_path / "runs"
