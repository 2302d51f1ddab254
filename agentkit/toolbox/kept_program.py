"""Runs inside the sandbox, above one kept interpreter: hands it code, holds its clock, ends what it leaves.

It is passed as text, so it uses the standard library alone. Requests come on stdin and answers go to
stdout, each a length of four bytes and JSON; what the interpreter prints goes to stderr, unchanged. The
interpreter itself has neither: its input is empty and its result comes through a pipe of its own, which
nothing that it starts inherits. So no output can be taken for a result, and no command can eat the next one.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time

ASKED, TOLD = 198, 199
SHELL = """
set -m
trap 'return 124 2>/dev/null' USR1
while IFS= read -r -d '' -u 198 agentkit_file; do
    . "$agentkit_file" </dev/null 198<&- 199>&-
    printf '{"code": %d}\\n' "$?" >&199
done
"""
# `read` takes single bytes, so the file of the code is what goes through the pipe.

PYTHON = """
import ast, builtins, json, linecache, os, signal, sys, traceback
def agentkit_loop():
    names = {"__name__": "__main__", "__builtins__": builtins}
    asked, told = os.fdopen(198, "r"), os.fdopen(199, "w")
    os.set_inheritable(198, False); os.set_inheritable(199, False)
    count = 0
    while True:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        path = asked.readline().rstrip("\\n")
        if not path:
            break
        count += 1
        code, name = 0, f"<call {count}>"
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
            linecache.cache[name] = (len(text), None, text.splitlines(True), name)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            tree = ast.parse(text, name)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, name, "exec"), names)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), name, "eval"), names)
                if value is not None:
                    names["_"] = value
                    print(repr(value))
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
            if code and not isinstance(stop.code, int):
                print(stop.code, file=sys.stderr)
        except BaseException as error:
            code = 1
            trace = error.__traceback__ and error.__traceback__.tb_next
            traceback.print_exception(type(error), error, trace)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass
        told.write(json.dumps({"code": code}) + "\\n")
        told.flush()
agentkit_loop()
"""
ARGV = {"bash": ["bash", "--norc", "--noprofile", "-c", SHELL], "python": ["python", "-u", "-c", PYTHON]}
END = {"bash": b"\0", "python": b"\n"}
INTERRUPT = {"bash": signal.SIGUSR1, "python": signal.SIGINT}
PATIENCE_SECONDS = 3.0
"""For an interpreter to come back when it is interrupted; then it is killed."""
PIECE = 65536


class Kept:
    """One interpreter, started again whenever it has ended."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.sent = 0
        """Bytes of output so far."""
        self.folder = tempfile.mkdtemp(prefix="kept-")
        self.start()

    def start(self) -> None:
        asked, self.ask = os.pipe()
        self.answer, told = os.pipe()
        self.output, out = os.pipe()

        # Numbers that a script does not use by chance.
        os.dup2(asked, ASKED)
        os.dup2(told, TOLD)
        self.child = subprocess.Popen(
            ARGV[self.kind],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            pass_fds=(ASKED, TOLD),
            start_new_session=True,
        )
        os.close(ASKED)
        os.close(TOLD)
        for each in (asked, told, out):
            os.close(each)
        os.set_blocking(self.output, False)

    def run(self, code: str, seconds: float) -> dict[str, object]:
        path = os.path.join(self.folder, "code")  # noqa: PTH118 - pathlib is slow to import
        with open(path, "w", encoding="utf-8", errors="surrogatepass") as file:  # noqa: PTH123
            file.write(code)
        began = time.monotonic()
        answered, timeout = b"", False
        try:
            os.write(self.ask, path.encode() + END[self.kind])
            answered = self.listen(began + seconds)
            if not answered and self.child.poll() is None:
                timeout = True
                answered = self.interrupt()
        except BrokenPipeError:  # it had ended between two calls
            pass
        taken = time.monotonic() - began
        lost = not answered
        if lost:
            self.kill()
        swept = sweep(self.child.pid)
        self.forward()
        code_of = json.loads(answered)["code"] if answered else self.child.returncode
        if lost:
            for each in (self.ask, self.answer, self.output):
                os.close(each)
            self.start()
        return {
            "code": code_of, "timeout": timeout, "lost": lost, "swept": swept,
            "seconds": taken, "bytes": self.sent,
        }  # fmt: skip

    def listen(self, until: float) -> bytes:
        """The answer, or nothing: the time is up, or the interpreter has ended."""
        answered = b""
        while (left := until - time.monotonic()) > 0:
            ready = select.select([self.output, self.answer], [], [], min(left, 0.5))[0]
            if self.output in ready:
                self.forward()
            if self.answer in ready:
                piece = os.read(self.answer, PIECE)
                answered += piece
                if answered.endswith(b"\n"):
                    return answered
                if not piece:  # its end is closed
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        self.child.wait(1.0)
                    return b""
            if self.child.poll() is not None and not ready:
                return b""
        return b""

    def interrupt(self) -> bytes:
        """Ends what the code has started and tells the interpreter, again and again, as it may start more."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until and self.child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.child.pid, INTERRUPT[self.kind])
            sweep(self.child.pid, grace=0.05)
            answered = self.listen(min(until, time.monotonic() + 0.3))
            if answered:
                return answered
        return b""

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def forward(self) -> None:
        """Pass on all that was printed so far."""
        while True:
            try:
                piece = os.read(self.output, PIECE)
            except BlockingIOError:
                return
            if not piece:
                return
            self.sent += len(piece)
            while piece:
                piece = piece[os.write(2, piece) :]


def sweep(interpreter: int, grace: float = 0.3) -> int:
    """End every process below this one but the interpreter; returns how many there were."""
    found = below(os.getpid(), interpreter)
    count = len(found)
    until = time.monotonic() + grace
    number = signal.SIGTERM
    while found:
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        time.sleep(0.01)
        reap(interpreter)
        found = below(os.getpid(), interpreter)
        if time.monotonic() > until:
            number = signal.SIGKILL
        if time.monotonic() > until + 2:  # in a system call that cannot be interrupted
            break
    return count


def below(root: int, but: int) -> list[int]:
    parents: dict[int, int] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - as above
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                    fields = file.read().rpartition(b")")[2].split()
                if fields[0] != b"Z":
                    parents[int(name)] = int(fields[1])

    def is_below(pid: int) -> bool:
        for _ in range(len(parents) + 1):
            pid = parents.get(pid, 0)
            if pid == root:
                return True
            if pid == 0:
                return False
        return False

    return [pid for pid in parents if pid != but and is_below(pid)]


def reap(interpreter: int) -> None:
    """Of processes that lost their parent; the interpreter's own are not ours to wait for."""
    with contextlib.suppress(ChildProcessError):
        while True:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None or found.si_pid == interpreter:
                return
            os.waitpid(found.si_pid, os.WNOHANG)


def receive() -> dict[str, object] | None:
    head = read_exactly(4)
    if head is None:
        return None
    body = read_exactly(struct.unpack(">I", head)[0])
    return None if body is None else json.loads(body)


def read_exactly(count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        piece = os.read(0, count - len(data))
        if not piece:
            return None
        data += piece
    return data


def main(kind: str) -> None:
    with contextlib.suppress(OSError, AttributeError):
        # What loses its parent becomes ours, so that it is found (PR_SET_CHILD_SUBREAPER).
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    kept = Kept(kind)
    while (request := receive()) is not None:
        answer = json.dumps(kept.run(str(request["code"]), float(str(request["seconds"])))).encode()
        os.write(1, struct.pack(">I", len(answer)) + answer)


if __name__ == "__main__":
    main(sys.argv[1])
