"""Scene: the host's side of one attack. What lies and runs here while it is tried, and what is seen."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from agentkit.contracts.sandbox import Command, Environment, Limits, Mount
from agentkit.sandboxes.process_tree import look
from tests.escapes.attack import Attack

KEPT_BYTES = 4 * 1024 * 1024
"""Of what an attack prints; and then its end."""
TAIL_BYTES = 4096
GRACE_SECONDS = 0.5
"""For killed processes to be gone when a command has ended."""


class Scene:
    """Everything of it goes away with `close`, whatever the attack made of it."""

    def __init__(self, folder: Path, *, careful: bool = True) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir(parents=True)
        self.careful = careful
        """False: what the harness does about what it reads afterwards is left out."""
        self.token = f"token-{secrets.token_hex(12)}"
        """Nobody inside can say it who has not read it outside."""
        self.mark = f"mark-{secrets.token_hex(6)}"
        """In the command line of every process of the attack."""
        self.variables: dict[str, str] = {}
        self.mounts: list[Mount] = []
        self.masks: list[Path] = []
        self.limits = Limits(seconds=30.0)
        self.work_writable = True
        self.on_ready: Callable[[], None] = lambda: None
        """What the host does while the attack stands still."""
        self.seen: list[str] = []
        self.raw = bytearray()
        self.printed = 0
        self.undo = contextlib.ExitStack()
        self._ready = False

    def command(self, attack: Attack) -> Command:
        place = self.work / f"attack{attack.file.suffix}"
        shutil.copyfile(attack.file, place)
        program = "sh" if place.suffix == ".sh" else "python"
        environment = Environment(
            mounts=tuple(self.mounts),
            masks=tuple(self.masks),
            variables=self.variables,
            limits=self.limits,
        )
        return Command(
            argv=(program, place.name, self.mark),
            folder=self.work,
            folder_writable=self.work_writable,
            environment=environment,
        )

    def on_output(self, data: bytes) -> None:
        self.printed += len(data)
        self.raw += data
        if len(self.raw) > KEPT_BYTES + TAIL_BYTES:
            del self.raw[KEPT_BYTES:-TAIL_BYTES]
        recent = self.raw[-len(data) - TAIL_BYTES :]
        if not self._ready and re.search(rb"^ready:.*\n", recent, re.MULTILINE):
            self._ready = True
            self.on_ready()
            (self.work / "go").touch()

    # ---- what lies outside ----

    def outside(self, name: str, text: str | None = None) -> Path:
        """A file of the host, beside the workspace, that holds the token."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if text is not None else f"{self.token}\n")
        return path

    def start(self, *argv: str, variables: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """A process of the host that lives as long as the scene."""
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], **(variables or {})}, start_new_session=True,
        )  # fmt: skip
        self.undo.callback(end, process)
        return process

    def victim(self, code: str = "", *words: str, variables: dict[str, str] | None = None) -> tuple[int, str]:
        """A host process that runs `code`, prints one line and waits. Returns its pid and the line."""
        text = f"{code}\nimport sys\nprint('here', flush=True)\nsys.stdin.read()"
        process = self.start(sys.executable, "-I", "-S", "-c", text, *words, variables=variables)
        assert process.stdout
        return process.pid, process.stdout.readline().strip()

    # ---- what is seen ----

    def saw(self, what: str) -> None:
        self.seen.append(what)

    def token_got_in(self) -> str:
        """Where the token turned up among what the attack could write."""
        if self.token.encode() in self.raw:
            return "the attack printed what only lies outside"
        for path in self.work.rglob("*"):
            if path.is_file() and not path.is_symlink() and self.token.encode() in path.read_bytes():
                return f"{path.name} in the workspace holds what only lies outside"
        return ""

    def processes(self) -> list[int]:
        """Living ones that carry the mark, sandbox programs around them too."""
        return [pid for pid in with_word(self.mark) if (sight := look(pid)) and not sight.zombie]

    def attackers(self) -> list[int]:
        """Those of them that run the attack itself."""
        return [pid for pid in self.processes() if words_of(pid)[1:2] in ([b"attack.py"], [b"attack.sh"])]

    def left(self) -> list[int]:
        """Still there when the command was said to have ended."""
        until = time.monotonic() + GRACE_SECONDS
        while (found := self.processes()) and time.monotonic() < until:
            time.sleep(0.02)
        return found

    def beats(self) -> bool:
        """Whether something still writes to the workspace, whatever name it runs under."""
        file = self.work / "beat"
        before = file.stat().st_size if file.exists() else 0
        until = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < until:
            if file.exists() and file.stat().st_size > before:
                return True
            time.sleep(0.02)
        return False

    def close(self) -> None:
        for pid in with_word(self.mark):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        self.undo.close()
        mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        for place in mounted:
            if Path(place).is_relative_to(self.folder):
                subprocess.run(["umount", "--lazy", place], check=False)
        # Deeper than Python's own recursion reaches.
        for _ in range(3):
            subprocess.run(["rm", "-rf", str(self.folder)], check=False, stderr=subprocess.DEVNULL)


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()


def words_of(pid: int) -> list[bytes]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return []


def with_word(word: str) -> list[int]:
    """Processes of this machine whose command line holds a word."""
    pids = [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()]
    return [
        pid for pid in pids if pid != os.getpid() and any(word.encode() in part for part in words_of(pid))
    ]


def open_files(pid: int) -> list[str]:
    """What its descriptors are, as the kernel names it."""
    links = []
    with contextlib.suppress(OSError):
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                links.append(os.fspath(Path(entry.path).readlink()))
    return links


def status_of(pid: int, field: str) -> str:
    """A line of /proc/PID/status; empty if there is none."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return line.partition(":")[2].strip()
    return ""
