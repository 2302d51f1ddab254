from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.events import Event
from agentkit.errors import RunFailed
from agentkit.journal.redaction import Redactor
from agentkit.runs.logs import LONGEST, RunLog, level_of, read_log

SECRET = "k9-Zq7Wv3Xs5Ec1Rf8Tg"
REDACTOR = Redactor({"A_KEY": SECRET})


def event(kind: str, attempt: str = "", /, **data: Any) -> Event:
    return Event(number=3, time=1_760_000_000.25, kind=kind, attempt=attempt, data=data)


def test_one_line_an_event_in_a_fixed_order(tmp_path: Path) -> None:
    with RunLog(tmp_path, REDACTOR) as log:
        log(event("tool", "a1", name="shell", ok=True, seconds=0.5, result={"text": "hi"}, snapshot=""))
        log(event("run_started", model="m"))
    first, second = (tmp_path / "log.jsonl").read_text().splitlines()
    assert list(json.loads(first)) == ["time", "level", "event", "attempt", "name", "ok", "seconds", "result"]
    assert json.loads(first)["time"] == "2025-10-09T08:53:20.250Z"
    assert json.loads(first)["result"] == '{"text": "hi"}'
    assert "attempt" not in json.loads(second)


def test_names_that_a_line_has_anyway_do_not_clash(tmp_path: Path) -> None:
    with RunLog(tmp_path, REDACTOR) as log:
        log(event("note", event="a", level="b", time=1, attempt="c", exc_info="d", exception="e"))
    (entry,) = read_log(tmp_path)
    assert (entry["event"], entry["event_"], entry["level_"], entry["exc_info_"]) == ("note", "a", "b", "d")


def test_passing_events_are_left_out_and_long_texts_shortened(tmp_path: Path) -> None:
    with RunLog(tmp_path, REDACTOR) as log:
        for _ in range(1000):
            log(event("output", text="x"))
            log(event("progress", step=1))
        log(event("plan", text="p" * 3000))
    (entry,) = read_log(tmp_path)
    assert entry["text"] == "p" * LONGEST + "… (3,000 characters)"


@pytest.mark.parametrize(
    ("kind", "data", "level"),
    [
        ("stage", {"stage": "plan"}, "info"),
        ("outcome", {"status": "valid"}, "info"),
        ("outcome", {"status": "crash"}, "warning"),
        ("measured", {"outcome": {"status": "timeout"}}, "warning"),
        ("tool", {"ok": False}, "warning"),
        ("tool", {"ok": True}, "info"),
        ("waiting", {"text": "busy"}, "warning"),
        ("run_ended", {"state": "ended"}, "info"),
        ("run_ended", {"state": "interrupted"}, "warning"),
        ("run_ended", {"state": "failed"}, "error"),
    ],
)
def test_levels(kind: str, data: dict[str, Any], level: str) -> None:
    assert level_of(event(kind, **data)) == level


def test_what_libraries_say_is_caught_redacted_and_not_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    library = logging.getLogger("some.library")
    with RunLog(tmp_path, REDACTOR), warnings.catch_warnings():
        warnings.simplefilter("always")
        library.warning("retry with %s", "x" * 490 + SECRET)
        library.info("not worth a line")
        ours = logging.getLogger().handlers[-1]  # pytest's own handler would not stand this one
        ours.handle(logging.makeLogRecord({"name": "some.library", "levelno": 45, "levelname": "LOUD",
                                           "msg": "%d is no number", "args": ("seven",)}))  # fmt: skip
        warnings.warn("old thing", DeprecationWarning, stacklevel=1)
    entries = list(read_log(tmp_path))
    assert [(each["level"], each["logger"]) for each in entries] == [
        ("warning", "some.library"),
        ("warning", "some.library"),
        ("warning", "py.warnings"),
    ]
    assert "k9-" not in (tmp_path / "log.jsonl").read_text(), "not even the part before the cut"
    assert entries[1]["text"] == "%d is no number"
    assert "old thing" in entries[2]["text"]
    assert capfd.readouterr() == ("", "")


def test_nothing_global_is_left_behind(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = (list(root.handlers), warnings.showwarning)
    (tmp_path / "other").mkdir()
    with RunLog(tmp_path, REDACTOR):
        with RunLog(tmp_path / "other", REDACTOR):
            pass
        assert len(root.handlers) == len(before[0]) + 1
        assert warnings.showwarning is not before[1], "the outer one still catches"
    assert (list(root.handlers), warnings.showwarning) == before


def test_a_fault_has_its_traceback_without_secrets(tmp_path: Path) -> None:
    def failing() -> None:
        raise RunFailed(f"no answer from {SECRET}")

    with pytest.raises(RunFailed), RunLog(tmp_path, REDACTOR):
        failing()
    (entry,) = read_log(tmp_path)
    assert (entry["level"], entry["event"]) == ("error", "fault")
    assert "in failing" in entry["exception"] and "[redacted:A_KEY]" in entry["exception"]
    assert SECRET not in (tmp_path / "log.jsonl").read_text()


def test_being_stopped_is_no_fault(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), RunLog(tmp_path, REDACTOR):
        raise KeyboardInterrupt
    assert list(read_log(tmp_path)) == []


def test_it_is_continued_and_a_torn_line_is_left_out(tmp_path: Path) -> None:
    with RunLog(tmp_path, REDACTOR) as log:
        log(event("run_started"))
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"torn": \n')
    with RunLog(tmp_path, REDACTOR) as log:
        log(event("run_resumed"))
    assert [each["event"] for each in read_log(tmp_path)] == ["run_started", "run_resumed"]
    assert list(read_log(tmp_path / "nowhere")) == []


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").symlink_to("/dev/full")
    with RunLog(tmp_path, REDACTOR) as log:
        log(event("run_started"))
        log(event("stage"))
    (tmp_path / "folder" / "log.jsonl").mkdir(parents=True)
    with RunLog(tmp_path / "folder", REDACTOR) as log:
        log(event("run_started"))
