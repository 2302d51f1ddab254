"""What stands around an evaluation: files compared before and after it, and nobody left of the agent's."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Command, Sandbox
from agentkit.errors import RunProblem
from agentkit.evaluation.locked import LockedFiles, lay_candidate
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.choose import check_bubblewrap
from agentkit.sandboxes.local import LocalSandbox

DAEMON = "setsid sh -c 'while true; do echo late >> train.py; sleep 0.02; done' </dev/null >/dev/null 2>&1 &"


@pytest.fixture(params=["bubblewrap", "local"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    if request.param == "local":
        return LocalSandbox()
    if not check_bubblewrap().usable:
        pytest.skip("bubblewrap does not work here")
    return BubblewrapSandbox()


def test_a_change_meanwhile_is_blamed_only_where_it_can_have_been_the_candidate(tmp_path: Path) -> None:
    path = tmp_path / "evaluate.py"
    path.write_text("ours")
    locked = LockedFiles.of({"evaluate.py": path})
    assert locked.tampered(LocalSandbox()) is None
    assert locked.tampered(BubblewrapSandbox()) is None
    path.write_text("theirs")
    assert locked.changed_sources() == ("evaluate.py",)
    flag = locked.tampered(LocalSandbox())
    assert flag is not None
    assert (flag.code, "evaluate.py" in flag.evidence) == ("tampered", True)
    with pytest.raises(RunProblem, match="decides the score changed"):
        locked.tampered(BubblewrapSandbox())


@pytest.mark.real
def test_an_agents_daemon_is_gone_before_anything_is_evaluated(sandbox: Sandbox, tmp_path: Path) -> None:
    """It would edit the script after it was submitted. Its command has ended only when it is dead, too."""
    work = tmp_path / "work"
    work.mkdir()
    command = Command(argv=("sh", "-c", f"echo ours > train.py; {DAEMON} sleep 0.5"), folder=work)
    result = asyncio.run(sandbox.run(command))
    assert result.status == "ok", result.output
    handed_in = (work / "train.py").read_text()
    assert "late" in handed_in, "the daemon ran, so the test has teeth"
    lay_candidate(work, tmp_path / "laid", LockedFiles({}, {}))
    time.sleep(0.5)
    assert (work / "train.py").read_text() == handed_in
    assert (tmp_path / "laid" / "train.py").read_text() == handed_in
