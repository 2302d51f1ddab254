from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.sandbox import Command, CommandResult, Environment, Job, Limits, OnOutput, Wall
from agentkit.errors import MissingRequirement
from agentkit.judge.checks.kinds import CHECKS, run_check
from agentkit.judge.evidence import Evidence
from agentkit.sandboxes.local import LocalSandbox

DIFF = "--- a/train.py\n+++ b/train.py\n@@ -1,2 +1,2 @@\n same\n-window = 64\n+window = 128\n"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work" / "plots").mkdir(parents=True)
    (tmp_path / "work" / "train.py").write_text("import math\nwindow = 128\n")
    (tmp_path / "work" / "plots" / "a.png").write_bytes(b"1234")
    (tmp_path / "work" / "plots" / "b.png").write_bytes(b"12")
    return tmp_path / "work"


@pytest.fixture
def look(work: Path) -> Callable[..., tuple[str, str]]:
    def run(sandbox: Any = None, **check: Any) -> tuple[str, str]:
        evidence = Evidence(
            folder=work,
            figures={"fsr": 0.62, "attempts": 5.0, "loss": float("nan")},
            trust="verified",
            diff=DIFF,
            sandbox=sandbox,
            environment=Environment(variables={"WHO": "judge"}, limits=Limits(seconds=500, processes=200)),
        )
        finding = asyncio.run(run_check(check, evidence))
        assert (finding.score is None) is (finding.status in ("error", "ungraded"))
        return finding.status, finding.evidence

    return run


Look = Callable[..., tuple[str, str]]


def test_file(look: Look) -> None:
    assert look(kind="file", file="train.py") == ("passed", "train.py: 25 bytes")
    assert look(kind="file", file="plots/a.png", min_bytes=4)[0] == "passed"
    assert look(kind="file", file="plots/b.png", min_bytes=4) == (
        "failed", "plots/b.png: 2 bytes; asked: at least 4",
    )  # fmt: skip
    assert look(kind="file", file="report.md") == ("failed", "report.md is not there")


def test_glob(look: Look, work: Path) -> None:
    status, evidence = look(kind="glob", glob="plots/*.png", at_least=2)
    assert (status, evidence) == (
        "passed", "2 files match plots/*.png (plots/a.png, plots/b.png); asked: at least 2",
    )  # fmt: skip
    assert look(kind="glob", glob="**/*.png", at_least=3)[0] == "failed"
    assert look(kind="glob", glob="*.png", at_most=0)[0] == "passed"
    assert look(kind="glob", glob="**/*.png", at_most=1)[0] == "failed"


def test_glob_does_not_count_folders_nor_what_links_lead_to(look: Look, work: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "c.png").write_bytes(b"1")
    (work / "plots" / "c.png").symlink_to(tmp_path / "elsewhere" / "c.png")
    (work / "more").symlink_to(tmp_path / "elsewhere")
    (work / "plots" / "folder.png").mkdir()
    assert look(kind="glob", glob="*/*.png", at_least=3)[0] == "failed"


def test_regex(look: Look) -> None:
    assert look(kind="regex", file="train.py", pattern=r"^window = \d+$") == (
        "passed", "train.py:2: window = 128",
    )  # fmt: skip
    assert look(kind="regex", file="train.py", pattern="torch") == (
        "failed", "train.py: nothing matches torch",
    )  # fmt: skip


def test_regex_for_what_must_not_be_there(look: Look) -> None:
    assert look(kind="regex", file="train.py", pattern="torch", absent=True)[0] == "passed"
    assert look(kind="regex", file="train.py", pattern="math", absent=True) == (
        "failed", "train.py:1: import math",
    )  # fmt: skip
    assert look(kind="regex", file="none.py", pattern="math", absent=True) == (
        "failed",
        "none.py is not there",
    )


def test_figure(look: Look) -> None:
    assert look(kind="figure", name="fsr", at_least=0.5) == ("passed", "fsr = 0.62; asked: at least 0.5")
    assert look(kind="figure", name="fsr", at_least=0.7)[0] == "failed"
    assert look(kind="figure", name="attempts", equals=5)[0] == "passed"
    assert look(kind="figure", name="attempts", at_least=1, at_most=4)[0] == "failed"


def test_a_figure_that_is_not_a_number_has_failed(look: Look) -> None:
    assert look(kind="figure", name="loss", at_most=3)[0] == "failed"


def test_an_unknown_figure_is_the_rubrics_fault(look: Look) -> None:
    status, evidence = look(kind="figure", name="speed", at_least=1)
    assert status == "error"
    assert evidence == "the run has no figure 'speed'; it has: attempts, fsr, loss"


def test_trust(look: Look) -> None:
    assert look(kind="trust", equals="verified")[0] == "passed"
    assert look(kind="trust", equals="claimed") == ("failed", "trust = verified; asked: claimed")


def test_trust_that_nobody_stated_is_no_verdict(work: Path) -> None:
    finding = asyncio.run(run_check({"kind": "trust", "equals": "verified"}, Evidence(folder=work)))
    assert finding.status == "error"


