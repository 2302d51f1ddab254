"""Ways to files of the host that are not the command's."""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from agentkit.contracts.sandbox import CommandResult, Mount
from tests.escapes import needs
from tests.escapes.attack import Attack, Proof
from tests.escapes.backends import in_local, without_masks
from tests.escapes.scene import Scene

DATA = Path("/data/train")


def token_inside(scene: Scene) -> Proof:
    return lambda result: scene.token_got_in()


def outside(name: str, mode: int = 0o644) -> Callable[[Scene], Proof]:
    def prepare(scene: Scene) -> Proof:
        path = scene.outside(name)
        path.chmod(mode)
        scene.variables["SECRET"] = str(path)
        return token_inside(scene)

    return prepare


def in_folder(folder: str) -> Callable[[Scene], Proof]:
    def prepare(scene: Scene) -> Proof:
        descriptor, name = tempfile.mkstemp(prefix="escape-", dir=folder)
        with os.fdopen(descriptor, "w") as file:
            file.write(scene.token)
        scene.undo.callback(Path(name).unlink, missing_ok=True)
        scene.variables["SECRET"] = name
        return token_inside(scene)

    return prepare


def beside(scene: Scene) -> Proof:
    scene.outside(".env", f"API_KEY={scene.token}\n")
    return token_inside(scene)


def homes(scene: Scene) -> Proof:
    """The environment may lie in a home; then the folders on the way to it are there, and no more."""
    prefixes = [Path(sys.prefix), Path(sys.base_prefix)]
    on_the_way = {each for prefix in prefixes for each in (prefix, *prefix.parents)}
    mine = Path.home()
    names = {str(place) for place in mine.iterdir() if place not in on_the_way}

    def proof(result: CommandResult) -> str:
        found = names & set(scene.raw.decode(errors="replace").split("\n"))
        return f"{len(found)} names in the user's home were read" if found else ""

    return proof


def host_file(path: str) -> Callable[[Scene], Proof]:
    def prepare(scene: Scene) -> Proof:
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest().encode()
        return lambda result: f"{path} was read" if digest in scene.raw else ""

    return prepare


def identity(scene: Scene) -> Proof:
    places = ("/etc/machine-id", "/etc/hostname", "/sys/class/dmi/id/product_uuid")
    texts = {Path(each).read_text().strip() for each in places if os.access(each, os.R_OK)} - {""}

    def proof(result: CommandResult) -> str:
        found = [each for each in texts if f"id={each}\n".encode() in scene.raw]
        return f"{len(found)} names of the host were read" if found else ""

    return proof


def mounted(scene: Scene) -> Path:
    """A folder of data, shown read-only. `DATA` is its place wherever the attack runs."""
    folder = scene.folder / "data" / "train"
    folder.mkdir(parents=True)
    (folder / "train.txt").write_text("words\n")
    scene.mounts.append(Mount(source=folder, target=DATA))
    scene.variables["DATA"] = str(DATA)
    return folder


def masked(scene: Scene) -> Proof:
    held = mounted(scene) / "held.txt"
    held.write_text(scene.token)
    scene.masks.append(held)
    scene.variables["SECRET"] = str(DATA / "held.txt")
    return token_inside(scene)


def masked_folder(scene: Scene) -> Proof:
    folder = mounted(scene) / "held"
    folder.mkdir()
    (folder / "held.txt").write_text(scene.token)
    scene.masks.append(folder)
    scene.variables["SECRET"] = str(DATA / "held" / "held.txt")
    return token_inside(scene)


def masked_twin(scene: Scene) -> Proof:
    proof = masked(scene)
    other = scene.mounts[0].source / "part-0001.txt"
    os.link(scene.masks[0], other)
    scene.variables["TWIN"] = str(DATA / other.name)
    return proof


def masked_in_workspace(scene: Scene) -> Proof:
    held = scene.work / "data" / "held.txt"
    held.parent.mkdir()
    held.write_text(scene.token)
    scene.masks.append(held)

    def proof(result: CommandResult) -> str:
        return "the attack printed it" if scene.token.encode() in scene.raw else ""

    return proof


def beside_mount(scene: Scene) -> Proof:
    mounted(scene)
    scene.outside("data/held.txt")
    scene.outside("data/held/held.txt")
    return token_inside(scene)


def nameless(scene: Scene) -> Proof:
    path = scene.outside(f"{scene.mark}-gone")
    scene.victim(f"kept = open({str(path)!r})")
    path.unlink()
    scene.variables["NAME"] = path.name
    return token_inside(scene)


def handle(scene: Scene) -> Proof:
    path = scene.outside("far/secret.txt")
    buffer = ctypes.create_string_buffer((120).to_bytes(4, "little") + bytes(124), 128)
    mount = ctypes.c_int()
    if needs.LIBRARY.name_to_handle_at(-100, os.fsencode(path), buffer, ctypes.byref(mount), 0) < 0:
        raise OSError(ctypes.get_errno(), "no handle")
    size, kind = (int.from_bytes(buffer.raw[at : at + 4], "little") for at in (0, 4))
    scene.variables["HANDLE"] = f"{kind}:{buffer.raw[8 : 8 + size].hex()}"
    return token_inside(scene)


