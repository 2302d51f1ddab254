"""A docker image made from files of this machine, for whoever reaches no registry.

    python -m agentkit.sandboxes.docker.base_image [NAME]

A shell, coreutils and their kin, git, and the libraries that these and Python's own extension modules
load. Python is not in it: the sandbox binds this machine's. About 40 MB, made in seconds.
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from agentkit.errors import AgentkitError
from agentkit.sandboxes.docker.daemon import BASE_IMAGE, load_sdk, open_client, reason_of
from agentkit.sandboxes.host_python import python_folders

PROGRAMS = (
    "bash sh awk basename bzip2 cat chmod chown cksum clear cmp comm cp csplit cut date dd df diff "
    "dirname du echo egrep env expand expr factor false fgrep find fmt fold free getconf git grep groups "
    "gunzip gzip head hostname id install join kill ldd less link ln locale logname ls md5sum mkdir "
    "mkfifo mktemp mv nice nl nohup nproc numfmt od paste patch pathchk pgrep pkill pr printenv printf ps "
    "pwd readlink realpath rg rm rmdir sed seq setsid sha1sum sha256sum sha512sum shred shuf sleep sort "
    "split stat stdbuf strace sum sync tac tail tar tee test time timeout top touch tr true truncate "
    "tsort tty uname unexpand uniq unlink unshare unxz unzip uptime vdir wc which whoami xargs xz yes "
    "zcat zip ["
)
LIBRARIES = (
    "libdl.so.2 libgcc_s.so.1 libgomp.so.1 libm.so.6 libnss_dns.so.2 libnss_files.so.2 libpthread.so.0 "
    "libresolv.so.2 librt.so.1 libstdc++.so.6 libutil.so.1"
)
"""What wheels may expect of any system (the manylinux policy), and what glibc loads by name."""
COPIED = (
    "/etc/ld.so.cache",
    "/etc/ssl/certs/ca-certificates.crt",
    "/usr/lib/locale/C.utf8",
    "/usr/share/git-core/templates",
)
WRITTEN = {
    "/etc/passwd": "root:x:0:0::/:/bin/sh\nsandbox:x:1000:1000::/tmp:/bin/sh\n"
    "nobody:x:65534:65534::/:/usr/sbin/nologin\n",
    "/etc/group": "root:x:0:\nsandbox:x:1000:\nnogroup:x:65534:\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
LINKS = {"/bin": "usr/bin", "/sbin": "usr/sbin", "/lib": "usr/lib", "/lib64": "usr/lib64"}
FOLDERS = ("/dev", "/proc", "/sys", "/run", "/opt", "/home", "/root", "/var", "/usr/sbin", "/workspace")
LIBRARY = re.compile(r"(?:=> |^\s*)(/\S+) \(0x", re.MULTILINE)


def make_base_image(name: str) -> str:
    """The id of the new image. AgentkitError if the daemon refuses it."""
    docker = load_sdk()

    client = open_client()
    with tempfile.NamedTemporaryFile(suffix=".tar") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            fill(archive)
        file.flush()
        repository, _, tag = name.partition(":")
        try:
            client.api.import_image_from_file(file.name, repository=repository, tag=tag or "latest")
            return str(client.images.get(name).id)
        except docker.errors.APIError as error:
            raise AgentkitError(f"docker did not take the image: {reason_of(error)}") from error
        finally:
            client.close()


def fill(archive: tarfile.TarFile) -> None:
    for folder in FOLDERS:
        add_folder(archive, folder, 0o755)
    for folder in ("/tmp", "/var/tmp"):
        add_folder(archive, folder, 0o1777)
    for place, target in LINKS.items():
        entry = tarfile.TarInfo(place.lstrip("/"))
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        archive.addfile(entry)
    for place, text in WRITTEN.items():
        add_file(archive, place, text.encode(), 0o644)
    for place, source in sorted(found_files().items()):
        add_file(archive, place, source.read_bytes(), 0o755 if source.stat().st_mode & 0o100 else 0o644)


def found_files() -> dict[str, Path]:
    """Place inside to file of this machine, links followed."""
    programs = {f"/usr/bin/{name}": Path(at) for name in PROGRAMS.split() if (at := shutil.which(name))}
    library = sysconfig.get_path("platstdlib", vars={"platbase": sys.base_exec_prefix})
    modules = sorted(Path(library, "lib-dynload").glob("*.so"))
    libraries = needed_libraries([*programs.values(), *modules, Path(sys.executable)])
    bound = python_folders()
    needed = [path for path in libraries if not any(path.is_relative_to(folder) for folder in bound)]
    found = programs | {merged(str(path)): path for path in needed}
    for path in map(Path, COPIED):
        for each in path.rglob("*") if path.is_dir() else [path]:
            if each.is_file():
                found[str(each)] = each
    return found


def needed_libraries(programs: Iterable[Path]) -> Iterator[Path]:
    """What the loader would load for them, and LIBRARIES, as this machine finds them."""
    seen: dict[str, None] = {}
    for program in dict.fromkeys(path.resolve() for path in programs):
        said = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
        seen |= dict.fromkeys(LIBRARY.findall(said.stdout))
    folders = {str(Path(each).parent) for each in seen if "/lib" in each}
    seen |= {f"{folder}/{name}": None for folder in sorted(folders) for name in LIBRARIES.split()}
    yield from (Path(each) for each in seen if Path(each).is_file())


def merged(place: str) -> str:
    """`/lib/x` is `/usr/lib/x`: in the image the one is a link to the other."""
    return f"/usr{place}" if place.startswith(tuple(f"{link}/" for link in LINKS)) else place


def add_folder(archive: tarfile.TarFile, place: str, mode: int) -> None:
    entry = tarfile.TarInfo(place.lstrip("/"))
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    archive.addfile(entry)


def add_file(archive: tarfile.TarFile, place: str, data: bytes, mode: int) -> None:
    """Its folders are made by docker, as root's with mode 0755."""
    entry = tarfile.TarInfo(str(PurePosixPath(place).relative_to("/")))
    entry.size, entry.mode = len(data), mode
    archive.addfile(entry, io.BytesIO(data))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("name", nargs="?", default=BASE_IMAGE, metavar="NAME")
    name: str = parser.parse_args().name
    try:
        print(f"{name}: {make_base_image(name)}")
    except AgentkitError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
