"""The frame of all miniatures, on a question that takes no time: what is 1 + 2?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.task import Metric, Task
from agentkit.evaluation.locked import LockedFiles

from .conftest import Measure, module

HONEST = """
import json, os, sys
from locked import add
question = json.load(open(sys.argv[1]))
print("asked", question, open(os.path.join(os.environ["AGENTKIT_DATA"], "told.txt")).read())
with open("out/a.json", "w") as file:
    json.dump([add(*row) for row in question], file)
"""
LOCKED = "def add(a, b):\n    return a + b\n"


class Sums:
    figures: Mapping[str, float] = {"solved": 0.0}

    def prepare(self, folder: Path) -> None:
        (folder / "told.txt").write_text("of old")

    async def examine(self, bench: Any) -> str:
        ran = await bench.run("sums", ("run.py", "given/q.json", "out"), {"q.json": b"[[1, 2]]"})
        bench.figures["solved"] = float(ran.read_json("a.json") == [3])
        return "asked once"


@pytest.fixture
def sums(tmp_path: Path) -> Task:
    (tmp_path / "locked.py").write_text(LOCKED)
    locked = LockedFiles.of({"locked.py": tmp_path / "locked.py"})
    frame = module("evaluator")
    rules = frame.RunRules(seconds=60, memory_bytes=2**30, program_bytes=2000)
    evaluator = frame.MiniatureEvaluator(Sums(), rules, laid=locked, decides=locked, prepared="sums-1")
    evaluator.prepare(tmp_path / "cache")
    return Task(
        reference="end2end/sums",
        title="",
        purpose="",
        instructions="",
        files={"locked.py": tmp_path / "locked.py"},
        metric=Metric(name="solved"),
        evaluator=evaluator,
        folder=tmp_path,
    )


@pytest.mark.real
def test_a_run_is_fresh_and_its_output_kept(sums: Task, measure: Measure) -> None:
    brought = {"out/a.json": "[0]", "given/q.json": "[[0, 0]]", "data.bin": "x", "locked.py": "broken"}
    found = measure(sums, {"run.py": HONEST, **brought})
    assert (found.outcome.status, found.outcome.trust) == ("valid", "verified"), found.outcome.reason
    assert (found.outcome.metrics, found.outcome.reason) == ({"solved": 1}, "asked once")
    assert [each.code for each in found.outcome.flags] == ["locked_file_changed"]
    assert (found.produced / "sums" / "a.json").read_text() == "[3]"
    assert (found.produced / "sums" / "output.txt").read_text().strip() == "asked [[1, 2]] of old"
    assert found.outcome.log.strip() == "asked [[1, 2]] of old"


@pytest.mark.real
def test_only_python_travels_and_what_reads_more_fails(sums: Task, measure: Measure) -> None:
    found = measure(sums, {"run.py": "print(open('answers.txt').read())", "answers.txt": "[3]"})
    assert found.outcome.status == "crash"
    assert "answers.txt" in found.outcome.reason
    assert found.outcome.metrics == {"solved": 0}


@pytest.mark.real
def test_what_every_candidate_is_given_may_not_be_changed(sums: Task, measure: Measure) -> None:
    """Where no wall keeps a run from it, it is found out, and the next evaluation has it as it was."""
    spoiling = HONEST + "open(os.path.join(os.environ['AGENTKIT_DATA'], 'told.txt'), 'w').write('anew')\n"
    outcome = measure(sums, {"run.py": spoiling}).outcome
    assert outcome.status == "flagged"
    assert "told.txt" in outcome.reason
    assert measure(sums, {"run.py": HONEST}).outcome.status == "valid"


def test_too_large_a_program_is_not_run(sums: Task, measure: Measure) -> None:
    found = measure(sums, {"run.py": "#" * 3000})
    assert found.outcome.status == "invalid"
    assert "2,000 are allowed" in found.outcome.reason
    assert not found.produced.exists()
