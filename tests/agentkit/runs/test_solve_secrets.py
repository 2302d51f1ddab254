"""A secret in a setting: not kept with the run, and looked up again when it is resumed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import agentkit
from agentkit.errors import RunFailed, RunProblem
from agentkit.runs.folder import open_run
from agentkit.runs.solve import plan_again

ADDRESS = "http://ann:open-sesame-1@127.0.0.1:9/v1"


def write_settings(project: Path, address: str) -> None:
    (project / "agentkit.toml").write_text(f'[solve]\nbase_url = "{address}"\n')


def test_the_address_of_a_server_is_put_back(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(project, ADDRESS)
    run = agentkit.solve("toy/number", scaffold="nop", measurements=1)
    for path in run.path.rglob("*"):
        assert not path.is_file() or b"open-sesame-1" not in path.read_bytes()
    assert run.summary.settings["base_url"] == "http://ann:[redacted:base_url]@127.0.0.1:9/v1"
    assert plan_again(open_run(run.path), {}).settings.base_url == ADDRESS
    write_settings(project, "http://elsewhere/v1")
    with pytest.raises(RunProblem, match="setting base_url held a secret") as caught:
        plan_again(open_run(run.path), {})
    assert "AGENTKIT_BASE_URL" in str(caught.value) and "open-sesame-1" not in str(caught.value)
    monkeypatch.setenv("AGENTKIT_BASE_URL", ADDRESS)
    assert plan_again(open_run(run.path), {}).settings.base_url == ADDRESS


def test_a_run_has_a_log_of_its_faults(project: Path) -> None:
    (project / "tasks/toy/number/evaluate.py").write_text("raise SystemExit(3)")
    with pytest.raises(RunFailed):
        agentkit.solve("toy/number", attempts=1)
    entries = [json.loads(line) for line in (open_run("latest").path / "log.jsonl").read_text().splitlines()]
    assert entries[0]["event"] == "run_started"
    assert entries[-1]["event"] == "fault" and entries[-1]["level"] == "error"
    assert "Traceback" in entries[-1]["exception"]
