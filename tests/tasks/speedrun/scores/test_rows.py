"""Four formats give the same rows, and a mistake is told with its place."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentkit.errors import AgentkitError, BadFile, UsageError

CELLS = st.text(st.characters(exclude_categories=["C"], exclude_characters="\u2028\u2029"), max_size=6)


@pytest.fixture(scope="session")
def read(module: Callable[[str], Any]) -> Any:
    return module("scores.rows").read_rows


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("runs.csv", 'model,hints\n"a, b",1+2\n\nc,\n'),
        ("runs.csv", '\ufeffmodel , hints\r\n"a, b", 1+2\r\n\r\nc,\r\n'),
        ("runs.TSV", "model\thints\na, b\t1+2\n\nc\t\n"),
        ("runs.jsonl", '{"model": "a, b", "hints": "1+2"}\n\n{"model": "c", "hints": null}'),
        ("runs.json", '[{"model": "a, b", "hints": "1+2"}, {"hints": "", "model": "c"}]'),
    ],
)
def test_every_format_gives_the_same(read: Any, tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    found = [dict(row.cells) for row in read(path)]
    assert found == [{"model": "a, b", "hints": "1+2"}, {"model": "c", "hints": ""}]


def test_numbers_of_json_keep_their_digits(read: Any, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text('{"start": 12, "fsr": 1.0530070628522508}\n')
    (row,) = read(path)
    assert row.cells == {"start": "12", "fsr": "1.0530070628522508"}


def test_a_row_knows_its_place(read: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('model,run\n\n"two\nlines",1\nb,2\n')
    assert [(row.place, row.names_at) for row in read(tmp_path / "a.csv")] == [
        ("Line 4", "Line 1"), ("Line 5", "Line 1"),
    ]  # fmt: skip
    (tmp_path / "a.json").write_text('[{"run": 1},\n{"run": 2}]')
    assert [row.place for row in read(tmp_path / "a.json")] == ["Item 1", "Item 2"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "", ["at least one run", "none"]),
        ("a.csv", "model,run\n", ["at least one run"]),
        ("a.json", " ", ["at least one run"]),
        ("a.json", "[]", ["at least one run"]),
        ("a.csv", "model,run\na,1\nb\n", ["2 cells", "Found: 1\n", "Line 3: b"]),
        ("a.csv", "model,run,model\na,1,b\n", ["'model' 2 times", "Line 1"]),
        ("a.csv", 'model,run\n"a"b,1\n', ["CSV", "line 2", "quotation"]),
        ("a.jsonl", '{"run": 1}\n{"run": \n', ["valid JSON", 'Line 2: {"run":']),
        ("a.jsonl", "{}\n[1]\n", ["an object", "Line 2: [1]"]),
        ("a.json", '{"run": 1}', ["an array of runs", "dict", ".jsonl"]),
        ("a.json", '[{"run": 1}, {"run": [1]}]', ["at 'run'", "Item 2"]),
        ("a.json", '[{"run": true}]', ["at 'run'", "true"]),
        ("a.json", "[" * 100_000, ["valid JSON"]),
    ],
)
def test_mistakes(read: Any, tmp_path: Path, name: str, text: str, said: list[str]) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(BadFile) as error:
        read(path)
    message = str(error.value)
    assert [each for each in [str(path), "Next: ", *said] if each not in message] == [], message


def test_a_file_that_cannot_be_read(read: Any, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="No such file"):
        read(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadFile, match="directory"):
        read(tmp_path / "folder.csv")
    (tmp_path / "latin.csv").write_bytes(b"model,run\n\xe9,1\n")
    with pytest.raises(BadFile, match="byte 10 is no UTF-8"):
        read(tmp_path / "latin.csv")


@pytest.mark.parametrize("name", ["runs.xlsx", "runs"])
def test_other_formats_are_refused(read: Any, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.csv, \.tsv, \.jsonl, \.json"):
        read(tmp_path / name)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1))
def test_csv_and_json_agree_on_any_text(read: Any, tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([("model", "run"), *((f"m{left}", right) for left, right in rows)])
    (tmp_path / "a.csv").write_text(stream.getvalue(), encoding="utf-8", newline="")
    items = [{"model": f"m{left}", "run": right} for left, right in rows]
    (tmp_path / "a.json").write_text(json.dumps(items))
    found = [[row.cells for row in read(tmp_path / name)] for name in ("a.csv", "a.json")]
    assert found[0] == found[1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=60), st.sampled_from([".csv", ".tsv", ".jsonl", ".json"]))
def test_any_text_is_rows_or_a_mistake(read: Any, tmp_path: Path, text: str, ending: str) -> None:
    path = tmp_path / f"any{ending}"
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    with contextlib.suppress(AgentkitError):
        assert read(path)
