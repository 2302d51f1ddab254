"""What a measurement depends on besides the task: this machine, its software, its code's state."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

PACKAGES = ("agentkit-research", "langgraph", "litellm", "numpy", "pydantic", "torch")


def describe_machine() -> dict[str, str | int | float]:
    """Processor, cores, memory, system: facts, no names of hosts or users."""
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def processor() -> str:
    """Its model name; two machines of one model still differ, which is why figures are re-measured."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    """Installed version by package; "" where it is not installed. Nothing is imported."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = ""
    return found


def machine_key(sandbox: str) -> str:
    """A measurement made under another key does not count here."""
    known = versions()
    parts = [
        *(str(value) for value in describe_machine().values()),
        known["torch"],
        known["numpy"],
        sandbox,
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def git_state(folder: Path) -> dict[str, str | bool]:
    """Commit and whether anything is changed; empty where `folder` is no checkout or git is missing."""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        return {"commit": commit, "changed": bool(_git(folder, "status", "--porcelain"))} if commit else {}
    except OSError:
        return {}


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
