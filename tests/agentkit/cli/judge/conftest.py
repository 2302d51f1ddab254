from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentkit.cli.judge.command import add_arguments, run
from tests.agentkit.models.fault_server import FaultServer
from tests.agentkit.runs.judging.judge_server import RUBRIC, WORK, judge_server

Call = Callable[..., int]


@pytest.fixture
def call() -> Call:
    """`agentkit judge WORDS`; returns the exit code."""

    def called(*words: object) -> int:
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        return run(parser.parse_args([str(word) for word in words]))

    return called


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder one stands in: `work/` and `rubric.toml`; no key is set."""
    (tmp_path / "work").mkdir()
    for name, text in WORK.items():
        (tmp_path / "work" / name).write_text(text)
    (tmp_path / "rubric.toml").write_text(RUBRIC)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def panel(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """Profiles `claude` and `gpt` in agentkit.toml, behind a real server."""
    server = judge_server()
    profiles = [
        f'[models.{name}]\nmodel = "openai/{name}-test"\nbase_url = "{server.url}"\n'
        'key_variable = "JUDGE_KEY"\nprice_in = 1.0\nprice_out = 5.0\n'
        for name in ("claude", "gpt")
    ]
    (place / "agentkit.toml").write_text("\n".join(profiles))
    monkeypatch.setenv("JUDGE_KEY", "sk-judge-1234567890")
    yield server
    server.close()


@pytest.fixture
def judged(place: Path, call: Call, capsys: pytest.CaptureFixture[str]) -> Path:
    """The folder of a judging by programs alone."""
    call("run", "work", "--rubric", "rubric.toml", "--sandbox", "local")
    capsys.readouterr()
    return place / "judging"
