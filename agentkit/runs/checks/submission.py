"""Submission: the candidate's folder that an exploit, or its twin, makes of a task."""

from __future__ import annotations

import ast
import base64
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.task import Task
from agentkit.errors import AgentkitError
from agentkit.runs.checks.exploit import Submission
from agentkit.source.paths import matches

PLACE = re.compile(r"@(\w+)@")
DEPTH = 5
"""A piece may name another one."""


@dataclass(frozen=True)
class Facts:
    """What a submission may refer to as `@NAME@`."""

    metric: str
    best: float
    """A figure of that metric that no honest work has."""
    work: float
    """CPU seconds that a cheat tries to hide: enough to stand out from noise."""
    outside: Path
    """A folder outside the candidate's, with the task's start files in it."""

    def words(self) -> dict[str, str]:
        return {
            "METRIC": self.metric,
            "BEST": repr(self.best),
            "WORK": repr(self.work),
            "OUTSIDE": str(self.outside),
        }


def lay_submission(
    submission: Submission,
    task: Task,
    folder: Path,
    facts: Facts,
    pieces: Mapping[str, str],
    weights: Path | None = None,
) -> None:
    """Write it into the new folder `folder`. `weights`: an honest run's checkpoint, if it asks for one."""
    words = {**pieces, **facts.words()}
    if weights is not None:
        words["WEIGHTS"] = base64.b64encode(weights.read_bytes()).decode("ascii")
    sources = {**task.files, **(task.solution if submission.of == "solution" else {})}
    folder.mkdir(parents=True)
    for name, source in sources.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        if name.endswith(".py") and matches(name, task.editable):
            text = filled(submission.script, words) or target.read_text(encoding="utf-8")
            parts = (
                filled(each, words) for each in (submission.first, submission.before_main, submission.last)
            )
            target.write_text(put_in(text, *parts), encoding="utf-8")
    for files, mode in ((submission.files, 0o644), (submission.programs, 0o755)):
        for name, text in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(filled(text, words), encoding="utf-8")
            target.chmod(mode)
    for name, text in submission.links.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(filled(text, words))
    if submission.trained and weights is not None:
        shutil.copyfile(weights, folder / submission.trained)


def joined(parts: Sequence[Submission]) -> Submission:
    """One submission that does what all of these do."""

    def texts(name: str) -> str:
        return "\n".join(getattr(each, name) for each in parts if getattr(each, name))

    def tables(name: str) -> dict[str, str]:
        return {place: text for each in parts for place, text in getattr(each, name).items()}

    return Submission(
        first=texts("first"),
        before_main=texts("before_main"),
        last=texts("last"),
        files=tables("files"),
        programs=tables("programs"),
        links=tables("links"),
    )


def filled(text: str, words: Mapping[str, str]) -> str:
    """With every `@name@` replaced. Raises AgentkitError for one that is not known."""

    def word(found: re.Match[str]) -> str:
        if found[1] not in words:
            known = ", ".join(f"@{each}@" for each in sorted(words))
            raise AgentkitError(f"An exploit names {found[0]}, which is no piece.", f"Known: {known}")
        return words[found[1]]

    for _ in range(DEPTH):
        if not PLACE.search(text):
            break
        text = PLACE.sub(word, text)
    return text


def put_in(text: str, first: str, before_main: str, last: str) -> str:
    """A Python text with three others in it, at the places that `Submission` names."""
    lines = text.splitlines()
    tree = ast.parse(text)
    main = next((each.lineno - 1 for each in tree.body if is_main(each)), len(lines))
    begin = 0
    for each in tree.body:
        if not is_preamble(each):
            break
        begin = each.end_lineno or 0
    parts = (lines[:begin], [first], lines[begin:main], [before_main], lines[main:], [last])
    return "\n".join(line for part in parts for line in part) + "\n"


def is_main(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)


def is_preamble(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.ImportFrom(module="__future__"):
            return True
        case _:
            return False