def test_diff(look: Look, work: Path) -> None:
    assert look(kind="diff") == ("passed", "2 changed lines; asked: at least 1")
    assert look(kind="diff", at_most=2)[0] == "passed"
    assert look(kind="diff", at_most=1)[0] == "failed"
    assert asyncio.run(run_check({"kind": "diff"}, Evidence(folder=work))).status == "failed"


@pytest.mark.parametrize(
    ("check", "part"),
    [
        ({"kind": "regexp", "file": "a"}, "did you mean regex?"),
        ({}, "no kind"),
        ({"kind": 3}, "found 3"),
        ({"kind": "regex", "file": "train.py", "pattern": "("}, "check.pattern"),
        ({"kind": "file", "file": "../secret"}, "leads out of the work"),
        ({"kind": "file", "file": "a", "size": 3}, "for file only: file, min_bytes"),
        ({"kind": "file"}, "file needs 'file'"),
        ({"kind": "json", "file": "a", "path": "x"}, "at_least, at_most, equals"),
    ],
)
def test_a_mistake_in_a_check_is_an_error_and_no_zero(look: Look, check: dict[str, Any], part: str) -> None:
    status, evidence = look(**check)
    assert status == "error"
    assert part in evidence


def test_every_kind_has_its_own_arguments() -> None:
    assert len({family.arguments for family in CHECKS.values()}) == len(CHECKS) == 13


@dataclass
class ScriptedSandbox:
    """Answers every command with one result, and remembers what it was asked to run."""

    result: CommandResult | Exception
    asked: list[Command] = field(default_factory=list)
    saw: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    name: str = "scripted"
    walls: Mapping[Wall, str] = field(default_factory=dict)

    async def start(self, command: Command, on_output: OnOutput | None = None) -> Job:
        raise NotImplementedError

    async def run(self, command: Command, on_output: OnOutput | None = None) -> CommandResult:
        self.asked.append(command)
        self.saw += sorted(path.name for path in command.folder.iterdir())
        self.links += [path.name for path in command.folder.iterdir() if path.is_symlink()]
        (command.folder / "train.py").write_text("spoilt")
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    async def close(self) -> None:
        return


def ended(status: str, exit_code: int | None, output: str = "") -> CommandResult:
    values = {"status": status, "exit_code": exit_code, "output": output, "seconds": 1.0, "cpu_seconds": 1.0}
    return CommandResult.model_validate(values)


@pytest.mark.parametrize(
    ("result", "asked", "status", "part"),
    [
        (ended("ok", 0, "a\n3 passed\n"), {}, "passed", "last line: 3 passed"),
        (
            ended("ok", 0, "a\n3 passed\n"),
            {"pattern": r"\d+ passed"},
            "passed",
            "output of `run`:2: 3 passed",
        ),
        (ended("ok", 0, "a\n3 failed\n"), {"pattern": r"\d+ passed"}, "failed", "nothing in its output"),
        (ended("failed", 2, "bad\n"), {}, "failed", "ended with 2, asked: 0; last line: bad"),
        (ended("failed", 2), {"exit_code": 2}, "passed", "ended with 2"),
        (ended("timeout", -9), {"seconds": 7}, "failed", "did not end within 7 s"),
        (ended("silent", -9), {}, "failed", "did not end"),
        (ended("stopped", -15), {}, "error", "was stopped"),
        (ended("ok", None), {}, "error", "was stopped"),
        (MissingRequirement("There is no bubblewrap."), {}, "error", "There is no bubblewrap."),
        (FileNotFoundError(2, "No such file", "run"), {}, "error", "could not be run"),
    ],
)
def test_command(look: Look, result: Any, asked: dict[str, Any], status: str, part: str) -> None:
    found, evidence = look(ScriptedSandbox(result), kind="command", argv=["run"], **asked)
    assert found == status
    assert part in evidence


def test_a_command_gets_a_copy_of_the_work_and_its_own_limit(look: Look, work: Path) -> None:
    sandbox = ScriptedSandbox(ended("ok", 0))
    look(sandbox, kind="command", argv=["run"], seconds=7)
    (command,) = sandbox.asked
    assert sandbox.saw == ["plots", "train.py"]
    assert command.environment.limits == Limits(seconds=7, processes=200)
    assert command.environment.variables == {"WHO": "judge"}
    assert (work / "train.py").read_text() == "import math\nwindow = 128\n"
    assert not command.folder.exists()


def test_the_copy_keeps_links_as_links(look: Look, work: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("not yours")
    (work / "away.txt").symlink_to(tmp_path / "secret.txt")
    sandbox = ScriptedSandbox(ended("ok", 0))
    look(sandbox, kind="command", argv=["run"])
    assert sandbox.links == ["away.txt"]


def test_a_command_without_a_sandbox_is_the_judges_lack(look: Look) -> None:
    assert look(kind="command", argv=["true"]) == ("error", "there is no sandbox to run a command in")


@pytest.mark.real
def test_a_real_command(look: Look) -> None:
    code = "import train, os; print(train.window, os.environ['WHO'])"
    found = look(LocalSandbox(), kind="command", argv=[sys.executable, "-c", code], pattern="^128 judge$")
    assert found[0] == "passed", found
    assert (
        look(LocalSandbox(), kind="command", argv=[sys.executable, "-c", "raise SystemExit(3)"])[0]
        == "failed"
    )
