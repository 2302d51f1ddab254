from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

import pytest

from agentkit.runs.tables.reading import read_run
from tests.agentkit.runs.tables.written_runs import ENDS, write_run


def test_every_figure_and_setting_is_in_the_row(tmp_path: Path) -> None:
    row = read_run(write_run(tmp_path / "run", 0.5, seed=3))
    assert (row.state, row.score, row.score_low, row.seed) == ("finished", 0.5, 0.4, 3)
    assert (row.hints, row.metric, row.value, row.loss) == ("text+paper", "train_seconds", 15.0, 3.2)
    assert (row.attempts, row.valid_attempts, row.gpu_seconds, row.dollars) == (2, 2, 8.0, None)
    assert (row.reference_start, row.reference_target, row.measurable) == (20.0, 10.0, True)
    assert row.settings == {"width": 2, "scaffold_settings.drafts": 3}
    assert row.caps == {"attempts": 2}


def test_a_finished_run_without_an_answer_has_recovered_nothing(tmp_path: Path) -> None:
    assert read_run(write_run(tmp_path / "run", None)).score == 0.0


@pytest.mark.parametrize(
    ("ends", "score"),
    [
        (None, None),  # no scale at all
        ({"measurable": False, "gap_in_errors": 1.2}, 0.0),  # within its noise, but the right way round
        ({"measurable": False, "gap_in_errors": -1.2}, None),
        ({"measurable": False, "gap_in_errors": None, "pairs": 0}, 0.0),  # published
        ({"measurable": False, "gap_in_errors": None, "target": 30.0}, None),
    ],
)
def test_a_task_without_a_scale_gives_nobody_a_zero(
    tmp_path: Path, ends: dict[str, object] | None, score: float | None
) -> None:
    reference = None if ends is None else ENDS.model_copy(update=ends)
    assert read_run(write_run(tmp_path / "run", None, reference=reference)).score == score


@pytest.mark.parametrize(
    ("state", "reason", "shown"),
    [
        ("failed", "the disk is full", "failed"),
        ("interrupted", "stopped by the user", "interrupted"),
        ("ended", "The model 'm' did not answer: the connection failed.", None),
    ],
)
def test_a_run_that_was_cut_short_has_no_score(
    tmp_path: Path, state: str, reason: str, shown: str | None
) -> None:
    if shown is None:  # in the very words of a model's failure
        from agentkit.models.failures import Failure

        reason, shown = Failure("server", "").problem("m").message, "failed"
    row = read_run(write_run(tmp_path / "run", 0.5, state=state, reason=reason))
    assert (row.state, row.score, row.reason) == (shown, None, reason)


def test_a_journal_that_goes_on_after_the_summary_counts(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", 0.5)
    resumed = {
        "v": 1,
        "n": 1,
        "t": 2.0,
        "kind": "run_resumed",
        "attempt": "",
        "data": {"caps": {"attempts": 9}},
    }
    with (run / "journal.jsonl").open("a") as journal:
        journal.write(json.dumps(resumed) + "\n")
    row = read_run(run)
    assert (row.state, row.score, row.caps) == ("interrupted", None, {"attempts": 9})
    lock = os.open(run / "journal.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    assert read_run(run).state == "running"
    os.close(lock)


@pytest.mark.parametrize("model", ["simulated/good", "scripted/demo"])
def test_what_asked_no_live_model_is_told_apart(tmp_path: Path, model: str) -> None:
    assert read_run(write_run(tmp_path / "run", model=model)).simulated
    assert read_run(write_run(tmp_path / "role", simulated=True)).simulated, "one of its roles was"
    assert not read_run(write_run(tmp_path / "live")).simulated


@pytest.mark.parametrize(
    ("manifest", "word"), [("{", "cannot be read"), ('{"schema": 0}', "lacks"), ("{}", "lacks")]
)
def test_a_run_that_cannot_be_read_is_a_row(tmp_path: Path, manifest: str, word: str) -> None:
    run = write_run(tmp_path / "run")
    (run / "run.json").write_text(manifest)
    (run / "summary.json").unlink()
    row = read_run(run)
    assert (row.state, row.score) == ("missing", None) and word in row.reason


def test_a_run_of_another_version_is_said_to_be_one(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    (run / "summary.json").unlink()
    manifest = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**manifest, "schema": 0}))
    row = read_run(run)
    assert row.state == "missing" and "version 0, and this agentkit reads version 1" in row.reason
