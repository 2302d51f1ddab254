"""One check as a whole, on the number task."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from agentkit.runs.checks.check import Report, check_task
from agentkit.runs.checks.exploit import Exploit, NamedExploit, Submission
from agentkit.sandboxes.local import LocalSandbox


def checked(bench: Any, place: Path, *exploits: NamedExploit, **changes: Any) -> Report:
    task = bench.task(**changes)
    sandbox, cache = LocalSandbox(), place / "cache"
    return asyncio.run(check_task(task, task, sandbox, cache, place / "place", exploits, repeats=2))


def forging(number: str) -> NamedExploit:
    exploit = Exploit(
        title="t",
        source="s",
        expected=("invalid",),
        caught_by="c",
        cheat=Submission(files={"number.txt": number}),
        twin=Submission(files={"number.txt": "3"}),
    )
    return NamedExploit("forging", exploit, {})


def test_a_sound_task_without_exploits(bench: Any, tmp_path: Path) -> None:
    report = checked(bench, tmp_path)
    assert not report.failed
    assert [each.name for each in report.findings][:4] == [
        "digest",
        "masks hold",
        "oracle passes",
        "nop fails",
    ]


def test_one_cheat_that_gets_through_fails_it(bench: Any, tmp_path: Path) -> None:
    assert not checked(bench, tmp_path / "a", forging("500")).failed
    assert checked(bench, tmp_path / "b", forging("99")).failed


def test_a_task_without_a_solution_is_warned_about(bench: Any, tmp_path: Path) -> None:
    report = checked(bench, tmp_path, solution={})
    assert not report.failed
    assert "no reference solution" in report.findings[-1].detail


def test_an_end_that_does_not_run_is_a_finding(bench: Any, tmp_path: Path) -> None:
    task = bench.task()
    task.solution["number.txt"].write_text("many")
    sandbox, place = LocalSandbox(), tmp_path / "place"
    report = asyncio.run(check_task(task, task, sandbox, tmp_path / "cache", place, [], repeats=2))
    assert report.failed
    assert "does not run here: crash" in report.findings[-1].detail
