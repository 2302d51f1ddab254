"""Ways to the host's processes, variables and kernel settings."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Callable
from pathlib import Path

from agentkit.contracts.sandbox import CommandResult
from tests.escapes import needs
from tests.escapes.attack import Attack, Proof
from tests.escapes.backends import as_plain, in_local
from tests.escapes.catalogue.files import token_inside
from tests.escapes.scene import Scene, status_of

KEY = "ESCAPE_TEST_API_KEY"
SETTING = Path("/proc/sys/kernel/printk_ratelimit_burst")
KERNEL_LOG = Path("/dev/kmsg")
IN_MEMORY = """
import ctypes, sys
kept = ctypes.create_string_buffer(sys.stdin.readline().strip().encode())
print(ctypes.addressof(kept), flush=True)
"""
NOTES_SIGNAL = """
import pathlib, signal, sys
signal.signal(signal.SIGURG, lambda *_: pathlib.Path(sys.argv[1]).touch())
"""


def own_key(scene: Scene) -> Proof:
    os.environ[KEY] = scene.token
    scene.undo.callback(os.environ.pop, KEY, None)
    return token_inside(scene)


def others_key(scene: Scene) -> Proof:
    scene.victim(variables={"THE_API_KEY": scene.token})
    return token_inside(scene)


def others_words(scene: Scene) -> Proof:
    scene.victim("", scene.token)
    return token_inside(scene)


def others_memory(scene: Scene) -> Proof:
    """The secret comes to the victim by a pipe, so that it is in its memory alone."""
    code = f"{IN_MEMORY}\nsys.stdin.read()"
    process = scene.start("python3", "-I", "-S", "-c", code)
    assert process.stdin and process.stdout
    process.stdin.write(f"{scene.token}\n")
    process.stdin.flush()
    scene.variables |= {"VICTIM": str(process.pid), "ADDRESS": process.stdout.readline().strip()}
    return token_inside(scene)


def traced(scene: Scene) -> Proof:
    """Seen from outside: which process is traced by one of the attack's that did not start it."""
    pid, _ = scene.victim()
    scene.variables["VICTIM"] = str(pid)

    def look() -> None:
        attackers = {str(each) for each in scene.attackers()}
        for process in (entry.name for entry in os.scandir("/proc") if entry.name.isdigit()):
            if status_of(int(process), "TracerPid") in attackers:
                scene.saw(f"process {process} of the host was traced")

    scene.on_ready = look
    return lambda result: " ".join(scene.seen)


def others_file(scene: Scene) -> Proof:
    path = scene.outside("kept")
    pid, _ = scene.victim(f"import os\nos.dup2(os.open({str(path)!r}, os.O_RDONLY), 77)")
    path.unlink()
    scene.variables |= {"VICTIM": str(pid), "NUMBER": "77"}
    return token_inside(scene)


def killed(scene: Scene) -> Proof:
    pid, _ = scene.victim()
    scene.variables["VICTIM"] = str(pid)
    return lambda result: "the victim is dead" if status_of(pid, "State")[:1] in ("", "Z", "X") else ""


def harness_signalled(scene: Scene) -> Proof:
    got: list[int] = []
    before = signal.signal(signal.SIGURG, lambda number, frame: got.append(number))
    scene.undo.callback(signal.signal, signal.SIGURG, before)
    scene.variables |= {"HARNESS": str(os.getpid()), "GROUP": str(os.getpgid(0))}
    return lambda result: f"the harness received {len(got)} signals" if got else ""


def all_signalled(scene: Scene) -> Proof:
    note = scene.folder / "signalled"
    scene.victim(NOTES_SIGNAL, str(note))
    return lambda result: "the victim was signalled" if note.exists() else ""


def starved(scene: Scene) -> Proof:
    pid, _ = scene.victim()
    scene.variables["VICTIM"] = str(pid)
    before = (os.getpriority(os.PRIO_PROCESS, pid), os.sched_getaffinity(pid))

    def proof(result: CommandResult) -> str:
        after = (os.getpriority(os.PRIO_PROCESS, pid), os.sched_getaffinity(pid))
        return f"the victim had {before} and has {after}" if after != before else ""

    return proof


