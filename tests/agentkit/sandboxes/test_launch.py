from __future__ import annotations

import subprocess

from agentkit.contracts.sandbox import Limits
from agentkit.sandboxes.launch import READY, gated


def through_gate(
    *argv: str, limits: Limits | None = None, channel: bool = False, said: bytes = b"\n"
) -> bytes:
    words = gated(argv, limits or Limits(), channel=channel)
    return subprocess.run(words, input=said, capture_output=True, check=False, timeout=20).stdout


def test_it_says_that_it_is_ready_and_becomes_the_command() -> None:
    assert through_gate("printf", "%s|", "two words", "$HOME", "'") == READY + b"two words|$HOME|'|"


def test_a_gate_that_is_never_opened_runs_nothing() -> None:
    assert through_gate("echo", "ran", said=b"") == READY


def test_stdin_is_the_channel_or_nothing() -> None:
    assert through_gate("cat", channel=True, said=b"\nasked") == READY + b"asked"
    assert through_gate("cat", said=b"\nasked") == READY


def test_limits_of_a_process() -> None:
    limits = Limits(memory_bytes=64 * 2**20, file_bytes=2**20)
    shown = through_gate("cat", "/proc/self/limits", limits=limits).decode()
    values = {line[:25].strip(): line[25:].split()[:2] for line in shown.splitlines()[2:]}
    assert values["Max data size"] == ["67108864", "67108864"]
    assert values["Max file size"] == ["1048576", "1048576"]
    assert values["Max core file size"] == ["0", "0"]
