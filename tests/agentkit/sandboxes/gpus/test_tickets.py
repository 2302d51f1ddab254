from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agentkit.sandboxes.gpus.holder import this_process
from agentkit.sandboxes.gpus.tickets import (
    OwnTicket,
    Ticket,
    is_locked,
    lock_file,
    read_tickets,
    sweep,
)


def ticket(**words: object) -> Ticket:
    known = {"holder": this_process("run"), "exclusive": True, "count": 1, "among": ("d0",), "since": 1.0}
    return Ticket.model_validate(known | words)


def test_it_is_alive_until_it_is_closed(tmp_path: Path) -> None:
    own = OwnTicket(tmp_path, ticket())
    (seen,) = read_tickets(tmp_path)
    assert (seen.name, seen.ticket, seen.alive) == (own.name, own.ticket, True)
    own.write(ticket(devices=("d0",)))
    assert read_tickets(tmp_path)[0].claim.devices == ("d0",)
    own.close()
    own.close()
    assert list(tmp_path.iterdir()) == []


def test_names_sort_by_arrival(tmp_path: Path) -> None:
    made = [OwnTicket(tmp_path, ticket()) for _ in range(12)]
    assert [each.name for each in read_tickets(tmp_path)] == [each.name for each in made]
    for each in made:
        each.close()


def test_the_kernel_says_who_is_dead(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path\n"
        "from agentkit.sandboxes.gpus.tickets import *; from agentkit.sandboxes.gpus.holder import *\n"
        "for devices in ((), ('d0',)):\n"
        "    kept = [OwnTicket(Path(sys.argv[1]), Ticket(holder=this_process('r'), exclusive=True, count=1,\n"
        "        among=('d0',), devices=devices, since=0.0))] + (kept if devices else [])\n"
        "print('ready', flush=True); time.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    assert [each.alive for each in read_tickets(tmp_path)] == [True, True]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    seen = read_tickets(tmp_path)
    assert [each.alive for each in seen] == [False, False]
    sweep(tmp_path, seen)
    # One that waited is forgotten; of one that held a device, something may still run.
    assert [each.ticket.devices for each in read_tickets(tmp_path)] == [("d0",)]


def test_what_was_never_finished_is_swept(tmp_path: Path) -> None:
    own = OwnTicket(tmp_path, ticket())
    for name in ("0-1.lock", "0-1.draft"):
        (tmp_path / name).touch()
    (tmp_path / "0-2.json").write_text('{"version": "of another time"}')
    (tmp_path / "0-2.lock").touch()
    sweep(tmp_path, read_tickets(tmp_path))
    assert {path.name for path in tmp_path.glob("0-*")} == {"0-2.json", "0-2.lock"}
    assert is_locked(tmp_path / f"{own.name}.lock")
    own.close()


def test_shared_and_exclusive_locks(tmp_path: Path) -> None:
    path = tmp_path / "device.lock"
    first, second = lock_file(path, fcntl.LOCK_SH), lock_file(path, fcntl.LOCK_SH)
    assert first is not None and second is not None and not os.get_inheritable(first)
    assert lock_file(path, fcntl.LOCK_EX) is None
    os.close(first)
    assert lock_file(path, fcntl.LOCK_EX) is None
    os.close(second)
    last = lock_file(path, fcntl.LOCK_EX)
    assert last is not None and lock_file(path, fcntl.LOCK_SH) is None
    os.close(last)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        OwnTicket(tmp_path / "none", ticket())
