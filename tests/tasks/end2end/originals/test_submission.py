"""A submission is run anew, on a leased device; only what that run wrote counts as delivered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from agentkit.contracts.task import Metric, Task

from ..conftest import Measure, Measured, module

DELIVERABLES = {"out/results.json": "figures", "out/plots/bars.*": "bars", "report.md": "the report"}
WRITES = "mkdir -p out/plots; echo '{}' > out/results.json; echo x > out/plots/bars.svg; echo printed\n"


@pytest.fixture(autouse=True)
def one_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_GPUS", "fake:1")


def run(measure: Measure, files: Mapping[str, str], seconds: float = 60) -> Measured:
    submission = module("originals.submission")
    task = Task(
        reference="end2end/small",
        title="",
        purpose="",
        instructions="",
        files={},
        metric=Metric(name=submission.METRIC),
        evaluator=submission.SubmissionEvaluator(DELIVERABLES, seconds, ()),
        folder=Path(__file__).parent,
    )
    return measure(task, files)


@pytest.mark.real
def test_all_deliverables(measure: Measure) -> None:
    found = run(measure, {"reproduce.sh": WRITES, "report.md": "# Report"})
    assert (found.outcome.status, found.outcome.trust) == ("valid", "verified")
    assert found.outcome.metrics["delivered"] == 1
    assert (found.produced / "plots" / "bars.svg").read_text() == "x\n"
    assert (found.produced / "output.txt").read_text().strip() == "printed"


@pytest.mark.real
def test_what_was_brought_does_not_count(measure: Measure) -> None:
    brought = {"out/results.json": "{}", "out/plots/bars.png": "x", "report.md": "# Report"}
    found = run(measure, {**brought, "reproduce.sh": "true\n"})
    assert found.outcome.status == "valid"
    assert found.outcome.metrics["delivered"] == pytest.approx(1 / 3)
    assert found.outcome.reason == "missing: out/results.json, out/plots/bars.*"


@pytest.mark.real
@pytest.mark.parametrize(
    ("script", "status", "reason"),
    [("echo broken; exit 3\n", "crash", "broken"), ("sleep 60\n", "timeout", "did not end within 1 s")],
)
def test_a_run_that_does_not_end_well(measure: Measure, script: str, status: str, reason: str) -> None:
    outcome = run(measure, {"reproduce.sh": script}, seconds=1 if status == "timeout" else 60).outcome
    assert outcome.status == status
    assert reason in outcome.reason


def test_without_a_script(measure: Measure) -> None:
    outcome = run(measure, {"report.md": "# Report"}).outcome
    assert (outcome.status, outcome.reason) == ("invalid", "there is no reproduce.sh in the workspace")


def test_a_machine_without_a_device_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluator = module("originals.submission").SubmissionEvaluator(DELIVERABLES, 60, ())
    assert evaluator.lacks() == []
    monkeypatch.setenv("AGENTKIT_GPUS", "fake:0")
    (lack,) = evaluator.lacks()
    assert "GPU" in lack.what
    assert "miniature" in lack.fix
