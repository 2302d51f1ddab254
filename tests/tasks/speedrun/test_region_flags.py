"""Flags that say where a script's timing or validation is not that of the task's own scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Candidate, Task
from agentkit.evaluation.benchmarks import load_task
from agentkit.evaluation.locked import LockedFiles
from agentkit.runs.checks.exploit import NamedExploit, Submission, corpus_folder, read_corpus
from agentkit.runs.checks.submission import Facts, lay_submission
from agentkit.sandboxes.jobs.client import FolderJobs

CHECKOUT = Path(__file__).parents[3]
EXPLOITS = [
    each
    for each in read_corpus(corpus_folder())
    if "training script" in each.exploit.applies_to and not each.exploit.twin.needs_weights
]


@pytest.fixture(scope="module")
def task() -> Task:
    return load_task(open_catalog(CHECKOUT), "tasks/speedrun/record12")


@pytest.fixture
def flags(task: Task, tmp_path: Path, module: Callable[[str], Any]) -> Callable[..., dict[str, str]]:
    """Code to evidence, for a script that is made from the start by replacing."""

    def of(*changes: tuple[str, str], end: str = "start") -> dict[str, str]:
        text = (task.files if end == "start" else task.solution)["train.py"].read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "train.py").write_text(text)
        return found_in(task, tmp_path, module)

    return of


def found_in(task: Task, folder: Path, module: Callable[[str], Any]) -> dict[str, str]:
    ends = [task.files["train.py"], task.solution["train.py"]]
    found = module("training").region_flags(ends, folder / "train.py")
    return {each.code: each.evidence for each in found}


def test_the_tasks_own_scripts_have_none(flags: Callable[..., dict[str, str]]) -> None:
    assert flags() == flags(end="target") == {}


def test_what_another_record_may_need_to_change_has_none(flags: Callable[..., dict[str, str]]) -> None:
    changes = [
        ("elapsed", "took"),
        ("steps: int = 122", "steps: int = 90"),
        ("optimizer.step(peak", "advance(peak"),
    ]
    assert flags(*changes) == {}


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("elapsed = 1000 *", "elapsed = 10 *", "region:timing", "in train, changed: elapsed = 10 *"),
        ("{elapsed:.0f}", "{1:.0f}", "region:timing", "in train, changed: print("),
        ("    begin = time.", "    begin = 9 + time.", "region:timing", "in train, changed: begin = 9 +"),
        ("RECIPE.window).float()", "8).float()", "region:validation", "in load, changed: return model"),
    ],
)
def test_a_changed_region_is_shown_with_its_place(
    flags: Callable[..., dict[str, str]], old: str, new: str, code: str, said: str
) -> None:
    found = flags((old, new))
    assert list(found) == [code]
    assert found[code].startswith("train.py:")
    assert said in found[code]


def laid(task: Task, made: Submission, named: NamedExploit, folder: Path) -> Path:
    facts = Facts(metric="cpu_seconds", best=1e-9, work=2.0, outside=folder / "outside")
    lay_submission(made, task, folder / "made", facts, named.pieces)
    return folder / "made"


@pytest.mark.parametrize("named", EXPLOITS, ids=[each.name for each in EXPLOITS])
def test_a_twin_has_none_unless_it_has_a_load_of_its_own(
    task: Task, named: NamedExploit, tmp_path: Path, module: Callable[[str], Any]
) -> None:
    folder = laid(task, named.exploit.twin, named, tmp_path)
    script = (folder / "train.py").read_text()
    own_load = script.count("\ndef load(") > 1 or bool(named.exploit.twin.script)
    assert list(found_in(task, folder, module)) == (["region:validation"] if own_load else [])


@pytest.mark.parametrize(
    ("name", "codes"),
    [("work_in_load", ["region:validation"]), ("printed_loss", ["region:timing", "region:validation"])],
)
def test_cheats_of_the_corpus_that_show(
    task: Task, name: str, codes: list[str], tmp_path: Path, module: Callable[[str], Any]
) -> None:
    (named,) = [each for each in EXPLOITS if each.name == name]
    folder = laid(task, named.exploit.cheat, named, tmp_path)
    assert sorted(found_in(task, folder, module)) == codes


def test_without_a_plain_script_there_is_nothing_to_compare(
    task: Task, tmp_path: Path, module: Callable[[str], Any]
) -> None:
    assert found_in(task, tmp_path, module) == {}
    (tmp_path / "train.py").symlink_to("/dev/zero")
    assert found_in(task, tmp_path, module) == {}


@pytest.mark.real
def test_they_advise_and_the_verdict_stays(
    module: Callable[[str], Any], rules: Any, honest: str, cache: Path, bubblewrap: Sandbox, tmp_path: Path
) -> None:
    start, folder = tmp_path / "start.py", tmp_path / "candidate"
    start.write_text(honest)
    folder.mkdir()
    (folder / "train.py").write_text(honest.replace("return table[tokens] +", "return 1.0 * table[tokens] +"))
    evaluator = module("evaluator").PocketEvaluator(rules, LockedFiles.of({"start": start}))
    evaluator.prepare(cache)
    jobs = FolderJobs(tmp_path / "jobs", bubblewrap)
    candidate = Candidate(folder, bubblewrap, 5, tmp_path / "logs", jobs=jobs)
    outcome: Outcome = asyncio.run(evaluator.evaluate(candidate))
    assert (outcome.status, outcome.trust) == ("valid", "verified")
    assert [each.code for each in outcome.flags if each.code.startswith("region:")] == ["region:validation"]
