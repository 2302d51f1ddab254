"""What a command may have been handed by mistake, and what it may write outside."""

from __future__ import annotations

import os
import pty
import sys
import sysconfig
import termios
from pathlib import Path

from agentkit.contracts.sandbox import Command, CommandResult
from tests.escapes import needs
from tests.escapes.attack import Attack, Proof
from tests.escapes.backends import (
    Plain,
    Runner,
    as_plain,
    in_local,
    with_writable_folder,
    with_writable_mounts,
)  # fmt: skip
from tests.escapes.catalogue.files import masked, mounted, token_inside
from tests.escapes.scene import Scene

KEPT = ("st_mode", "st_mtime_ns", "st_nlink", "st_uid", "st_ino")
"""What a file shows that only reading it leaves as it is."""
TERMINAL = 78
"""The number under which a terminal comes along to a process without a sandbox."""


def open_file(scene: Scene) -> Proof:
    number = os.open(scene.outside("secret.txt"), os.O_RDONLY)
    scene.undo.callback(os.close, number)
    os.set_inheritable(number, True)
    return token_inside(scene)


def open_folder(scene: Scene) -> Proof:
    number = os.open(scene.outside("far/secret.txt").parent, os.O_RDONLY)
    scene.undo.callback(os.close, number)
    os.set_inheritable(number, True)
    return token_inside(scene)


def terminal(scene: Scene) -> Proof:
    """What is typed into it would be read from its other name by a shell."""
    master, slave = pty.openpty()
    for each in (master, slave):
        scene.undo.callback(os.close, each)
    settings = termios.tcgetattr(slave)
    settings[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(slave, termios.TCSANOW, settings)
    os.set_blocking(slave, False)
    os.dup2(slave, TERMINAL, inheritable=True)
    scene.undo.callback(os.close, TERMINAL)

    def proof(result: CommandResult) -> str:
        try:
            typed = os.read(slave, 1000)
        except BlockingIOError:
            return ""
        return f"{typed[:40]!r} was typed into the terminal" if scene.mark.encode() in typed else ""

    return proof


def in_terminal(command: Command) -> tuple[Runner, Command]:
    """As a shell starts it: the terminal is its own."""
    return Plain("sh", "-c", f'exec setsid --ctty "$@" </proc/self/fd/{TERMINAL}', "sh"), command


def system_written(scene: Scene) -> Proof:
    folders = ("/usr/local/bin", "/usr/lib", "/etc", "/bin", "/", "/var/tmp", "/opt")
    return none_of(scene, [Path(folder, scene.mark) for folder in folders])


def packages_written(scene: Scene) -> Proof:
    folders = {*map(sysconfig.get_path, ("purelib", "stdlib", "scripts")), str(Path(sys.executable).parent)}
    return none_of(scene, [Path(folder, f"{scene.mark}.txt") for folder in folders])


def none_of(scene: Scene, places: list[Path]) -> Proof:
    for place in places:
        scene.undo.callback(place.unlink, missing_ok=True)

    def proof(result: CommandResult) -> str:
        found = [str(each.parent) for each in places if each.exists()]
        return f"the host has a new file in {', '.join(found)}" if found else ""

    return proof


def data_changed(scene: Scene) -> Proof:
    folder = mounted(scene)
    file = folder / "train.txt"
    before = file.stat()

    def proof(result: CommandResult) -> str:
        if [each.name for each in folder.iterdir()] != ["train.txt"] or file.read_text() != "words\n":
            return "the host's data has changed"
        same = all(getattr(file.stat(), each) == getattr(before, each) for each in KEPT)
        return "" if same and not os.listxattr(file) else "its mode, times or attributes have changed"

    return proof


def workspace_changed(scene: Scene) -> Proof:
    scene.work_writable = False
    file = scene.work / "changed.txt"
    return lambda result: "the workspace was written" if file.exists() else ""


def remounted(scene: Scene) -> Proof:
    proof = data_changed(scene)
    scene.variables["FOLDER"] = scene.variables["DATA"]
    return proof


def with_own_mounts(command: Command) -> tuple[Runner, Command]:
    """As root in a mount namespace of its own, where the data is mounted read-only."""
    source = command.environment.mounts[0].source
    lines = (
        'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && export FOLDER="$1" && shift && exec "$@"'
    )
    wrapper = ("unshare", "--mount", "--propagation", "private", "sh", "-c", lines, "sh", str(source))
    return Plain(*wrapper), command


def under_mask(command: Command) -> tuple[Runner, Command]:
    """As root in a mount namespace of its own, where an empty file lies over the masked one."""
    place = command.environment.masks[0]
    lines = 'mount --bind /dev/null "$1" && export SECRET="$1" && shift && exec "$@"'
    wrapper = ("unshare", "--mount", "--propagation", "private", "sh", "-c", lines, "sh", str(place))
    return Plain(*wrapper), command


DESCRIPTORS = (
    Attack("inherited_file", "An open file of the harness", "other_files", open_file, as_plain, "stopped"),
    Attack("inherited_folder", "An open folder of the harness", "other_files", open_folder, as_plain,
           "stopped"),
    Attack("type_into_terminal", "Typing into the harness's terminal", "host_processes", terminal,
           in_terminal, "stopped", proof_need=(needs.root,)),
)  # fmt: skip

WRITING = (
    Attack("write_system", "A file in the system's folders", "system_read_only", system_written, in_local,
           "open to root", proof_need=(needs.root,)),
    Attack("write_packages", "A file beside Python's packages", "system_read_only", packages_written,
           in_local),
    Attack("write_mount", "Mounted data: content, names, modes, times", "system_read_only", data_changed,
           with_writable_mounts),
    Attack("write_workspace", "A workspace that is only to be read", "other_files", workspace_changed,
           with_writable_folder),
    Attack("remount_writable", "A read-only mount made writable", "privileges", remounted, with_own_mounts,
           "open", proof_need=(needs.root,)),
    Attack("unmount_mask", "A mask taken away", "privileges", masked, under_mask, "open",
           proof_need=(needs.root,)),
)  # fmt: skip
