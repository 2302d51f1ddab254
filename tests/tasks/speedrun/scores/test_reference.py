"""What times are compared with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.summary import ReferenceEnds
from agentkit.errors import BadFile, UsageError


@pytest.fixture(scope="session")
def reference(module: Callable[[str], Any]) -> Any:
    return module("scores.reference")


def calibrated(start: float, target: float, **changed: Any) -> dict[str, Any]:
    """What `agentkit calibrate TASK --json` prints."""
    ends = ReferenceEnds(
        metric="train_seconds", unit="s", start=start, target=target, start_sd=0.1, target_sd=0.1,
        pairs=3, gap_in_errors=9.0, measurable=True,
    )  # fmt: skip
    return {**ends.model_dump(mode="json"), **changed}


def test_there_are_19_tasks(reference: Any) -> None:
    assert reference.tasks() == (*range(1, 6), *range(7, 21))
    starts = reference.task_starts()
    assert "PyTorch 2.5.0" in starts[6]
    assert "target only" in starts[21]


def test_the_papers_ends_are_its_own_measurements_of_n_and_n_plus_1(reference: Any) -> None:
    ends = reference.paper_ends()
    assert (ends[1].start_ms, ends[1].target_ms) == (2_968_348, 2_209_926)
    assert (ends[20].start_ms, ends[20].target_ms) == (188_680, 184_262)
    assert set(ends) == set(reference.tasks())
    assert all(each.target_ms < each.start_ms for each in ends.values())


@pytest.mark.parametrize("profile", ["pocket", "gpu1", "mine"])
def test_the_papers_times_are_for_eight_h100s_alone(reference: Any, profile: str) -> None:
    with pytest.raises(UsageError, match=rf"(?s){profile}.*eight H100s.*Next: "):
        reference.refuse_paper(profile)


@pytest.mark.parametrize("profile", ["gpu8", ""])
def test_where_they_may_be_used(reference: Any, profile: str) -> None:
    reference.refuse_paper(profile)


def test_what_calibrate_prints_is_read_in_its_unit(reference: Any, make_run: Any, tmp_path: Path) -> None:
    path = tmp_path / "ends.json"
    entries = {"12": calibrated(310.5, 290.0), "13": {"unit": "ms", "start": 280_000, "target": 270_000}}
    path.write_text(json.dumps(entries))
    ends = reference.read_ends(path, [make_run(12, 1)])
    assert (ends[12].start_ms, ends[12].target_ms) == (310_500, 290_000)
    assert (ends[13].start_ms, ends[13].target_ms) == (280_000, 270_000)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", ["valid JSON"]),
        ("[]", ["an object"]),
        ("{}", ["an object"]),
        ({"6": calibrated(2, 1)}, ["1-5, 7-20", "'6'"]),
        ({"12": 3}, ["at '12'", "unit, start and target"]),
        ({"12": {"unit": "s", "start": 2}}, ["12.target", "a value"]),
        ({"12": calibrated(2, 1, unit="min")}, ["12.unit", "'ms' or 's'"]),
        ({"12": calibrated(-2, 1)}, ["12.start", "greater than 0"]),
        ({"12": calibrated(2, 1, metric="cpu_seconds")}, ["12.metric", "pocket", "column fsr"]),
        ({"12": calibrated(2, 1)}, ["every start", "none for 13"]),
    ],
)
def test_mistakes(reference: Any, make_run: Any, tmp_path: Path, content: Any, said: list[str]) -> None:
    path = tmp_path / "ends.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(BadFile) as error:
        reference.read_ends(path, [make_run(12, 1), make_run(13, 1)])
    message = str(error.value)
    assert [each for each in [str(path), "Next: ", *said] if each not in message] == [], message


def test_a_missing_file(reference: Any, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="No such file"):
        reference.read_ends(tmp_path / "none.json", [])


def test_a_target_that_is_not_faster_is_refused(reference: Any, tmp_path: Path) -> None:
    ends = {12: reference.Ends(start_ms=5, target_ms=5)}
    with pytest.raises(BadFile, match=r"at '12'"):
        reference.refuse_inverted(tmp_path, ends)
    reference.refuse_inverted(tmp_path, {12: reference.Ends(start_ms=5, target_ms=4)})
