from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from agentkit.judge.checks.kinds import run_check
from agentkit.judge.evidence import Evidence

FILES = {
    "results.json": json.dumps(
        {"acc": 0.41, "none": None, "word": "high", "huge": 10**400, "runs": [{"acc": 6.7}, {"acc": "3.3 %"}]}
    ),
    "table.csv": "model,accuracy,n\nbase,0.0,100\nfine-tuned,6.8%,100\ntrained,38.0,100\nfailed,-,100\n",
    "aime.csv": "run,accuracy\n1,6.7\n2,3.3\n",
    "report.md": "MATH 69.0% and 68.0 %, GPQA 39 %.\n",
}


@pytest.fixture
def look(tmp_path: Path) -> Any:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    def run(**check: Any) -> tuple[str, str]:
        evidence = Evidence(folder=tmp_path, figures={"loss": 3.25, "bad": float("nan")})
        found = asyncio.run(run_check(check, evidence))
        return found.status, found.evidence

    return run


def test_a_figure_near_the_expected_one(look: Any) -> None:
    assert look(kind="metric", name="loss", value=3.28, rel_tol=0.01) == (
        "passed", "loss = 3.25; asked: near 3.28, within 1 %",
    )  # fmt: skip
    assert look(kind="metric", name="loss", value=3.28, rel_tol=0.001)[0] == "failed"
    assert look(kind="metric", name="loss", value=3.28)[0] == "passed"
    assert look(kind="metric", name="loss", value=3.25, rel_tol=0.0)[0] == "passed"


@pytest.mark.parametrize(
    ("op", "value", "status"),
    [("at_least", 3.4, "passed"), ("at_least", 3.6, "failed"), ("at_most", 3.1, "passed"),
     ("at_most", 3.0, "failed"), ("at_least", 1.0, "passed"), ("at_most", 9.0, "passed")],
)  # fmt: skip
def test_bounds_give_way_by_the_tolerance(look: Any, op: str, value: float, status: str) -> None:
    assert look(kind="metric", name="loss", op=op, value=value, rel_tol=0.05)[0] == status


def test_a_figure_out_of_a_file(look: Any) -> None:
    assert look(kind="metric", file="results.json", path="acc", value=0.4)[0] == "passed"
    found = look(kind="metric", file="table.csv", row={"model": "trained"}, column="accuracy", value=38)
    assert found == ("passed", "table.csv:4: accuracy = 38; asked: near 38, within 5 %")
    assert look(kind="metric", file="table.csv", row=0, column="accuracy", value=38)[0] == "failed"


@pytest.mark.parametrize("path", ["word", "none", "gone", "runs"])
def test_what_is_no_figure_has_failed(look: Any, path: str) -> None:
    assert look(kind="metric", file="results.json", path=path, value=1)[0] == "failed"


def test_not_a_number_and_too_large_a_one_are_near_nothing(look: Any) -> None:
    assert look(kind="metric", name="bad", value=1)[0] == "failed"
    assert look(kind="metric", file="results.json", path="huge", value=1)[0] == "failed"
    assert look(kind="metric", name="none", value=1)[0] == "error"


@pytest.mark.parametrize(
    "check",
    [{"value": 1}, {"name": "loss", "path": "a", "file": "a.json", "value": 1},
     {"file": "a.json", "value": 1},
     {"path": "a", "value": 1}, {"file": "a.csv", "row": 0, "value": 1}, {"name": "loss"},
     {"name": "loss", "value": 1, "rel_tol": -1}, {"name": "loss", "value": 1, "op": "over"}],
)  # fmt: skip
def test_a_metric_that_cannot_be_made(look: Any, check: dict[str, Any]) -> None:
    assert look(kind="metric", **check)[0] == "error"


def test_percentages_that_cannot_be(look: Any) -> None:
    assert look(kind="grim", file="table.csv", column="accuracy", n=100) == (
        "failed", "table.csv:3: of 100 no number is 6.8 %",
    )  # fmt: skip
    assert look(kind="grim", file="table.csv", column="accuracy", n=250)[0] == "passed"
    assert look(kind="grim", file="aime.csv", column="accuracy", n=30) == (
        "passed", "aime.csv: all 2 percentages are possible with n = 30",
    )  # fmt: skip
    assert look(kind="grim", file="aime.csv", column="accuracy", n=100)[0] == "failed"


def test_percentages_of_json_and_of_a_text(look: Any) -> None:
    assert look(kind="grim", file="results.json", path="runs.*.acc", n=30)[0] == "passed"
    assert look(kind="grim", file="results.json", path="runs.*.acc", n=7)[0] == "failed"
    assert look(kind="grim", file="report.md", pattern=r"([\d.]+) ?%", n=100) == (
        "passed", "report.md: all 3 percentages are possible with n = 100",
    )  # fmt: skip
    assert look(kind="grim", file="report.md", pattern=r"([\d.]+) ?%", n=30)[0] == "failed"


@pytest.mark.parametrize(
    ("check", "status"),
    [
        ({"file": "table.csv", "column": "gone", "n": 9}, "failed"),
        ({"file": "table.csv", "column": "model", "n": 9}, "failed"),
        ({"file": "report.md", "pattern": "nothing", "n": 9}, "failed"),
        ({"file": "results.json", "path": "word", "n": 9}, "failed"),
        ({"file": "results.json", "path": "huge", "n": 9}, "failed"),
        ({"file": "results.json", "path": "none", "n": 9}, "failed"),
        ({"file": "gone.csv", "column": "a", "n": 9}, "failed"),
        ({"file": "table.csv", "n": 9}, "error"),
        ({"file": "table.csv", "column": "n", "path": "n", "n": 9}, "error"),
        ({"file": "table.csv", "column": "n", "n": 0}, "error"),
    ],
)
def test_what_holds_no_percentages(look: Any, check: dict[str, Any], status: str) -> None:
    assert look(kind="grim", **check)[0] == status


@pytest.mark.parametrize("written", ["101", "-1", "1e999999999", "NaN", "Infinity", "7.000000000000001"])
def test_numbers_of_all_kinds(look: Any, tmp_path: Path, written: str) -> None:
    (tmp_path / "one.json").write_text(f'{{"a": {written}}}')
    expected = "passed" if written.startswith("7") else "failed"
    assert look(kind="grim", file="one.json", path="a", n=100)[0] == expected
