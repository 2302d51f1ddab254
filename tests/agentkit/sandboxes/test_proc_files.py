"""Files of /proc under a harness that is root."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Command
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.proc_files import private_files, proc_arguments

LOOK = """
import os
for folder, _, names in os.walk('/proc/sys'):
    for name in names:
        try:
            os.close(os.open(f'{folder}/{name}', os.O_WRONLY))
            print('writable', folder, name)
        except OSError:
            pass
for name in os.listdir('/proc'):
    path = f'/proc/{name}'
    if not name.isdigit() and os.path.isfile(path) and not os.stat(path).st_mode & 4:
        try:
            os.close(os.open(path, os.O_RDONLY))
            print('readable', name)
        except PermissionError:
            pass
"""


def test_no_switch_of_the_kernel_can_be_written_and_no_private_table_read(
    bubblewrap: BubblewrapSandbox, command: Callable[..., Command]
) -> None:
    """Nothing is written: whether it could be is asked by opening."""
    assert asyncio.run(bubblewrap.run(command("python", "-c", LOOK))).output == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="others cannot open these files anyway")
def test_root_has_something_to_hide() -> None:
    assert Path("/proc/kpagecount") in private_files() or Path("/proc/slabinfo") in private_files()
    words = proc_arguments(Path("/closed"))
    assert words[:3] == ["--ro-bind", "/proc/sys", "/proc/sys"]
    assert "/closed" in words
