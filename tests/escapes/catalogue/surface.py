"""Ways to more power: devices, other users, namespaces, and calls that few programs need."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import shutil
import socket
import stat
import struct
from collections.abc import Callable
from pathlib import Path

from agentkit.contracts.sandbox import CommandResult, Mount
from tests.escapes import needs
from tests.escapes.attack import Attack, Proof
from tests.escapes.backends import in_local, wrapped
from tests.escapes.catalogue.files import DATA
from tests.escapes.catalogue.host import by_its_word
from tests.escapes.scene import Scene, open_files, status_of

OTHER_USER = 12345
"""Of nobody's on this machine."""


def seen_while_ready(look: Callable[[Scene, int], str]) -> Callable[[Scene], Proof]:
    """`look` says what is wrong with one of the attack's processes, as the host sees it."""

    def prepare(scene: Scene) -> Proof:
        def look_at_all() -> None:
            for pid in scene.processes():
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    if (found := look(scene, pid)) and not scene.seen:
                        scene.saw(found)

        scene.on_ready = look_at_all
        return lambda result: " ".join(scene.seen)

    return prepare


def attacker_only(look: Callable[[Scene, int], str]) -> Callable[[Scene], Proof]:
    return seen_while_ready(lambda scene, pid: look(scene, pid) if pid in scene.attackers() else "")


def holds(kind: str) -> Callable[[Scene], Proof]:
    return attacker_only(
        lambda scene, pid: (
            f"process {pid} holds a {kind}" if any(kind in each for each in open_files(pid)) else ""
        )
    )


def in_other(name: str) -> Callable[[Scene], Proof]:
    """A process of the attack in a namespace in which no sandbox put it: not its parent's."""

    def look(scene: Scene, pid: int) -> str:
        parent = int(status_of(pid, "PPid") or 0)
        mine, its = (os.readlink(f"/proc/{each}/ns/{name}") for each in (pid, parent))  # noqa: PTH115
        return f"process {pid} is in another {name} namespace than its parent" if mine != its else ""

    return attacker_only(look)


def rooted_in(folder: str) -> Callable[[Scene], Proof]:
    def look(scene: Scene, pid: int) -> str:
        place, root = scene.work / folder, Path(f"/proc/{pid}/root")
        same = place.exists() and (place.stat().st_dev, place.stat().st_ino) == (
            root.stat().st_dev,
            root.stat().st_ino,
        )
        return f"process {pid} has {folder} as its root" if same else ""

    return attacker_only(look)


def has_mounted(scene: Scene, pid: int) -> str:
    lines = Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
    found = any(line.split()[4].endswith("/mounted") for line in lines)
    return f"process {pid} has mounted something" if found else ""


def powerful(scene: Scene, pid: int) -> str:
    power = int(status_of(pid, "CapEff") or "0", 16)
    return f"process {pid} has capabilities {power:x}" if power else ""


def other_user(scene: Scene, pid: int) -> str:
    users = status_of(pid, "Uid").split()
    return f"process {pid} runs as user {OTHER_USER}" if str(OTHER_USER) in users else ""


def program_of_other(scene: Scene) -> Proof:
    """A set-user-id copy of `sleep`, in a folder that is mounted."""
    folder = scene.folder / "tools"
    folder.mkdir()
    program = folder / "sleep"
    shutil.copyfile(shutil.which("sleep") or "/bin/sleep", program)
    os.chown(program, OTHER_USER, OTHER_USER)
    program.chmod(0o4755)
    for each in (scene.folder, folder):
        each.chmod(0o755)
    scene.mounts.append(Mount(source=folder, target=DATA))
    scene.variables["PROGRAM"] = str(DATA / "sleep")
    return seen_while_ready(other_user)(scene)


def device_made(scene: Scene) -> Proof:
    def proof(result: CommandResult) -> str:
        modes = {path.name: path.lstat().st_mode for path in scene.work.iterdir()}
        found = [name for name, mode in modes.items() if stat.S_ISCHR(mode) or stat.S_ISBLK(mode)]
        return f"{found[0]} in the workspace is a device" if found else ""

    return proof


