"""What a judge looks at, how it reads it safely, and what it finds."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from agentkit.contracts.rubric import Citation, Method, VerdictStatus, Vote
from agentkit.contracts.sandbox import Environment, Sandbox

LARGEST_READ = 16 * 1024 * 1024
"""Bytes of one file that a check will read; a candidate decides how large its files are."""
LINE_LENGTH = 200

HARNESS = "harness"
"""The folder under which a rubric names what the harness's own run of the work wrote."""


@dataclass(frozen=True)
class Evidence:
    """The work to be judged and what its run measured. Paths in a rubric are relative to `folder`."""

    folder: Path
    """The snapshot, laid out; nothing is written in it."""
    harness: Path | None = None
    """What the harness's own run of the work wrote and printed, out of the work's reach. Paths that begin
    with `harness/` are relative to it."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """The run's own figures by name. NaN: the work was to produce one and did not."""
    trust: str = ""
    diff: str = ""
    """Unified diff from the task's start files to the snapshot."""
    sandbox: Sandbox | None = None
    """None: `command` checks cannot be made, which is an error and not a failure."""
    environment: Environment = field(default_factory=Environment)


@dataclass(frozen=True)
class Finding:
    """What was found about one leaf; `score` is None exactly where nothing could be said of the work."""

    status: VerdictStatus
    evidence: str
    score: float | None = None
    method: Method = "check"
    citations: tuple[Citation, ...] = ()
    votes: tuple[Vote, ...] = ()
    flags: tuple[str, ...] = ()


class CandidateFault(Exception):
    """The work lacks what a check asks for: the leaf has failed."""


class JudgeFault(Exception):
    """The rubric or this machine lacks what a check needs: the leaf stays without a score."""


def passed(evidence: str) -> Finding:
    return Finding("passed", evidence, 1.0)


def failed(evidence: str) -> Finding:
    return Finding("failed", evidence, 0.0)


def error(evidence: str) -> Finding:
    return Finding("error", evidence)


def ungraded(evidence: str) -> Finding:
    return Finding("ungraded", evidence, method="nobody")


def decide(ok: bool, evidence: str) -> Finding:
    return passed(evidence) if ok else failed(evidence)


def path_fault(name: str) -> str:
    """Why a rubric may not name this path or glob; empty: it may."""
    if not name.strip() or "\0" in name:
        return "is empty or holds a NUL"
    if "\\" in name or PurePosixPath(name).is_absolute():
        return "is not relative with '/' between its parts"
    if ".." in PurePosixPath(name).parts:
        return "leads out of the work with '..'"
    return ""


def find_file(evidence: Evidence, name: str) -> Path:
    """The real path of a regular file of the work, or with `harness/…` of the harness.

    A folder `harness` of the work's own cannot be named: nothing in it may pass for the harness's word.
    """
    if fault := path_fault(name):
        raise JudgeFault(f"the path {name!r} {fault}")
    root, below = _root_of(evidence, name)
    return inside(root, below, shown=name)


def find_files(evidence: Evidence, glob: str) -> list[str]:
    """Names of the regular files that match, in order; `harness/…` are looked for in the harness's folder."""
    if fault := path_fault(glob):
        raise JudgeFault(f"the glob {glob!r} {fault}")
    root, below = _root_of(evidence, glob)
    is_harness = root is evidence.harness
    found = []
    for path in sorted(root.glob(below)):
        name = path.relative_to(root).as_posix()
        if is_harness:
            name = f"{HARNESS}/{name}"
        elif path.relative_to(root).parts[:1] == (HARNESS,):
            continue
        try:
            find_file(evidence, name)
        except (CandidateFault, JudgeFault):
            continue
        found.append(name)
    return found


def _root_of(evidence: Evidence, name: str) -> tuple[Path, str]:
    """The folder that a name or glob is meant in, and the rest of the name."""
    parts = PurePosixPath(name).parts
    if parts[:1] != (HARNESS,):
        return evidence.folder, name
    if len(parts) == 1:
        raise JudgeFault(f"'{HARNESS}' is the harness's folder, not a file")
    if evidence.harness is None:
        raise JudgeFault(f"{name}: there are no files of the harness's own run")
    return evidence.harness, "/".join(parts[1:])


def inside(folder: Path, name: str, shown: str = "") -> Path:
    """The real path of a regular file in a folder, links followed as long as they stay in it."""
    shown = shown or name
    if fault := path_fault(name):
        raise JudgeFault(f"the path {name!r} {fault}")
    try:
        real = (folder / name).resolve(strict=True)
        mode = real.stat().st_mode
    except (OSError, RuntimeError) as problem:  # RuntimeError: a loop of links, before Python 3.13
        raise CandidateFault(f"{shown} is not there") from problem
    if not real.is_relative_to(folder.resolve()):
        raise CandidateFault(f"{shown} is a link that leads out of the work")
    if not stat.S_ISREG(mode):
        raise CandidateFault(f"{shown} is not a regular file")
    return real


def read_bytes(evidence: Evidence, name: str) -> bytes:
    path = find_file(evidence, name)
    size = path.stat().st_size
    if size > LARGEST_READ:
        raise CandidateFault(f"{name} has {size} bytes; a check reads at most {LARGEST_READ}")
    try:
        return path.read_bytes()
    except OSError as problem:
        raise CandidateFault(f"{name} cannot be read: {problem.strerror}") from problem


def read_text(evidence: Evidence, name: str) -> str:
    """UTF-8; what is not becomes the replacement character."""
    return read_bytes(evidence, name).decode("utf-8-sig", errors="replace")


def one_line(text: str) -> str:
    """For quoting the work: one line, not too long, characters that cannot be seen made visible."""
    flat = " ".join(text.split())
    if len(flat) > LINE_LENGTH:
        flat = flat[: LINE_LENGTH - 1] + "…"
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in flat)


def quote_line(name: str, text: str, start: int) -> str:
    """`train.py:12: window = 64`, for the line that holds character `start`."""
    number = text.count("\n", 0, start) + 1
    begin = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    return f"{name}:{number}: {one_line(text[begin : None if end < 0 else end])}"
