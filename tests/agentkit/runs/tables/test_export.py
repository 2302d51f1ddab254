from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

from agentkit.errors import MissingRequirement, RunProblem, UsageError
from agentkit.runs.tables.export import write_table
from tests.agentkit.runs.tables.written_runs import row

ROWS = [
    row(
        score=0.1 + 0.2,
        settings={"width": 8, "pieces": ["a", "b"]},
        caps={"dollars": 2.5},
        reason='a "b",\nc',
    ),
    row(seed=1, state="failed", score=None, simulated=True),
]


def test_csv_has_every_run_and_every_digit(tmp_path: Path) -> None:
    write_table(ROWS, tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    assert float(first["score"]) == 0.1 + 0.2 and second["score"] == ""
    assert first["settings.width"] == "8" and first["settings.pieces"] == "a+b"
    assert first["reason"] == 'a "b",\nc' and second["state"] == "failed" and second["simulated"] == "yes"


def test_parquet_holds_the_same_with_types(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    file = tmp_path / "it's.parquet"
    write_table(ROWS, file)
    with duckdb.connect() as database:
        told = database.read_parquet(str(file)).filter("seed >= 0").order("seed")
        kinds = dict(zip(told.columns, map(str, told.types), strict=True))
        found = told.project('score, simulated, "settings.width", "cap.dollars", judge_score').fetchall()
    assert found == [(0.1 + 0.2, False, 8, 2.5, None), (None, True, None, None, None)]
    assert kinds["judge_score"] == "DOUBLE", "a column has its type even where no run has a value"
    assert kinds["state"] == "VARCHAR" and kinds["measurable"] == "BOOLEAN" and kinds["tokens"] == "BIGINT"


def test_without_duckdb_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingRequirement, match="duckdb") as caught:
        write_table(ROWS, tmp_path / "runs.parquet")
    assert "agentkit-research[table]" in str(caught.value)


def test_mistakes_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not written as runs.xlsx"):
        write_table(ROWS, tmp_path / "runs.xlsx")
    with pytest.raises(RunProblem, match="cannot be written"):
        write_table(ROWS, tmp_path / "nowhere" / "runs.csv")


def test_a_place_that_parquet_cannot_be_written_to(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    with pytest.raises(RunProblem, match="cannot be written"):
        write_table(ROWS, tmp_path / "nowhere" / "runs.parquet")
    (tmp_path / "runs.parquet").mkdir()
    with pytest.raises(RunProblem, match="cannot be written"):
        write_table(ROWS, tmp_path / "runs.parquet")
    assert [each.name for each in tmp_path.iterdir()] == ["runs.parquet"], "nothing is left beside it"


def test_an_axis_of_a_columns_name_hides_no_figure(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    swept = [row(seed=seed, attempts=2, labels={"attempts": "few", "hints": "all"}) for seed in (0, 1)]
    write_table(swept, tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(newline="") as file:
        first, _ = csv.DictReader(file)
    assert (first["attempts"], first["axis.attempts"]) == ("2", "few")
    assert (first["hints"], first["axis.hints"]) == ("none", "all")
    write_table(swept, tmp_path / "runs.parquet")
    with duckdb.connect() as database:
        told = database.read_parquet(str(tmp_path / "runs.parquet")).project('attempts, "axis.attempts"')
        assert told.fetchall() == [(2, "few")] * 2
