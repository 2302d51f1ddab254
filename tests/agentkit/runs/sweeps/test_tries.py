from __future__ import annotations

import resource
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.runs.sweeps.tries import COUNTED, FILE, Entry, failures, read_entries, write_entry

ENTRIES = st.sampled_from(
    [
        Entry(kind="began"),
        Entry(kind="again"),
        *(Entry(kind="ended", how=how) for how in (*COUNTED, "stopped", "budget")),
    ]
)


def test_what_is_written_is_read_with_when_and_who(tmp_path: Path) -> None:
    write_entry(tmp_path, Entry(kind="began"))
    write_entry(tmp_path, Entry(kind="ended", how="fault", reason="it broke", lines=("At: x",), run="r"))
    began, ended = read_entries(tmp_path)
    assert (began.kind, ended.how, ended.reason, ended.lines, ended.run) == (
        "began", "fault", "it broke", ("At: x",), "r",
    )  # fmt: skip
    assert 0 < began.time <= ended.time
    assert ":" in began.worker
    assert read_entries(tmp_path / "nothing") == []


def test_a_torn_line_is_left_out_and_spoils_no_other(tmp_path: Path) -> None:
    write_entry(tmp_path, Entry(kind="began"))
    with (tmp_path / FILE).open("a") as file:
        file.write('{"kind":"ended","ho')
    write_entry(tmp_path, Entry(kind="again"))
    assert [entry.kind for entry in read_entries(tmp_path)] == ["began", "again"]


def test_a_reason_may_hold_any_character(tmp_path: Path) -> None:
    reason = "one\u2028two\u2029three\x85four\r\nfive"
    write_entry(tmp_path, Entry(kind="ended", how="fault", reason=reason))
    assert [entry.reason for entry in read_entries(tmp_path)] == [reason]


def test_half_a_line_on_a_full_disk_is_told(tmp_path: Path) -> None:
    write_entry(tmp_path, Entry(kind="began"))
    room = (tmp_path / FILE).stat().st_size + 20
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        with pytest.raises(OSError, match="No space left"):
            write_entry(tmp_path, Entry(kind="ended", how="finished", reason="all 3 attempts are made"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    write_entry(tmp_path, Entry(kind="again"))
    assert [entry.kind for entry in read_entries(tmp_path)] == ["began", "again"]


@given(st.lists(ENTRIES))
def test_failures_are_counted_since_a_person_asked_for_new_tries(entries: list[Entry]) -> None:
    kinds = [entry.kind for entry in entries]
    since = len(kinds) - kinds[::-1].index("again") if "again" in kinds else 0
    assert failures(entries) == sum(entry.how in COUNTED for entry in entries[since:])
