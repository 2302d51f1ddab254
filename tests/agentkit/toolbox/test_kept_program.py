"""The program that keeps an interpreter, spoken to as the sandbox's channel does."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentkit.toolbox import kept_program


class Speaker:
    def __init__(self, kind: str, folder: Path) -> None:
        argv = [sys.executable, "-P", "-c", Path(kept_program.__file__).read_text(), kind]
        self.process = subprocess.Popen(
            argv, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def ask(self, code: str, seconds: float = 30) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        body = json.dumps({"code": code, "seconds": seconds}).encode()
        self.process.stdin.write(struct.pack(">I", len(body)) + body)
        self.process.stdin.flush()
        (length,) = struct.unpack(">I", self.process.stdout.read(4))
        answer: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return answer


@pytest.fixture(params=["bash", "python"])
def speaker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Speaker]:
    speaker = Speaker(request.param, tmp_path)
    yield speaker
    _, said = speaker.process.communicate(timeout=60)
    assert speaker.process.returncode == 0, said.decode()


def test_it_answers_with_code_and_bytes_and_ends_when_its_input_does(speaker: Speaker) -> None:
    bash = "bash" in speaker.process.args  # type: ignore[operator]
    first = speaker.ask("printf abc" if bash else "print('abc', end='')")
    assert (first["code"], first["bytes"], first["lost"], first["swept"]) == (0, 3, False, 0)
    second = speaker.ask("x=1; (exit 5)" if bash else "x = 1\nimport sys\nsys.exit(5)")
    assert (second["code"], second["bytes"]) == (5, 3)
    assert speaker.process.stderr is not None
    assert speaker.process.stderr.read(3) == b"abc"
    ended = speaker.ask("exit 9" if bash else "import os; os._exit(9)")
    assert (ended["code"], ended["lost"]) == (9, True)
    assert speaker.ask("true" if bash else "1")["code"] == 0


def test_its_own_numbers_are_not_passed_on(speaker: Speaker, tmp_path: Path) -> None:
    bash = "bash" in speaker.process.args  # type: ignore[operator]
    look = "ls /proc/self/fd > fds"
    speaker.ask(look if bash else f"import subprocess\nsubprocess.run({look!r}, shell=True)")
    assert not {"198", "199"} & set((tmp_path / "fds").read_text().split())
