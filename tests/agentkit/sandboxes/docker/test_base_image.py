from __future__ import annotations

import io
import tarfile

from agentkit.sandboxes.docker.base_image import fill, merged


def test_it_holds_a_shell_the_loader_and_what_python_loads() -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        fill(archive)
    data.seek(0)
    with tarfile.open(fileobj=data) as archive:
        members = {member.name: member for member in archive}
    names = {name.rsplit("/", 1)[-1] for name in members}
    assert {"sh", "bash", "ls", "grep", "sed", "tar", "libc.so.6", "libpthread.so.0"} <= names
    assert members["usr/bin/sh"].mode == 0o755
    assert members["tmp"].mode == 0o1777
    assert members["lib"].linkname == "usr/lib"
    # Nothing of a person: no home, no key, and root's everywhere.
    assert not [name for name in members if name.startswith(("home/", "root/"))]
    assert {(member.uid, member.gid) for member in members.values()} == {(0, 0)}


def test_a_library_goes_where_the_links_lead() -> None:
    assert merged("/lib/x86_64-linux-gnu/libc.so.6") == "/usr/lib/x86_64-linux-gnu/libc.so.6"
    assert merged("/usr/lib/x.so") == "/usr/lib/x.so"
    assert merged("/opt/lib/x.so") == "/opt/lib/x.so"
