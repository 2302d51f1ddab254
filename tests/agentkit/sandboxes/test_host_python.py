from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from agentkit.sandboxes.host_python import executable_links, python_folders, search_path


def test_python_of_this_environment_comes_first() -> None:
    code = "import sys; print(sys.prefix)"
    words = ["/bin/sh", "-c", f"python -c '{code}'"]
    said = subprocess.run(words, env={"PATH": search_path()}, capture_output=True, check=True)
    assert said.stdout.decode().strip() == sys.prefix


def test_the_folders_hold_the_library_and_every_link_of_the_interpreter() -> None:
    folders = python_folders()
    for path in (Path(os.__file__), *executable_links()):
        assert any(path.is_relative_to(folder) for folder in folders), path
    assert executable_links()[-1] == Path(sys.executable).resolve()