def key_of_session(scene: Scene) -> Proof:
    """In a new session keyring of this process, which goes with it."""
    call = needs.LIBRARY.syscall
    call(250, 1, None)
    token = scene.token.encode()
    key = call(248, b"user", scene.mark.encode(), token, len(token), -3)
    assert key > 0, os.strerror(ctypes.get_errno())
    scene.undo.callback(call, 250, 3, key)
    scene.variables["KEY"] = scene.mark
    return token_inside(scene)


def line_of_log(scene: Scene) -> Proof:
    KERNEL_LOG.write_text(f"agentkit escape suite: {scene.token}\n")
    return token_inside(scene)


def setting_changed(scene: Scene) -> Proof:
    before = SETTING.read_text()

    def restore() -> None:
        with contextlib.suppress(OSError):
            SETTING.write_text(before)

    scene.undo.callback(restore)
    return lambda result: "the setting has changed" if SETTING.read_text() != before else ""


def control_group(scene: Scene) -> Proof:
    def look() -> None:
        found = [*Path("/sys/fs/cgroup").glob(scene.mark), *Path("/sys/fs/cgroup").glob(f"*/{scene.mark}")]
        for each in found:
            scene.saw(f"{each} was made")

    scene.on_ready = look
    return lambda result: " ".join(scene.seen)


def by_its_word(scene: Scene) -> Proof:
    return lambda result: ""


def readable(*names: str) -> Callable[[], str]:
    return lambda: "" if any(Path(name).exists() for name in names) else f"the kernel has no {names[0]}"


ATTACKS = (
    Attack("environment_key", "A key in the harness's environment", "host_variables", own_key, as_plain,
           "stopped"),
    Attack("environ_of_others", "Keys in other processes' environments", "host_processes", others_key,
           in_local),
    Attack("command_lines", "Secrets in other processes' command lines", "host_processes", others_words,
           in_local),
    Attack("memory_by_proc", "Another process's memory, by /proc/PID/mem", "host_processes", others_memory,
           in_local),
    Attack("memory_by_call", "Another process's memory, by process_vm_readv", "host_processes",
           others_memory, in_local),
    Attack("trace_others", "A debugger on another process", "host_processes", traced, in_local),
    Attack("trace_supervisor", "A debugger on the program that reports how it ended", "system_calls", traced,
           in_local),
    Attack("steal_descriptor", "Another process's open file, by pidfd_getfd", "host_processes", others_file,
           in_local),
    Attack("kill_victim", "Killing a process of the host", "host_processes", killed, in_local),
    Attack("signal_harness", "Signals to the harness", "host_processes", harness_signalled, in_local),
    Attack("signal_everybody", "A signal to every process", "host_processes", all_signalled, in_local),
    Attack("change_victim", "Starving a process of the host", "host_processes", starved, in_local),
    Attack("session_keyring", "Keys in the kernel's keyring", "system_calls", key_of_session, in_local,
           needs=(needs.system_call(250, "keyrings"),)),
    Attack("kernel_log", "The host's kernel log", "system_calls", line_of_log, in_local, "open to root",
           needs=(needs.root, needs.file("/dev/kmsg"))),
    Attack("kernel_settings", "A setting of the host's kernel", "system_read_only", setting_changed,
           in_local, "open to root", proof_need=(needs.root,)),
    Attack("sysrq", "The host's magic key", "system_read_only", by_its_word, in_local, "open to root",
           needs=(needs.file("/proc/sysrq-trigger"),), proof_need=(needs.root,), by_word=True),
    Attack("kernel_memory", "The memory of the host's kernel", "privileges", by_its_word, in_local,
           "open to root", needs=(readable("/proc/kcore", "/dev/mem", "/dev/port"),),
           proof_need=(needs.root,), by_word=True),
    Attack("sys_writes", "A control group or a setting in /sys", "system_read_only", control_group, in_local,
           "open to root", needs=(needs.file("/sys/fs/cgroup"),), proof_need=(needs.root,)),
)  # fmt: skip
