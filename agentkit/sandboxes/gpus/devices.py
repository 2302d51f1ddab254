"""The GPUs of this host, found without importing anything that opens one."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from agentkit.contracts.record import Record
from agentkit.errors import UsageError

VARIABLE = "AGENTKIT_GPUS"
"""`fake:8` stands in for eight GPUs on a machine without; unset: those that are there."""
DRIVER = Path("/proc/driver/nvidia/gpus")
PROBE_SECONDS = 20.0
MOST_FAKES = 64
LINE = re.compile(r"(\d+), *(GPU-[^, ]+), *(.*?)(?:, *(?:(\d+)\.(\d+)|\[?N/A\]?))?")


class Device(Record):
    """One GPU. The id is what `CUDA_VISIBLE_DEVICES` and docker take, and the same for every process."""

    id: str
    """Its UUID, because numbers depend on who counts."""
    name: str = ""
    index: int = 0
    """Its number in PCI order, as nvidia-smi counts."""
    capability: tuple[int, int] = (0, 0)
    """Compute capability, as 9.0 of H100; (0, 0): nobody said."""


def is_fake(device: str) -> bool:
    """Whether an id stands for nothing: it must not reach docker."""
    return device.startswith("fake-")


def find_devices(environ: Mapping[str, str] | None = None) -> tuple[Device, ...]:
    """Those this process may use, in order. The hardware is asked once a process.

    Raises UsageError for a value of AGENTKIT_GPUS that means nothing.
    """
    environ = os.environ if environ is None else environ
    wanted = environ.get(VARIABLE, "").strip()
    if wanted:
        return fake_devices(wanted)
    return visible(real_devices(), environ.get("CUDA_VISIBLE_DEVICES"))


def fake_devices(wanted: str) -> tuple[Device, ...]:
    kind, _, number = wanted.partition(":")
    if kind != "fake" or not number.isdecimal() or int(number) > MOST_FAKES:
        raise UsageError(
            f"{VARIABLE}: expected fake:N with N up to {MOST_FAKES}; found '{wanted}'.",
            f"Next: unset {VARIABLE}, to use the GPUs that are there.",
        )
    return tuple(Device(id=f"fake-{n}", name="a stand-in", index=n) for n in range(int(number)))


@functools.cache
def real_devices() -> tuple[Device, ...]:
    return ask_nvidia_smi() or read_driver(DRIVER)


def ask_nvidia_smi(program: str = "nvidia-smi") -> tuple[Device, ...]:
    """Empty if it is not there or does not answer."""
    path = shutil.which(program)
    if path is None:
        return ()
    # It takes up to a second, so all is asked at once. Drivers before 2022 know no compute_cap, and fail.
    for fields in ("index,uuid,name,compute_cap", "index,uuid,name"):
        query = [path, f"--query-gpu={fields}", "--format=csv,noheader"]
        try:
            done = subprocess.run(query, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return ()
        if done.returncode == 0:
            return parse_list(done.stdout)
    return ()


def parse_list(text: str) -> tuple[Device, ...]:
    """Lines of `0, GPU-6bf1…, NVIDIA H100, 9.0`, the last of which may be left out; others are no GPUs."""
    found = []
    for match in filter(None, map(LINE.fullmatch, map(str.strip, text.splitlines()))):
        index, uuid, name, major, minor = match.groups()
        capability = (int(major or 0), int(minor or 0))
        found.append(Device(id=uuid, name=name, index=int(index), capability=capability))
    return tuple(found)


def read_driver(folder: Path) -> tuple[Device, ...]:
    """From the driver's own files: one folder a GPU, named by its PCI address."""
    found = []
    for index, place in enumerate(sorted(folder.glob("*/information"))):
        text = place.read_text(encoding="utf-8", errors="replace")
        fields = dict(re.findall(r"^([^:\n]+):[ \t]*(.*)$", text, re.MULTILINE))
        if fields.get("GPU UUID", "").startswith("GPU-"):
            found.append(Device(id=fields["GPU UUID"].strip(), name=fields.get("Model", ""), index=index))
    return tuple(found)


def visible(devices: Sequence[Device], said: str | None) -> tuple[Device, ...]:
    """What `CUDA_VISIBLE_DEVICES` leaves: numbers or beginnings of UUIDs; the first unknown one ends it."""
    if said is None:
        return tuple(devices)
    chosen: list[Device] = []
    for each in (part.strip() for part in said.split(",")):
        found = [d for d in devices if each and (each == str(d.index) or d.id.startswith(each))]
        if len(found) != 1:
            break
        chosen += found
    return tuple(dict.fromkeys(chosen))