def disks() -> list[Path]:
    names = [line.split()[3] for line in Path("/proc/partitions").read_text().splitlines()[2:]]
    return [Path("/dev", name) for name in names if Path("/dev", name).is_block_device()]


def disk_read(scene: Scene) -> Proof:
    """By the digest of what stands where a file system says what it is."""
    digests = []
    for disk in disks():
        with contextlib.suppress(OSError), disk.open("rb") as file:
            file.seek(1024)
            digests.append(hashlib.sha256(file.read(1024)).hexdigest().encode())
    scene.variables["DISK"] = str(next(iter(disks()), "/dev/sda"))
    return lambda result: "the host's disk was read" if any(each in scene.raw for each in digests) else ""


def some_disk() -> str:
    for disk in disks():
        with contextlib.suppress(OSError), disk.open("rb"):
            return ""
    return "the host's own root cannot read a disk"


def devices_opened(scene: Scene) -> Proof:
    numbers = set()
    for place in Path("/dev").rglob("*"):
        with contextlib.suppress(OSError):
            state = place.lstat()
            if stat.S_ISCHR(state.st_mode) or stat.S_ISBLK(state.st_mode):
                numbers.add(f"={os.major(state.st_rdev)}:{os.minor(state.st_rdev)}")

    def proof(result: CommandResult) -> str:
        found = [each for each in numbers if each in scene.raw.decode(errors="replace").split(" ", 1)[-1]]
        return f"{len(found)} devices of the host were opened" if found else ""

    return proof


def log_written(scene: Scene) -> Proof:
    number = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    scene.undo.callback(os.close, number)
    os.lseek(number, 0, os.SEEK_END)

    def proof(result: CommandResult) -> str:
        with contextlib.suppress(BlockingIOError):
            while line := os.read(number, 8192):
                if scene.mark.encode() in line:
                    return "the host's kernel log has its line"
        return ""

    return proof


def has_capability(scene: Scene) -> Proof:
    tool = scene.work / "tool"
    return lambda result: "the file has one" if "security.capability" in os.listxattr(tool) else ""


def given_away(scene: Scene) -> Proof:
    def proof(result: CommandResult) -> str:
        owner = (scene.work / "gift").stat().st_uid
        return f"the file belongs to user {owner}" if owner == OTHER_USER else ""

    return proof


def entered(scene: Scene) -> Proof:
    scene.variables["VICTIM"] = str(scene.victim()[0])
    if os.geteuid() == 0:
        process = scene.start("unshare", "--net", "sh", "-c", "echo here; read _")
        assert process.stdout
        process.stdout.readline()
        scene.variables["VICTIM"] = str(process.pid)
    return in_other("net")(scene)


def clock_set(scene: Scene) -> Proof:
    """A timer that the kernel cancels when somebody sets the clock."""
    timer = needs.LIBRARY.timerfd_create(0, os.O_NONBLOCK | os.O_CLOEXEC)
    scene.undo.callback(os.close, timer)
    far = ctypes.create_string_buffer(struct.pack("=4q", 0, 0, 1 << 33, 0))
    assert needs.LIBRARY.timerfd_settime(timer, 3, far, None) == 0

    def proof(result: CommandResult) -> str:
        with contextlib.suppress(BlockingIOError):
            try:
                os.read(timer, 8)
            except OSError as error:
                if not isinstance(error, BlockingIOError):
                    return "the host's clock was set"
                raise
        return ""

    return proof


def renamed(scene: Scene) -> Proof:
    before = socket.gethostname()

    def proof(result: CommandResult) -> str:
        now = socket.gethostname()
        if now == before:
            return ""
        socket.sethostname(before)
        return f"the host was called {now}"

    return proof


def key_added(scene: Scene) -> Proof:
    def look() -> None:
        if scene.mark in Path("/proc/keys").read_text():
            scene.saw("the host's kernel holds its key")

    scene.on_ready = look
    return lambda result: " ".join(scene.seen)


