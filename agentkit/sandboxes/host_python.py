"""The Python that agentkit runs in, as a sandbox has to offer it: its folders and its place on PATH."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin")


def search_path() -> str:
    """PATH with this environment's `python` first."""
    return ":".join(dict.fromkeys([str(Path(sys.executable).parent), f"{sys.prefix}/bin", *SYSTEM_PATH]))


def python_folders() -> list[Path]:
    """Folders that this Python needs, as they are named and as they really are; no symlinks to follow."""
    named = [Path(each) for each in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)]
    for link in executable_links():
        # An interpreter outside of its prefix, as with `/opt/x/bin/python -> ../versions/3.12/bin/python`.
        if not any(link.is_relative_to(folder) for folder in named):
            named.append(link.parent.parent if link.parent.name == "bin" else link.parent)
    return list(dict.fromkeys([*named, *(folder.resolve() for folder in named)]))


def executable_links() -> list[Path]:
    """`sys.executable` and every link from it to the file itself."""
    path = Path(sys.executable)
    links = [path]
    while path.is_symlink() and len(links) < 40:
        path = Path(os.path.normpath(path.parent / path.readlink()))
        links.append(path)
    return links
