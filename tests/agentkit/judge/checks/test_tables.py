from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.judge.checks.arguments import Bounds
from agentkit.judge.checks.kinds import run_check
from agentkit.judge.checks.tables import compare
from agentkit.judge.evidence import Evidence


def look(folder: Path, **check: Any) -> tuple[str, str]:
    finding = asyncio.run(run_check(check, Evidence(folder=folder)))
    return finding.status, finding.evidence


@pytest.fixture
def work(tmp_path: Path) -> Path:
    results = {"runs": [{"loss": 2.5}, {"loss": 2.25}], "a.b": 1, "done": True, "name": "ours", "nan": None}
    (tmp_path / "results.json").write_text(json.dumps(results))
    (tmp_path / "table.csv").write_text('method,seed,loss\nbase,1,3.5\nours, 1 ,2.5\nours,2,"2,25"\nshort\n')
    (tmp_path / "table.tsv").write_text("a\tb\n1\t2\n")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("runs.1.loss", {"at_most": 2.25}, "passed"),
        ("runs.1.loss", {"at_most": 2.24}, "failed"),
        ("runs.-1.loss", {"equals": 2.25}, "passed"),
        (["a.b"], {"equals": 1}, "passed"),
        (["runs", 0, "loss"], {"at_least": 2, "at_most": 3}, "passed"),
        (["runs", 0, "loss"], {"at_least": 2, "at_most": 2.4}, "failed"),
        ("name", {"equals": "ours"}, "passed"),
        ("name", {"at_least": 0}, "failed"),
        ("done", {"equals": True}, "passed"),
        ("done", {"equals": 1}, "failed"),
        ("done", {"at_least": 1}, "failed"),
        (["a.b"], {"equals": True}, "failed"),
        ("nan", {"at_most": 5}, "failed"),
        ("runs.7.loss", {"at_least": 0}, "failed"),
        ("runs.x.loss", {"at_least": 0}, "failed"),
        ("runs.0.loss.more", {"at_least": 0}, "failed"),
        ("none", {"at_least": 0}, "failed"),
    ],
)
def test_a_value_in_json(work: Path, path: Any, asked: dict[str, Any], status: str) -> None:
    assert look(work, kind="json", file="results.json", path=path, **asked)[0] == status


def test_the_evidence_names_the_value(work: Path) -> None:
    status, evidence = look(work, kind="json", file="results.json", path="runs.1.loss", at_most=2.3)
    assert (status, evidence) == ("passed", "results.json: runs.1.loss = 2.25; asked: at most 2.3")


@pytest.mark.parametrize("text", ["{", "", "nothing", "[" * 100_000, '{"x": ' + "9" * 5000 + "}"])
def test_unreadable_json_is_the_works_fault(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    status, evidence = look(tmp_path, kind="json", file="r.json", path="x", at_least=0)
    assert status == "failed"
    assert "r.json is not JSON" in evidence


def test_infinities_and_nan_in_json_are_within_no_bounds(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text('{"loss": NaN}')
    assert look(tmp_path, kind="json", file="r.json", path="loss", at_most=3)[0] == "failed"
    assert look(tmp_path, kind="json", file="r.json", path="loss", at_least=-3)[0] == "failed"


@pytest.mark.parametrize(
    ("row", "column", "asked", "status", "part"),
    [
        (0, "loss", {"equals": 3.5}, "passed", "table.csv:2: loss = 3.5"),
        ({"method": "base"}, "loss", {"at_least": 3}, "passed", "table.csv:2"),
        ({"method": "ours", "seed": 1}, "loss", {"at_most": 2.5}, "passed", "table.csv:3: loss = 2.5"),
        ({"method": "ours", "seed": "2"}, "loss", {"equals": "2,25"}, "passed", "table.csv:4"),
        ({"method": "ours", "seed": "2"}, "loss", {"at_most": 3}, "failed", "2,25"),
        ({"method": "ours"}, "loss", {"at_most": 3}, "failed", "2 rows with method = ours"),
        ({"method": "none"}, "loss", {"at_most": 3}, "failed", "0 rows"),
        (-1, "loss", {"at_most": 3}, "failed", "table.csv:5 has no column 'loss'"),
        (9, "loss", {"at_most": 3}, "failed", "no row 9"),
        (0, "speed", {"at_most": 3}, "failed", "no column 'speed'"),
    ],
)
def test_a_cell_of_a_table(
    work: Path, row: Any, column: str, asked: dict[str, Any], status: str, part: str
) -> None:
    found, evidence = look(work, kind="csv", file="table.csv", row=row, column=column, **asked)
    assert found == status
    assert part in evidence


def test_tabs_split_a_tsv_file(work: Path) -> None:
    assert look(work, kind="csv", file="table.tsv", row=0, column="b", equals=2)[0] == "passed"


def test_a_broken_table_is_the_works_fault(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "x" * 200_000 + ",2\n")
    status, evidence = look(tmp_path, kind="csv", file="t.csv", row=0, column="b", equals=2)
    assert (status, "is not CSV" in evidence) == ("failed", True)


@given(st.floats(allow_nan=True), st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_at_least_or_at_most_a_bound_or_it_is_nan(value: float, bound: float) -> None:
    least = compare(value, Bounds(at_least=bound), "x").status
    most = compare(value, Bounds(at_most=bound), "x").status
    assert (least == "passed") is (value >= bound)
    assert (most == "passed") is (value <= bound)
    assert ("passed" in (least, most)) is (value == value)
