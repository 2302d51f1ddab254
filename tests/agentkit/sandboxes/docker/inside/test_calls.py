from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agentkit.sandboxes.docker.inside.calls import check_library
from agentkit.sandboxes.seccomp import filter_program

TRY = """
import os, socket, sys
from agentkit.sandboxes.docker.inside.calls import give_up
from agentkit.sandboxes.seccomp import filter_program
if sys.argv[1] == "filtered":
    give_up(filter_program())
try:
    os.chmod(sys.argv[2], 0o4755)
    print("set-uid")
except PermissionError:
    print("refused")
"""


@pytest.mark.skipif(filter_program() is None, reason="no filter for this architecture")
@pytest.mark.parametrize(("how", "said"), [("open", "set-uid"), ("filtered", "refused")])
def test_a_filtered_process_cannot_make_a_file_set_uid(how: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "program"
    file.touch()
    ended = subprocess.run(
        [sys.executable, "-c", TRY, how, str(file)], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == said


def test_this_python_has_the_library() -> None:
    check_library()


def test_what_is_no_filter_is_refused_by_the_kernel() -> None:
    words = "from agentkit.sandboxes.docker.inside.calls import give_up; give_up(bytes(8))"
    ended = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=False)
    assert "was not taken" in ended.stderr
