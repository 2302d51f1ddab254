"""Which place of which file may prove what: by the kind of the leaf, whatever a judge makes of it.

A comment that says "normalises the input" does not normalise it; a log that the work wrote itself is the
work's word for its own result. So a judge that believes all it reads still cannot pass a leaf on either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from agentkit.contracts.rubric import Citation, Criterion
from agentkit.judge.code_text import is_code, is_settings
from agentkit.judge.snapshot import Snapshot, SnapshotFile

REPORT_SUFFIXES = {".md", ".rst", ".tex", ".html", ".adoc"}
REPORT_NAMES = re.compile(
    r"(?:^|/)(?:docs?|reports?|final_report)/|(?:^|/)(?:report|readme|paper|write-?up)[^/]*$"
)
DATA_SUFFIXES = {".csv", ".tsv", ".json", ".jsonl", ".svg", ".dat"}
ABOUT_SETTINGS = re.compile(
    r"config|hyper-?param|settings?\b|\.ya?ml|\.toml|\.json|dependenc|requirements\.txt"
    r"|learning rate|batch size|\bseeds?\b|\bepochs?\b",
    re.IGNORECASE,
)
"""A leaf that says so may be proved by a file of settings."""


def refusal(leaf: Criterion, file: SnapshotFile, start: int, end: int) -> str:
    """Why characters `start` to `end` of a file prove nothing about a leaf; empty: they may."""
    words = re.compile(r"\w")
    if file.is_picture and file.text is not None and "\n" in file.text[:start] and not _is_drawing(file):
        return "text that a picture carries with it is not what it shows"
    if why := _wrong_file(leaf, file):
        return why
    if is_code(file.path) and leaf.kind in ("code", None) and file.provenance == "candidate":
        if not words.search(file.code.tokens, start, end):
            return "these are comments, strings or text that is never run, not code"
    elif leaf.kind == "code" and not words.search(file.code.tokens, start, end):
        return "these are comments or prose, not settings"
    return ""


def may_hold(leaf: Criterion, file: SnapshotFile) -> bool:
    """Whether anything in the file could prove the leaf."""
    return file.text is not None and not _wrong_file(leaf, file)


def lacks(leaf: Criterion, citations: Iterable[Citation], snapshot: Snapshot) -> str:
    """What else a positive verdict must cite besides these, all of them good; empty: nothing."""
    files = [snapshot.files[each.path] for each in citations if each.path in snapshot.files]
    if not files:
        return "a place in a file"
    if leaf.kind == "visual":
        if not any(each.is_picture for each in files):
            return "the picture itself"
        if not any(_is_data(each) for each in files):
            return "the data that the picture shows"
    return ""


def _wrong_file(leaf: Criterion, file: SnapshotFile) -> str:
    """Why nothing in the file can prove such a leaf; empty: something may."""
    own = file.provenance == "candidate"
    match leaf.kind:
        case "code":
            about = is_settings(file.path) and bool(ABOUT_SETTINGS.search(leaf.text))
            fits = own and (is_code(file.path) or about)
            return "" if fits else "only the work's code proves what its code does"
        case "execution":
            return "only what the harness's own run wrote proves that something ran" if own else ""
        case "result":
            return "only what the harness's own run wrote proves a result" if own else ""
        case "process":
            return "only what the harness recorded proves how the work was done" if own else ""
        case "report":
            return "" if _is_report(file) else "only a report proves what is reported"
        case "visual":
            fits = file.is_picture or _is_data(file)
            return "" if fits else "only a picture and the data that it shows prove what can be seen"
        case None:
            fits = (
                not own or is_code(file.path) or is_settings(file.path) or _is_report(file) or file.is_picture
            )
            return (
                "" if fits else "neither code, nor settings, nor a report, nor a picture, nor the harness's"
            )


def _is_report(file: SnapshotFile) -> bool:
    if is_code(file.path) and not file.path.lower().endswith(".ipynb"):
        return False
    suffix = PurePosixPath(file.path.lower()).suffix
    return suffix in REPORT_SUFFIXES or bool(REPORT_NAMES.search(file.path.lower()))


def _is_data(file: SnapshotFile) -> bool:
    return PurePosixPath(file.path.lower()).suffix in DATA_SUFFIXES


def _is_drawing(file: SnapshotFile) -> bool:
    return file.path.lower().endswith(".svg")
