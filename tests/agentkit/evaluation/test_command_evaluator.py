"""A task's own script as evaluator, run for real; its outcomes are `claimed`, never more."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Candidate
from agentkit.errors import RunProblem
from agentkit.evaluation.command_evaluator import read_result
from agentkit.evaluation.folder_task import load_folder_task
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.local import LocalSandbox


def evaluate(
    task_folder: Path, tmp_path: Path, files: dict[str, str], sandbox: Sandbox | None = None
) -> Outcome:
    """The start files with `files` over them, as a candidate."""
    task = load_folder_task(task_folder, "bench/words")
    assert list(task.evaluator.lacks()) == []
    task.evaluator.prepare(tmp_path / "cache")
    work = tmp_path / "candidate"
    shutil.copytree(task_folder / "files", work)
    for name, text in files.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(text)
    sandbox = sandbox or LocalSandbox()
    jobs = FolderJobs(tmp_path / "jobs", sandbox)
    candidate = Candidate(work, sandbox, seed=7, logs=tmp_path / "logs", jobs=jobs)
    return asyncio.run(task.evaluator.evaluate(candidate))


def test_the_script_counts(task_folder: Path, tmp_path: Path) -> None:
    pieces = {"words.py": "def words(): return 'a b c'.split()\n"}
    outcome = evaluate(task_folder, tmp_path, pieces)
    assert (outcome.status, outcome.metrics, outcome.reason) == ("valid", {"words": 3.0}, "3 words")
    assert (outcome.trust, outcome.isolation, outcome.seed) == ("claimed", "local", 7)
    assert "counting" in outcome.log
    assert (tmp_path / "logs" / "evaluate-7.log").read_text() == "counting\n"
    assert [path.name for path in (tmp_path / "logs").iterdir()] == ["evaluate-7.log"]
    assert sorted(path.name for path in (tmp_path / "candidate").iterdir()) == ["data", "words.py"]


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        ("def words(): return []", "invalid", "0 words"),
        ("def words(): raise KeyError('x')", "crash", "KeyError: 'x'"),
        ("import os\ndef words(): os._exit(0)", "crash", "wrote no file"),
        ("import os\ndef words(): os._exit(9)", "crash", "failed"),
    ],
)
def test_what_a_candidate_may_do(
    task_folder: Path, tmp_path: Path, words: str, status: str, reason: str
) -> None:
    outcome = evaluate(task_folder, tmp_path, {"words.py": words})
    assert outcome.status == status
    assert reason in outcome.reason


def test_a_changed_part_that_the_task_locks_is_flagged_and_measured(
    task_folder: Path, tmp_path: Path
) -> None:
    start = (task_folder / "files" / "words.py").read_text()
    path = task_folder / "task.toml"
    path.write_text(
        path.read_text().replace("[metric]", 'locked_regions = {"words.py" = ["words"]}\n[metric]')
    )
    same = evaluate(task_folder, tmp_path / "a", {"words.py": f"# faster\n{start}"})
    assert same.flags == ()
    other = evaluate(task_folder, tmp_path / "b", {"words.py": "def words(): return 'a b c'.split()\n"})
    assert other.status == "valid"
    assert [(each.code, each.evidence[:15]) for each in other.flags] == [
        ("locked_region_changed", "words.py: words")
    ]


def test_an_evaluation_is_held_to_limits_of_the_machine(task_folder: Path, tmp_path: Path) -> None:
    """A candidate's code runs in it, so a task that says nothing about memory is no way to take it all."""
    count = "1 if resource.getrlimit(resource.RLIMIT_DATA)[0] != resource.RLIM_INFINITY else 2"
    text = f"import resource\ndef words(): return ['x'] * ({count})"
    assert evaluate(task_folder, tmp_path, {"words.py": text}).metrics == {"words": 1.0}


