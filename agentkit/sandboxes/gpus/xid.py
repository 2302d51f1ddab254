"""Xid errors: what the driver writes into the kernel's log when something goes wrong on a GPU.

The numbers' meanings are those of NVIDIA's "Xid Errors".
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable
from pathlib import Path

from agentkit.contracts.record import Record

KERNEL_LOG = Path("/dev/kmsg")
RECORD_BYTES = 8192
LINE = re.compile(r"NVRM: Xid \(PCI:([0-9a-fA-F:]+)[^)]*\): (\d+)(?:, *([^\n]*))?")
MEANINGS = {
    13: "graphics engine exception: an illegal access or instruction",
    31: "memory page fault: an illegal address",
    43: "the channel was reset after a fault of the program",
    45: "the channel was removed: another fault came before, or the program was killed",
    48: "double-bit ECC error",
    63: "a row of memory is retired",
    64: "a row of memory could not be retired",
    74: "NVLink error",
    79: "the GPU has fallen off the bus",
    94: "contained ECC error",
    95: "uncontained ECC error",
    119: "the GPU's system processor does not answer",
}


class Xid(Record):
    """One error."""

    bus: str
    """PCI address without the function, in small letters: `0000:3b:00`."""
    number: int
    text: str = ""
    """What the driver says besides: the process, the channel."""

    def __str__(self) -> str:
        meaning = f" ({MEANINGS[self.number]})" if self.number in MEANINGS else ""
        return f"Xid {self.number}{meaning}" + (f": {self.text}" if self.text else "")


class KernelLog:
    """What the kernel says from the moment at which this was made."""

    def __init__(self, path: Path = KERNEL_LOG) -> None:
        self._file: int | None = None
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            os.lseek(self._file, 0, os.SEEK_END)
        except OSError:
            self.close()

    def read(self) -> str | None:
        """What is new; None: it is closed to this user, or there is none."""
        if self._file is None:
            return None
        found = b""
        while True:
            try:
                piece = os.read(self._file, RECORD_BYTES)
            except OSError as error:
                if error.errno == errno.EPIPE:  # records were overwritten before they were read
                    continue
                break
            if not piece:
                break
            found += piece
        return found.decode("utf-8", "replace")

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file = None


def parse_xids(text: str, buses: Iterable[str]) -> tuple[Xid, ...]:
    """Those of the devices at these addresses, which may be as nvidia-smi writes them."""
    wanted = {short_bus(each) for each in buses}
    found = (Xid(bus=short_bus(bus), number=int(number), text=said.strip())
             for bus, number, said in LINE.findall(text))  # fmt: skip
    return tuple(each for each in found if each.bus in wanted)


def short_bus(address: str) -> str:
    """`0000:3b:00` of `00000000:3B:00.0`."""
    return address.lower().partition(".")[0][-len("0000:00:00") :]
