"""Whose files: the user a command runs as in a container, and folders handed over to it.

Docker maps no users, so a command has to be somebody of this machine. It is the folder's owner. Where
that is root, because agentkit runs as root, it is user 1000, and root's files in the folder are given
to it: root can still read and remove them.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from agentkit.errors import AgentkitError

NOBODY_IN_PARTICULAR = 1000


def user_for(folder: Path) -> tuple[int, int]:
    """User and group to run as; never root."""
    try:
        found = folder.stat()
    except OSError as error:
        raise AgentkitError(f"The folder {folder} of a command cannot be used: {error}") from error
    user = found.st_uid or os.getuid() or NOBODY_IN_PARTICULAR
    return user, found.st_gid or os.getgid() or NOBODY_IN_PARTICULAR


def hand_over(path: Path, user: int, group: int) -> None:
    """Give what is root's below `path` to that user, if we are root. Links are not followed."""
    if os.geteuid() != 0:
        return
    if path.lstat().st_uid == 0:
        os.chown(path, user, group, follow_symlinks=False)
    if not path.is_dir():
        return
    try:
        hand_over_contents(path, user, group)
    except RecursionError:
        # Until Python 3.12 `fwalk` goes one call deeper a level; `chown` goes down step by step.
        subprocess.run(
            ["chown", "--recursive", "--no-dereference", "--from=0", f"{user}:{group}", "--", str(path)],
            capture_output=True,
            check=False,
            env={"PATH": os.defpath, "LC_ALL": "C"},
        )


def hand_over_contents(path: Path, user: int, group: int) -> None:
    for _, folders, files, descriptor in os.fwalk(path, follow_symlinks=False):
        for name in (*folders, *files):
            try:
                if os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_uid == 0:
                    os.chown(name, user, group, dir_fd=descriptor, follow_symlinks=False)
            except FileNotFoundError:
                continue  # a command that shares the folder removed it


def refuse_unreadable(path: Path, user: int, group: int) -> None:
    """AgentkitError for a read-only mount that is closed to that user: another's folder is not changed."""
    found = path.stat()
    needed = 0o5 if path.is_dir() else 0o4
    shift = 6 if found.st_uid == user else 3 if found.st_gid == group else 0
    if (found.st_mode >> shift) & needed != needed:
        raise AgentkitError(
            f"{path} is to be mounted, but user {user}, whom the sandbox runs as, may not read it.",
            f"Next: chmod -R o+rX {path}",
        )
