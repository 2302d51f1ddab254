from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.sandboxes.gpus.xid import KERNEL_LOG, KernelLog, parse_xids

FAULT = "NVRM: Xid (PCI:0000:3b:00): 31, pid=4242, name=python, Ch 00000008, intr 00000000. MMU Fault"
OTHER = "NVRM: Xid (PCI:0000:5e:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus."
LOG = f"4,1234,99,-;{FAULT}\n6,1235,99,-;usb 1-1: new device\n4,1236,99,-;{OTHER}\n"


def test_the_errors_of_the_devices_that_were_asked_for() -> None:
    (found,) = parse_xids(LOG, ["00000000:3B:00.0"])
    assert (found.bus, found.number) == ("0000:3b:00", 31)
    assert str(found).startswith("Xid 31 (memory page fault: an illegal address): pid=4242, name=python")
    assert [each.number for each in parse_xids(LOG, ["0000:3b:00", "00000000:5E:00.0"])] == [31, 79]
    assert parse_xids(LOG, []) == ()
    (bare,) = parse_xids("NVRM: Xid (PCI:0000:3b:00): 999", ["0000:3b:00"])
    assert str(bare) == "Xid 999"


def test_only_what_comes_after_it_was_opened_is_read(tmp_path: Path) -> None:
    path = tmp_path / "kmsg"
    path.write_text(LOG)
    log = KernelLog(path)
    assert log.read() == ""
    with path.open("a") as file:
        file.write(f"{FAULT}\n")
    assert log.read() == f"{FAULT}\n"
    log.close()
    assert log.read() is None
    assert KernelLog(tmp_path / "none").read() is None


def test_the_kernels_own_log_is_read_to_its_end_or_known_to_be_closed() -> None:
    log = KernelLog(KERNEL_LOG)
    found = log.read()
    log.close()
    if found is None:
        pytest.skip("the kernel's log is closed to this user")
    assert found.count("\n") < 1000
