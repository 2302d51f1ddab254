"""What a time is compared with: both ends of each task, the paper's or ones measured elsewhere."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from agentkit.contracts.record import Record
from agentkit.errors import BadFile, UsageError

from .rows import read_text
from .runs import Run, spans

RECORDS = Path(__file__).resolve().parents[1] / "records.toml"
PAPER = "paper"
PAPER_PROFILE = "gpu8"
"""The one profile that measures what the paper did: the original scripts on eight H100s."""
LAST = "it is the last one, a target only"
MILLISECONDS = {"ms": 1.0, "s": 1000.0}


class Ends(Record):
    """Training times of a task's start and target, in milliseconds."""

    start_ms: float
    target_ms: float


class MeasuredEnds(Record):
    """What `agentkit calibrate TASK --json` prints, as far as it is used here."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    metric: str = ""
    unit: Literal["ms", "s"]
    start: float = Field(gt=0)
    target: float = Field(gt=0)


def task_starts() -> dict[int, str]:
    """Every record, and why it is no task's start; "" if it is one."""
    records = read_records()
    return {
        number: facts.get("excluded", "") if number + 1 in records else LAST
        for number, facts in records.items()
    }


def tasks() -> tuple[int, ...]:
    """The starts of the 19 tasks."""
    return tuple(number for number, excluded in task_starts().items() if not excluded)


def paper_ends() -> dict[int, Ends]:
    """As the authors of the benchmark timed the records again: means of three runs on eight H100s each."""
    records = read_records()
    return {
        start: Ends(start_ms=records[start]["measured_ms"], target_ms=records[start + 1]["measured_ms"])
        for start in tasks()
    }


def refuse_paper(profile: str) -> None:
    """Raises UsageError for a profile whose times have nothing to do with the paper's; "" is not known."""
    if profile in ("", PAPER_PROFILE):
        return
    raise UsageError(
        f"Times of the profile {profile} cannot be compared with the paper's.",
        "Expected: times of the original scripts on eight H100s (profile gpu8), as the paper measured",
        f"Found: the profile '{profile}', another "
        + ("machine and other scripts" if profile == "pocket" else "machine"),
        "Next: compare with both ends as measured on your machine, which is what `agentkit solve` does: "
        "its summary has the fsr; or give --reference FILE",
    )


def read_ends(path: Path, runs: Iterable[Run]) -> dict[int, Ends]:
    """Of a JSON object: start to what `agentkit calibrate TASK --json` prints for that task.

    Raises BadFile if it is something else, or lacks a start that `runs` have.
    """
    text = read_text(path)
    shape = 'an object {"12": {"unit": "ms", "start": 317839, "target": 289805}, …}'
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFile(path, "", "valid JSON", str(error), "Next: mend the JSON") from error
    if not isinstance(document, dict) or not document:
        raise BadFile(path, "", shape, text[:80].strip() or "nothing", "Next: one entry for each start")
    ends = {}
    for key, entry in document.items():
        start = next((number for number in tasks() if str(number) == key), None)
        if start is None:
            known = f"a start as a key: {spans(tasks())}"
            raise BadFile(path, key, known, repr(key), f"The file is {shape}", "Next: mend the key")
        ends[start] = read_entry(path, key, entry)
    lacking = sorted({run.start for run in runs} - set(ends))
    if lacking:
        found, next_step = (
            f"none for {spans(lacking)}",
            "Next: measure them too: agentkit calibrate TASK --json",
        )
        raise BadFile(path, "", "both ends of every start in the table of runs", found, next_step)
    return ends


def refuse_inverted(path: Path, ends: Mapping[int, Ends]) -> None:
    """Raises BadFile where a target is not faster than its start: there is no speed-up to recover."""
    for start, each in ends.items():
        if each.target_ms >= each.start_ms:
            raise BadFile(
                path, str(start), "a target that is faster than the start",
                f"start {each.start_ms:g} ms, target {each.target_ms:g} ms",
                "Next: measure both ends again, or take the runs of this start out",
            )  # fmt: skip


def read_entry(path: Path, key: str, entry: object) -> Ends:
    try:
        measured = MeasuredEnds.model_validate(entry)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join([key, *map(str, fault["loc"])])
        expected = "an object with unit, start and target"
        if fault["loc"]:
            missing = fault["type"] == "missing"
            expected = "a value" if missing else fault["msg"].removeprefix("Input should be ")
        next_step = "Next: paste what `agentkit calibrate TASK --json` prints"
        raise BadFile(path, place, expected, json.dumps(entry)[:80], next_step) from error
    if measured.metric == "cpu_seconds":
        raise BadFile(
            path, f"{key}.metric", "a training time, which train_ms can be compared with",
            "'cpu_seconds', the figure of the profile pocket, whose loss is another too",
            "Next: take the fsr of the runs' summary.json, and give the column fsr",
        )  # fmt: skip
    scale = MILLISECONDS[measured.unit]
    return Ends(start_ms=measured.start * scale, target_ms=measured.target * scale)


@cache
def read_records() -> dict[int, dict[str, Any]]:
    content: Mapping[str, dict[str, Any]] = tomllib.loads(RECORDS.read_text(encoding="utf-8"))
    return {int(number): facts for number, facts in content.items()}
