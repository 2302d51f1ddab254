"""All logs of a checkout, read; with AGENTKIT_MODDED_NANOGPT, those of a real one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.cli.main import main
from agentkit.errors import MissingRequirement, UnknownName

Import = Callable[[str], Any]
SCRIPT = "import os\nprint('a')\n"
PUT_BACK = "if step == 10:\n    clock = 0\n"
RUN = "step:0/{steps} val_loss:10.82 train_time:0ms\nstep:{done}/{steps} val_loss:3.2700 train_time:900ms\n"
BACK = (
    "step:10/20 train_time:90000ms\nstep:11/20 train_time:80ms\nstep:20/20 val_loss:3.2700 train_time:900ms\n"
)
LLM_C = "s:0 tel:10.9830\ns:0 trl:10.9\ns:250 tel:3.2722\n"


@pytest.fixture
def checkout(originals: Import, logs: Any, tmp_path: Path) -> Any:
    older, newer = logs
    whole = RUN.format(steps=20, done=20)
    texts = {
        "records/track_1_short/a/whole.txt": newer(SCRIPT, whole, triton_kernels="import triton\n"),
        "records/track_1_short/a/older.txt": older(SCRIPT + PUT_BACK, BACK),
        "records/track_1_short/a/cut.log": newer(SCRIPT, RUN.format(steps=20, done=16)),
        "records/track_1_short/b/main.log": LLM_C,
        "records/track_1_short/b/README.md": "no log",
        "records/track_1_short/c/silent.txt": newer(SCRIPT, "it says nothing\n"),
        "records/track_2_medium/d/new.txt": newer("print(f'{\n", whole),
        "records/track_3_optimization/e/two.txt": newer(SCRIPT, whole + whole.replace("3.27", "3.26")),
        "records/track_3_optimization/e/odd.txt": newer(
            SCRIPT, whole + "step:5/20 val_loss:4.0 train_time:1ms\n"
        ),
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return originals("source").find_checkout(tmp_path, {}, tmp_path)


def test_source_and_result_or_the_reason(originals: Import, checkout: Any) -> None:
    found = originals("log_survey").survey_logs(checkout, ["main"])["main"]
    rows = {log.file.rpartition("/")[2]: log for log in found}
    assert sorted(rows) == ["cut.log", "main.log", "older.txt", "silent.txt", "whole.txt"]
    whole = rows["whole.txt"]
    assert whole.sources == ("train_gpt.py", "triton_kernels.py")
    assert (whole.steps, whole.loss, whole.train_ms, whole.unread) == (20, 3.27, 900.0, "")
    assert (rows["older.txt"].unread, rows["older.txt"].remarks) == ("", ()), (
        "its clock is put back, as it says"
    )
    assert rows["cut.log"].remarks == ("it ends before its last step",)
    assert (
        rows["main.log"].unread.startswith("no source: it has no line of 100")
        and rows["main.log"].loss == 3.2722
    )
    assert "losses without a clock" in rows["main.log"].unread
    assert rows["silent.txt"].unread == "no result: no validation was printed"


def test_several_runs_contradictions_and_a_source_for_another_python(
    originals: Import, checkout: Any
) -> None:
    found = originals("log_survey").survey_logs(checkout, ["medium", "steps"])
    (medium,) = found["medium"]
    assert "cannot read its source" in medium.remarks[0]
    odd, two = found["steps"]
    assert (two.runs, two.loss, two.remarks) == (2, 3.26, ())
    assert odd.remarks == ("it ends before its last step", "its lines contradict each other")


def test_the_command(
    checkout: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["speedrun", "logs", "--source", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "track main: 5 logs; source and result of 3\n" in told
    assert "track medium: 1 logs; source and result of 1" in told and "track steps" not in told
    assert (
        "  1 not read: no result: no validation was printed\n    records/track_1_short/c/silent.txt" in told
    )
    monkeypatch.setenv("AGENTKIT_MODDED_NANOGPT", str(tmp_path))
    assert main(["speedrun", "logs", "--track", "steps", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert [row["runs"] for row in content["steps"]] == [1, 2]


def test_folders_that_have_no_logs(originals: Import, checkout: Any, tmp_path: Path) -> None:
    survey, source = originals("log_survey").survey_logs, originals("source")
    with pytest.raises(UnknownName, match="short"):
        survey(checkout, ["short"])
    with pytest.raises(MissingRequirement, match="llm-speedrunner, which has no logs"):
        survey(source.Checkout(tmp_path, is_templates=True), ["main"])


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("AGENTKIT_MODDED_NANOGPT"), reason="needs a checkout of modded-nanogpt"
)
def test_every_log_of_a_real_checkout(originals: Import) -> None:
    checkout = originals("source").find_checkout(None, os.environ, Path())
    found = originals("log_survey").survey_logs(checkout, ["main", "medium"])
    unread = {track: [log.file for log in logs if log.unread] for track, logs in found.items()}
    assert [(len(found[track]), len(files)) for track, files in unread.items()] == [(1110, 2), (19, 1)]
    assert all(file.endswith(".log") for files in unread.values() for file in files), "those of llm.c"
    assert not any("contradict" in each for logs in found.values() for log in logs for each in log.remarks)