def segment(scene: Scene) -> Proof:
    library = needs.LIBRARY
    library.shmat.restype = ctypes.c_void_p
    number = library.shmget(0, 4096, 0o1666)
    scene.undo.callback(library.shmctl, number, 0, None)
    address = ctypes.c_void_p(library.shmat(number, None, 0))
    scene.undo.callback(library.shmdt, address)
    ctypes.memmove(address, scene.token.encode() + b"\0", len(scene.token) + 1)
    scene.variables["SEGMENT"] = str(number)
    return token_inside(scene)


def queue(scene: Scene) -> Proof:
    name = scene.mark.encode()
    limits = (ctypes.c_long * 8)(0, 4, 64)
    number = needs.LIBRARY.syscall(240, name, os.O_RDWR | os.O_CREAT, 0o666, limits)
    scene.undo.callback(os.close, number)
    scene.undo.callback(needs.LIBRARY.syscall, 241, name)
    needs.LIBRARY.syscall(242, number, scene.token.encode(), len(scene.token), 0, None)
    scene.variables["QUEUE"] = scene.mark
    return token_inside(scene)


def a_table(scene: Scene) -> Proof:
    def proof(result: CommandResult) -> str:
        return "a table of the host's root was read" if b"bytes of /proc/" in scene.raw else ""

    return proof


def some_home() -> str:
    return "" if homes_hold_something() else "the user's home is empty"


def homes_hold_something() -> bool:
    mine = Path.home()
    return mine.is_relative_to("/root") or mine.is_relative_to("/home") and any(mine.iterdir())


ATTACKS = (
    Attack("ssh_key", "A key in somebody's home, by its path", "other_files",
           outside("home/.ssh/id_ed25519", 0o600), in_local),
    Attack("homes", "The homes of the host's users", "other_files", homes, in_local, needs=(some_home,)),
    Attack("agentkit_cache", "What agentkit keeps in its cache", "other_files",
           outside("home/.cache/agentkit/held.json"), in_local),
    Attack("dotenv_beside", "The .env beside the workspace, by walking up", "other_files", beside, in_local),
    Attack("etc_shadow", "The passwords of the host's users", "other_files", host_file("/etc/shadow"),
           in_local, "open to root", needs=(needs.root,)),
    Attack("etc_passwd", "The names of the host's users", "other_files", host_file("/etc/passwd"), in_local),
    Attack("machine_identity", "By what the host can be recognised", "other_files", identity, in_local),
    Attack("root_only_file", "A file that only root may read", "other_files", outside("root-only", 0o400),
           in_local),
    Attack("host_tmp", "A file in the host's /tmp", "private_tmp", in_folder("/tmp"), in_local),
    Attack("host_dev_shm", "A file in the host's /dev/shm", "private_tmp", in_folder("/dev/shm"), in_local,
           needs=(needs.file("/dev/shm"),)),
    Attack("masked_file", "A masked file, through /proc/self/root and open folders", "hidden_files", masked,
           without_masks),
    Attack("masked_folder", "A masked folder, in the same ways", "hidden_files", masked_folder,
           without_masks),
    Attack("masked_by_symlink", "A masked file, through a link in the workspace", "hidden_files", masked,
           without_masks),
    Attack("masked_by_hardlink", "A masked file, by a new hard link", "hidden_files", masked, in_local),
    Attack("masked_twin", "A masked file, by a hard link that it has already", "hidden_files", masked_twin,
           without_masks),
    Attack("masked_by_rename", "A masked file of the workspace, moved from under its mask", "hidden_files",
           masked_in_workspace, without_masks),
    Attack("parent_of_mount", "What lies beside mounted data", "other_files", beside_mount, in_local),
    Attack("through_proc_roots", "A host file through /proc/*/root and /proc/*/cwd", "other_files",
           outside("far/secret.txt"), in_local),
    Attack("through_proc_fd", "A deleted file, through /proc/*/fd of who holds it", "host_processes",
           nameless, in_local),
    Attack("file_handle", "A host file by its handle, around every mount", "privileges", handle, in_local,
           "open to root", proof_need=(needs.root,)),
    Attack("change_directory_out", "Walking out by a folder that was moved away", "other_files",
           outside("far/secret.txt"), in_local),
    Attack("sysv_shared_memory", "A shared memory segment of the host", "host_processes", segment, in_local),
    Attack("message_queue", "A message queue of the host", "host_processes", queue, in_local,
           needs=(needs.system_call(240, "message queues"),)),
    Attack("root_owned_proc", "Tables of /proc that are for the host's root", "privileges", a_table, in_local,
           "open to root", needs=(needs.file("/proc/kpagecount"),), proof_need=(needs.root,)),
)  # fmt: skip
