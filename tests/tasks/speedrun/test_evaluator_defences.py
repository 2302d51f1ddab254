"""What the pocket evaluator takes from the library: digests before and after, and the static audit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Candidate
from agentkit.errors import RunProblem
from agentkit.evaluation.benchmarks import load_task
from agentkit.evaluation.locked import LockedFiles
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.local import LocalSandbox

CHECKOUT = Path(__file__).parents[3]
Evaluate = Callable[..., Outcome]


def test_the_task_locks_all_that_decides_its_score() -> None:
    task = load_task(open_catalog(CHECKOUT), "tasks/speedrun/record12")
    locked: LockedFiles = task.evaluator.locked  # type: ignore[attr-defined]
    assert {"start", "target", "code/answerer", "code/evaluator", "code/locked"} <= set(locked.sources)
    assert locked.changed_sources() == ()


@pytest.mark.real
def test_findings_are_shown_and_decide_nothing(evaluate: Evaluate, bubblewrap: Sandbox, honest: str) -> None:
    outcome = evaluate(f"import socket\n# os._exit(0)\n{honest}", bubblewrap)
    assert outcome.status == "valid", outcome.reason
    assert [(each.code, each.evidence) for each in outcome.flags] == [
        ("audit:network", "train.py:1: import socket")
    ]


@pytest.mark.real
def test_a_script_that_edits_the_tasks_own_files_is_flagged(
    module: Callable[[str], Any], rules: Any, cache: Path, honest: str, tmp_path: Path
) -> None:
    """Only `local` lets it get there. The next evaluation does not begin."""
    start = tmp_path / "start.py"
    start.write_text(honest)
    evaluator = module("evaluator").PocketEvaluator(rules, LockedFiles.of({"start": start}))
    evaluator.prepare(cache)
    folder = tmp_path / "candidate"
    folder.mkdir()
    (folder / "train.py").write_text(f"open({str(start)!r}, 'a').write('# slower')\n{honest}")
    sandbox = LocalSandbox()
    jobs = FolderJobs(tmp_path / "jobs", sandbox)
    candidate = Candidate(folder, sandbox, seed=5, logs=tmp_path / "logs", jobs=jobs)
    outcome = asyncio.run(evaluator.evaluate(candidate))
    assert (outcome.status, "tampered" in {each.code for each in outcome.flags}) == ("flagged", True)
    with pytest.raises(RunProblem, match="decides the score changed"):
        asyncio.run(evaluator.evaluate(candidate))


@pytest.mark.real
def test_only_python_files_come_along(
    evaluate: Evaluate, bubblewrap: Sandbox, honest: str, tmp_path: Path
) -> None:
    """Weights that were made before the clock started cannot be brought; notes and logs do no harm."""
    folder = tmp_path / "candidate"
    (folder / "pack").mkdir(parents=True)
    (folder / "weights.bin").write_bytes(b"\0" * 1000)
    (folder / "pack" / "piece.py").write_text("SIZE = 200_000")
    seen = "import os; print(sorted(os.listdir()), sorted(os.listdir('pack')), flush=True)"
    outcome = evaluate(f"{seen}\n{honest}", bubblewrap)
    assert outcome.status == "valid", outcome.reason
    assert outcome.log.splitlines()[0] == "['pack', 'train.py'] ['piece.py']"


@pytest.mark.real
def test_a_program_that_is_too_large_or_no_text_is_invalid(
    evaluate: Evaluate, bubblewrap: Sandbox, honest: str, tmp_path: Path
) -> None:
    assert "are allowed" in evaluate(honest, bubblewrap, program_bytes=100).reason
    (tmp_path / "candidate" / "weights.py").write_bytes(b"W = b'\xff\xfe'")
    outcome = evaluate(honest, bubblewrap)
    assert (outcome.status, outcome.reason) == ("invalid", "weights.py is not UTF-8 text")


@pytest.mark.real
def test_a_run_that_is_too_fast_to_be_a_training_is_flagged(
    evaluate: Evaluate, bubblewrap: Sandbox, honest: str
) -> None:
    outcome = evaluate(honest, bubblewrap, floor_cpu_seconds=1000)
    assert (outcome.status, [each.code for each in outcome.flags]) == ("flagged", ["too_fast"])


def test_the_instructions_say_what_cheating_is_and_offer_a_legal_way_out() -> None:
    words = " ".join(load_task(open_catalog(CHECKOUT), "tasks/speedrun/record12").instructions.split())
    for each in ("What counts as cheating", "These disqualify an attempt", "That is a proper result"):
        assert each in words
