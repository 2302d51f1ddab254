from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

from agentkit.runs.curves.reading import traced
from agentkit.runs.tables.index import read_rows
from tests.agentkit.runs.reports.written_runs import attempt, summary, write_run


def test_a_trace_is_that_of_the_summary_on_disk(tmp_path: Path) -> None:
    made = [attempt("t", Random(1), number, 0.5, status="valid", fsr=0.1 * number) for number in (1, 2, 3)]
    write_run(tmp_path / "a", summary(made))
    write_run(tmp_path / "b", summary(made, state="failed"))
    write_run(tmp_path / "c", summary([], reference=None))
    write_run(tmp_path / "d", summary(made))
    ended, failed, without_scale, gone = read_rows(tmp_path).rows
    shutil.rmtree(tmp_path / "d")
    found = traced(ended)
    assert found.task == ended.task_name
    assert found.trace is not None
    assert found.trace.curves["attempts"].values.tolist() == [0.0, 0.1, 0.2, 0.30000000000000004]
    assert [traced(each).trace for each in (failed, without_scale, gone)] == [None, None, None]