def test_a_hang_is_a_timeout(task_folder: Path, tmp_path: Path) -> None:
    text = (task_folder / "task.toml").read_text()
    (task_folder / "task.toml").write_text(text.replace("seconds = 20", "seconds = 1"))
    outcome = evaluate(task_folder, tmp_path, {"words.py": "import time\ntime.sleep(600)"})
    assert outcome.status == "timeout"
    assert outcome.seconds < 15


def test_the_candidates_own_evaluate_script_is_ignored(task_folder: Path, tmp_path: Path) -> None:
    forged = (
        "import json, os\njson.dump({'metrics': {'words': 999}}, open(os.environ['AGENTKIT_RESULT'], 'w'))\n"
    )
    outcome = evaluate(task_folder, tmp_path, {"evaluate.py": forged, "data/known.txt": "mine"})
    assert outcome.metrics == {"words": 1.0}
    assert [flag.code for flag in outcome.flags] == ["locked_file_changed"]
    assert "evaluate.py" in outcome.flags[0].evidence and "data/known.txt" in outcome.flags[0].evidence


def test_a_forged_result_stays_claimed(task_folder: Path, tmp_path: Path) -> None:
    """What this evaluator cannot stop, it does not vouch for."""
    forged = (
        "import json, os\n"
        "json.dump({'metrics': {'words': 999}}, open(os.environ['AGENTKIT_RESULT'], 'w'))\n"
        "os._exit(0)\n"
    )
    outcome = evaluate(task_folder, tmp_path, {"words.py": forged})
    assert (outcome.metrics, outcome.trust) == ({"words": 999.0}, "claimed")


def test_a_script_that_gives_another_figure_is_told(task_folder: Path, tmp_path: Path) -> None:
    text = (task_folder / "task.toml").read_text()
    (task_folder / "task.toml").write_text(text.replace('name = "words"', 'name = "letters"'))
    outcome = evaluate(task_folder, tmp_path, {})
    assert outcome.status == "crash"
    assert "no figure 'letters' (it gave: words)" in outcome.reason


def test_a_task_that_changes_meanwhile_stops_the_run(task_folder: Path, tmp_path: Path) -> None:
    task = load_folder_task(task_folder, "bench/words")
    (task_folder / "evaluate.py").write_text("changed")
    jobs = FolderJobs(tmp_path / "jobs", LocalSandbox())
    candidate = Candidate(task_folder / "files", LocalSandbox(), seed=0, logs=tmp_path / "logs", jobs=jobs)
    with pytest.raises(RunProblem, match=r"evaluate\.py"):
        asyncio.run(task.evaluator.evaluate(candidate))


@pytest.mark.real
def test_in_bubblewrap_the_solution_is_out_of_sight(task_folder: Path, tmp_path: Path) -> None:
    look = (
        f"import os\ndef words(): return ['a'] * (1 + os.path.exists({str(task_folder / 'solution.py')!r}))\n"
    )
    seen = evaluate(task_folder, tmp_path / "one", {"words.py": look})
    hidden = evaluate(task_folder, tmp_path / "two", {"words.py": look}, BubblewrapSandbox())
    assert (seen.metrics, seen.isolation) == ({"words": 2.0}, "local")
    assert (hidden.metrics, hidden.isolation) == ({"words": 1.0}, "bubblewrap")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "wrong at 'the whole'"),
        ('{"metrics": {"a": "x"}}', "wrong at 'metrics.a'"),
        ('{"metrics": {"a": NaN}}', "not a finite number"),
        ('{"metric": {}}', "wrong at 'metric'"),
        ('{"valid": "maybe"}', "wrong at 'valid'"),
        (json.dumps({"reason": "x" * 2**20}), "more than"),
    ],
)
def test_a_result_that_is_none(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "result").write_text(content)
    with pytest.raises(ValueError, match=said):
        read_result(tmp_path / "result")


def test_a_result_is_a_plain_file(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("{}")
    (tmp_path / "link").symlink_to("real")
    assert read_result(tmp_path / "real").valid
    with pytest.raises(ValueError, match="wrote no file"):
        read_result(tmp_path / "link")