def privilege(name: str, title: str, prepare: Callable[[Scene], Proof], *more: Callable[[], str]) -> Attack:
    return Attack(name, title, "privileges", prepare, in_local, "open to root", needs=more,
                  proof_need=(needs.root,))  # fmt: skip


def call(name: str, title: str, number: int, *, root: bool = True) -> Attack:
    """A system call of which the kernel's answer is all there is to see."""
    return Attack(name, title, "system_calls", by_its_word, in_local, "open to root" if root else "open",
                  needs=(needs.system_call(number, name),), proof_need=(needs.root,) if root else (),
                  by_word=True)  # fmt: skip


PRIVILEGES = (
    privilege("make_device", "A device node of its own", device_made),
    Attack("read_disk", "The host's disk below its file system", "privileges", disk_read, in_local,
           "open to root", proof_need=(needs.root, some_disk)),
    privilege("device_nodes", "Any device of the host", devices_opened),
    privilege("write_kernel_log", "A line in the host's kernel log", log_written, needs.file("/dev/kmsg")),
    privilege("setuid_program", "A program that runs as its owner", program_of_other, needs.root),
    privilege("capabilities", "Capabilities, kept or taken back", attacker_only(powerful)),
    privilege("file_capabilities", "A program with a capability", has_capability),
    privilege("change_user", "Another user of the host", attacker_only(other_user)),
    privilege("change_owner", "A file given to another user", given_away),
    Attack("user_namespace", "A user namespace", "privileges", in_other("user"), in_local),
    privilege("mount_namespace", "A mount namespace", in_other("mnt")),
    privilege("network_namespace", "A network namespace", in_other("net")),
    Attack("clone_namespace", "A user namespace, by clone3", "privileges", in_other("user"), in_local),
    privilege("enter_namespace", "Another process's namespaces", entered),
    privilege("mount_memory", "A mount of its own", attacker_only(has_mounted)),
    privilege("change_root", "Another root, by chroot", rooted_in("jail")),
    privilege("pivot_root", "Another root, by pivot_root", rooted_in("new")),
    privilege("set_clock", "The host's clock", clock_set),
    Attack("set_hostname", "The host's name", "privileges", renamed, wrapped("unshare", "--uts"),
           "not tried", proof_need=(needs.root,), by_word=True),
)  # fmt: skip

CALLS = (
    Attack("bpf_map", "The kernel's virtual machine (bpf)", "system_calls", holds("bpf-map"), in_local,
           "open to root", proof_need=(needs.root,)),
    Attack("perf_events", "Performance counters", "system_calls", holds("perf_event"), in_local,
           "open to root", needs=(needs.system_call(298, "perf events"),), proof_need=(needs.root,)),
    Attack("io_uring", "A ring of system calls", "system_calls", holds("io_uring"), in_local,
           "open to root", needs=(needs.system_call(425, "io_uring"),), proof_need=(needs.root,)),
    Attack("userfaultfd", "Page faults handled by itself", "system_calls", holds("userfaultfd"), in_local,
           "open to root", needs=(needs.system_call(323, "userfaultfd"),), proof_need=(needs.root,)),
    Attack("fanotify", "Watching what everybody opens", "system_calls", holds("fanotify"), in_local,
           "open to root", needs=(needs.system_call(300, "fanotify"),), proof_need=(needs.root,)),
    Attack("add_key", "A key put into the kernel", "system_calls", key_added, in_local,
           needs=(needs.system_call(250, "keyrings"),)),
    call("restart_machine", "A restart of the machine", 169),
    call("kernel_module", "A kernel module", 175),
    call("input_output", "Hardware ports", 172),
    call("swap_file", "Swap space", 167),
    call("other_kernel", "Another kernel", 246),
    call("compare_kernel_objects", "Where the kernel keeps its objects (kcmp)", 312, root=False),
    Attack("crypto_socket", "A socket to the kernel's ciphers", "system_calls", by_its_word, in_local,
           needs=(needs.family(38, "AF_ALG"),), by_word=True),
    Attack("old_personality", "Memory laid out without chance", "system_calls", by_its_word, in_local,
           by_word=True),
)  # fmt: skip
