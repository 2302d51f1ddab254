"""Job record: what a tool has to know of a background job in whichever process asks for it next."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from agentkit.contracts.record import Record
from agentkit.source.paths import Place, Refused, list_files, locate, matches

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,39}")
SUFFIX = ".job.json"
MOST_KEPT = 200
ALL = "*"
"""As a rival: whichever earlier job is the best at that moment."""
LEFT_OUT = (".git", "__pycache__")


class JobRecord(Record):
    """One job, in `<name>.job.json` beside its log."""

    name: str
    script: str
    keep: tuple[str, ...] = ()
    """Globs of files that come back to the workspace when it has ended."""
    rival: str = ""
    """The name of an earlier job, or ALL."""
    margin: float = 0.0
    began: float = 0.0
    """Seconds since the epoch."""
    kept: bool = False
    """Whether they have come back."""
    stopped: str = ""
    """Why it was stopped, where a rule did it."""

    def file(self, logs: Path) -> Path:
        return logs / f"{self.name}{SUFFIX}"

    def write(self, logs: Path) -> None:
        self.file(logs).write_text(self.model_dump_json(), encoding="utf-8")


def require_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise Refused("A job needs a name of letters, digits, `-`, `_` and `.`, at most 40 of them.")
    return name


def read_record(logs: Path, name: str) -> JobRecord:
    """Refused, with the known names, where there is none."""
    require_name(name)
    try:
        return JobRecord.model_validate_json((logs / f"{name}{SUFFIX}").read_bytes())
    except FileNotFoundError as error:
        known = ", ".join(each.name for each in records(logs)) or "none"
        raise Refused(f"There is no job '{name}'. Jobs: {known}.") from error


def records(logs: Path) -> Iterator[JobRecord]:
    """The oldest first."""
    files = sorted(logs.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)
    for path in files:
        yield JobRecord.model_validate_json(path.read_bytes())


def job_log(logs: Path, name: str) -> Path:
    return logs / f"job-{name}.log"


def copy_workspace(folder: Path, to: Path) -> None:
    """Its files and links as they are now, so that the job and the model do not disturb each other."""
    shutil.copytree(folder, to, symlinks=True, ignore=left_out, dirs_exist_ok=True)


def left_out(folder: str, names: list[str]) -> list[str]:
    """Pipes and sockets would be waited for; the rest is made anew by whoever needs it."""
    found = [name for name in names if name in LEFT_OUT]
    for name in names:
        mode = Path(folder, name).lstat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
            found.append(name)
    return found


def bring_back(files: Path, globs: Sequence[str], workspace: Path) -> list[str]:
    """Copy regular files that match into the workspace; returns their names. Links are not followed."""
    if not globs:
        return []
    names = [each.name for each in list_files(Place(files, ".")) if matches(each.name, globs)]
    brought: list[str] = []
    for name in names[:MOST_KEPT]:
        target = locate(workspace, name).path  # Refused where a link would lead out
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(files / name, target, follow_symlinks=False)
        brought.append(name)
    return brought
