"""There is no GPU on these machines: a program stands in for nvidia-smi, a file for the kernel's log."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from agentkit.sandboxes.gpus.gpu_state import GpuState
from agentkit.sandboxes.jobs.folder import Began, JobFolder
from agentkit.toolbox.gpu_watch import DeviceUse, GpuWatch

ONE = "GPU-1b2c3d4e-0000-1111-2222-333344445555"
STAND_IN = f"""\
#!/bin/sh
case "$*" in *KNOWN*) ;; *) echo 'Field is not valid.'; exit 2 ;; esac
case "$*" in *--loop-ms=*) ;; *) exit 3 ;; esac
echo $$ > PLACE/pid
echo '{ONE}, 1980, 2619, 41, 0, 512, 81559, 00000000:3B:00.0, 0x0000000000000001'
echo '{ONE}, 1095, 2619, 88, 90, 62668, 81559, 00000000:3B:00.0, 0x0000000000000040'
echo '{ONE}, 1755, 2619, 80, 60, 1024, 81559, 00000000:3B:00.0, 0x0000000000000000'
exec sleep 300
"""


def stand_in(folder: Path, known: str) -> str:
    path = folder / "nvidia-smi"
    path.write_text(STAND_IN.replace("KNOWN", known).replace("PLACE", str(folder)))
    path.chmod(0o755)
    return str(path)


def watched(folder: Path, known: str, devices: tuple[str, ...] = (ONE,)) -> GpuWatch:
    """A watch over a job that gets its lease a moment later, and in which the driver complains."""
    log = folder / "kmsg"
    log.write_text("NVRM: Xid (PCI:0000:3b:00): 13, an older one\n")
    place = JobFolder(folder / "1")
    place.path.mkdir()

    async def go() -> GpuWatch:
        watch = GpuWatch(stand_in(folder, known), log)
        watch.follow(place)
        await asyncio.sleep(0.2)
        place.write(Began(time=time.time(), devices=devices))
        until = time.monotonic() + 30
        while time.monotonic() < until and not any(each.looks == 3 for each in watch.devices.values()):
            await asyncio.sleep(0.05)
            if devices != (ONE,) or known == "no word":
                await asyncio.sleep(0.5)
                break
        with log.open("a") as file:
            file.write("NVRM: Xid (PCI:0000:3b:00): 31, pid=7\nNVRM: Xid (PCI:0000:5e:00): 79, another's\n")
        await watch.end()
        return watch

    return asyncio.run(go())


def test_what_a_device_did_while_it_was_leased(tmp_path: Path) -> None:
    for number, known in enumerate(("clocks_event_reasons", "clocks_throttle_reasons")):
        folder = tmp_path / str(number)
        folder.mkdir()
        watch = watched(folder, known)
        assert watch.lines() == [
            "GPU-1b2c3d4e: memory at most 61.2 of 79.6 GiB, 50 % busy, SMs at 1095 to 1755 MHz, 88 degrees "
            "at most, held down by heat (hardware) in 1 of 3 looks",
            "GPU-1b2c3d4e: Xid 31 (memory page fault: an illegal address): pid=7",
        ]
        (device,) = watch.devices.values()
        assert device.facts()["memory_peak_mib"] == 62668 and device.clocks == (1095, 1755)
        assert not Path("/proc", (folder / "pid").read_text().strip()).exists(), "it is ended with the watch"


def test_stand_ins_and_drivers_that_say_nothing_are_no_fault(tmp_path: Path) -> None:
    for number, (known, devices) in enumerate((("clocks", ("fake-0",)), ("no word", (ONE,)))):
        folder = tmp_path / str(number)
        folder.mkdir()
        watch = watched(folder, known, devices)
        assert watch.lines() == []
        assert watch.facts() == {"devices": [], "xids": []}


def test_a_device_that_says_nothing_of_itself() -> None:
    use = DeviceUse(ONE)
    use.add(GpuState(id=ONE))
    assert str(use) == "GPU-1b2c3d4e: it says nothing of itself"
    assert use.facts()["looks"] == 1
