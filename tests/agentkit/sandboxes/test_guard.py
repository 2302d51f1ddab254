from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable

import pytest

from agentkit.sandboxes import guard

Alive = Callable[[str], list[int]]
Eventually = Callable[[Callable[[], bool]], bool]


def guarded(*argv: str, parent: int | None = None) -> list[str]:
    return [sys.executable, "-I", "-S", str(guard.__file__), str(parent or os.getpid()), *argv]


@pytest.mark.parametrize(
    ("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", -9), ("kill -15 $$", -15)]
)
def test_it_ends_the_way_its_command_ended(script: str, code: int) -> None:
    assert subprocess.run(guarded("/bin/sh", "-c", script), check=False).returncode == code


def test_orphans_are_killed_when_the_command_ends(alive: Alive) -> None:
    marked = uuid.uuid4().hex
    script = f"for n in 1 2 3; do setsid sh -c '(: {marked}; sleep 60; :) &' & done; sleep 0.2"
    subprocess.run(guarded("/bin/sh", "-c", script), check=True)
    assert alive(marked) == []


def test_a_signal_to_the_commands_group_does_not_hit_it() -> None:
    said = subprocess.run(guarded("/bin/sh", "-c", "trap : TERM; kill 0; exit 4"), check=False)
    assert said.returncode == 4


def test_it_takes_its_command_along_when_its_parent_dies(alive: Alive, eventually: Eventually) -> None:
    marked = uuid.uuid4().hex
    script = f": {marked}; sleep 60; :"
    code = (
        "import os, subprocess, sys, time\n"
        f"words = ['-I', '-S', {guard.__file__!r}, str(os.getpid()), '/bin/sh', '-c', {script!r}]\n"
        "subprocess.Popen([sys.executable, *words])\n"
        "time.sleep(0.5)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    parent = subprocess.Popen([sys.executable, "-I", "-S", "-c", code])
    assert eventually(lambda: len(alive(marked)) >= 2)
    parent.wait()
    assert eventually(lambda: alive(marked) == [])


def test_a_parent_that_is_gone_already_means_not_to_begin(alive: Alive) -> None:
    began = time.monotonic()
    subprocess.run(guarded("/bin/sleep", "5", parent=1), check=True)
    assert time.monotonic() - began < 3


def test_what_cannot_be_run_is_named() -> None:
    said = subprocess.run(guarded("/no/such/program"), capture_output=True, text=True, check=False)
    assert said.returncode == 127
    assert "/no/such/program" in said.stderr
