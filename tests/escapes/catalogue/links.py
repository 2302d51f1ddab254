"""What a command leaves for the harness to trip over: the defence is in who reads it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

from agentkit.contracts.sandbox import CommandResult
from agentkit.errors import AgentkitError
from agentkit.evaluation.locked import LockedFiles, lay_candidate, take_artefact
from agentkit.journal.blobs import Blobs
from agentkit.sandboxes.workspace import SnapshotWorkspace
from tests.escapes.attack import Attack, Proof
from tests.escapes.backends import by_careless_harness, in_local
from tests.escapes.scene import Scene

MOST_BYTES = 1024 * 1024
READ_SECONDS = 1.0


def taken(name: str = "result.json") -> Callable[[Scene], Proof]:
    """The one file that crosses; carelessly, `cat`."""

    def prepare(scene: Scene) -> Proof:
        scene.variables["SECRET"] = str(scene.outside("far/result.json"))

        def proof(result: CommandResult) -> str:
            target = scene.folder / "taken"
            if scene.careful:
                take_artefact(scene.work, name, target, MOST_BYTES)
            else:
                trouble = read_by_cat(scene.work / name, target)
                if trouble:
                    return trouble
            if target.exists() and scene.token in target.read_text():
                return "what the harness took is a file of the host"
            return ""

        return proof

    return prepare


def read_by_cat(source: Path, target: Path) -> str:
    if source.lstat().st_size > MOST_BYTES:
        return f"it would have taken {source.lstat().st_size:,} bytes"
    try:
        read = subprocess.run(["cat", source], capture_output=True, timeout=READ_SECONDS, check=True)
    except subprocess.TimeoutExpired:
        return "the harness waits for ever"
    target.write_bytes(read.stdout)
    return ""


def copied(scene: Scene) -> Proof:
    """A snapshot laid out elsewhere, and the copy that an evaluator makes."""
    scene.variables["SECRET"] = str(scene.outside("far/secret.txt"))

    def proof(result: CommandResult) -> str:
        first, second = scene.folder / "first", scene.folder / "second"
        if scene.careful:
            copy_with_care(scene, first, second)
        else:
            shutil.copytree(scene.work, first, ignore_dangling_symlinks=True)
        for folder in (first, second):
            for place in folder.rglob("*"):
                if (
                    place.is_file()
                    and not place.is_symlink()
                    and scene.token in place.read_text(errors="replace")
                ):
                    return "the copy holds a file of the host"
        return ""

    return proof


def copy_with_care(scene: Scene, first: Path, second: Path) -> None:
    blobs = Blobs(scene.folder / "blobs")
    digest = SnapshotWorkspace(scene.work, blobs).snapshot()
    SnapshotWorkspace(first, blobs).restore(digest)
    lay_candidate(scene.work, second, LockedFiles.of({}))


def survives_copy(scene: Scene) -> Proof:
    """The harness may refuse in words, and must not fall over."""

    def proof(result: CommandResult) -> str:
        try:
            if scene.careful:
                copy_with_care(scene, scene.folder / "first", scene.folder / "second")
            else:
                copy_carelessly(scene)
        except AgentkitError:
            return ""
        except (OSError, ValueError, RecursionError, shutil.Error) as error:
            return f"the harness fell over: {type(error).__name__}: {str(error)[:80]}"
        return ""

    return proof


def copy_carelessly(scene: Scene) -> None:
    names = [os.fspath(path.relative_to(scene.work)) for path in scene.work.rglob("*")]
    (scene.folder / "list").write_text("\n".join(names), encoding="utf-8")
    code = "import shutil, sys; shutil.copytree(*sys.argv[1:])"
    subprocess.run(
        ["python3", "-c", code, scene.work, scene.folder / "first"],
        check=True, capture_output=True, timeout=READ_SECONDS,
    )  # fmt: skip


def survives_waiting(scene: Scene) -> Proof:
    proof = survives_copy(scene)

    def timed(result: CommandResult) -> str:
        try:
            return proof(result)
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
            return f"the harness fell over: {type(error).__name__}"

    return timed


def restored(scene: Scene) -> Proof:
    victim = scene.folder / "far"
    victim.mkdir()
    (victim / "kept.txt").write_text("kept")
    (scene.work / "package").mkdir()
    (scene.work / "package" / "module.py").write_text("ours")
    blobs = Blobs(scene.folder / "blobs")
    space = SnapshotWorkspace(scene.work, blobs)
    digest = space.snapshot()
    scene.variables["FOLDER"] = str(victim)

    def proof(result: CommandResult) -> str:
        if scene.careful:
            space.restore(digest)
        else:
            (scene.work / "package" / "module.py").write_text("ours")
        now = sorted(each.name for each in victim.iterdir())
        return "" if now == ["kept.txt"] else f"the host's folder holds {now}"

    return proof


def laid(scene: Scene) -> Proof:
    victim = scene.outside("far/victim.py", "kept")
    source = scene.outside("task/check.py", "ours")
    (scene.work / "check.py").write_text("ours")
    scene.variables["VICTIM"] = str(victim)

    def proof(result: CommandResult) -> str:
        if scene.careful:
            LockedFiles.of({"check.py": source}).lay(scene.work)
        else:
            (scene.work / "check.py").write_text("ours")
        return "" if victim.read_text() == "kept" else "a file of the host was written"

    return proof


def setuid_left(scene: Scene) -> Proof:
    def proof(result: CommandResult) -> str:
        for path in scene.work.iterdir():
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                return f"{path.name} has mode {stat.S_IMODE(mode):o} on the host, owner {path.stat().st_uid}"
        return ""

    return proof


ATTACKS = (
    Attack("result_symlink", "A link to a host file as the result", None, taken(), by_careless_harness,
           "stopped"),
    Attack("result_hardlink", "A host file as the result, by a hard link", "other_files", taken(), in_local),
    Attack("result_below_link", "A result in a folder that is a link to the host", None,
           taken("out/result.json"), by_careless_harness, "stopped"),
    Attack("result_pipe", "A pipe as the result", None, taken(), by_careless_harness, "stopped"),
    Attack("result_huge", "A result of a terabyte that takes no room", None, taken(), by_careless_harness,
           "stopped"),
    Attack("snapshot_links", "Links to the host in what is copied", None, copied, by_careless_harness,
           "stopped"),
    Attack("restore_through_link", "A link to the host where a folder is restored", None, restored,
           by_careless_harness, "stopped"),
    Attack("locked_file_link", "A link to the host where a task's file is laid", None, laid,
           by_careless_harness, "stopped"),
    Attack("deep_folders", "Folders deeper than a path can say", None, survives_waiting,
           by_careless_harness, "stopped"),
    Attack("strange_names", "Names that are no text", None, survives_waiting, by_careless_harness,
           "stopped"),
    Attack("special_files", "Pipes, sockets and endless links in what is copied", None, survives_waiting,
           by_careless_harness, "stopped"),
    Attack("setuid_left", "A set-user-id program for the host's other users", "system_calls", setuid_left,
           in_local),
)  # fmt: skip
