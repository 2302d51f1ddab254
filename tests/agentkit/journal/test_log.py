import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import RunProblem
from agentkit.journal.log import Journal, read_events, repair


def test_what_is_appended_is_on_disk_before_append_returns(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    seen: list[int] = []
    journal.observers.append(lambda event: seen.append(len(list(read_events(journal.path)))))
    journal.append("note", text="one")
    journal.append("note", "a1", text="two")
    assert seen == [1, 2]
    assert [(each.number, each.attempt, each.data["text"]) for each in read_events(journal.path)] == [
        (0, "", "one"),
        (1, "a1", "two"),
    ]
    journal.close()


def test_numbers_go_on_where_an_earlier_writer_stopped(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    first.append("note", text="one")
    first.close()
    second = Journal(tmp_path)
    assert second.append("note", text="two").number == 1
    second.close()


def test_a_passing_event_is_told_and_not_stored(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    kinds: list[tuple[str, int]] = []
    journal.observers.append(lambda event: kinds.append((event.kind, event.number)))
    journal.tell("progress", step=1)
    assert kinds == [("progress", -1)]
    assert list(read_events(journal.path)) == []
    journal.close()


@given(cut=st.integers(min_value=1, max_value=60))
def test_a_torn_last_line_is_moved_aside_and_the_rest_stays(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("run")
    journal = Journal(folder)
    for number in range(3):
        journal.append("note", text=f"line {number}, long enough to be cut anywhere in it")
    journal.close()
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:-cut])

    again = Journal(folder)
    assert [each.data["text"][:6] for each in read_events(journal.path)] == ["line 0", "line 1"]
    assert again.append("note", text="after").number == 2
    again.close()
    torn = (folder / "journal.torn").read_bytes().rstrip(b"\n")
    assert torn, "the torn bytes are kept"
    assert whole[:-cut].endswith(torn)


def test_repair_leaves_a_whole_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"v":1}\n')
    assert repair(path) is False
    assert path.read_bytes() == b'{"v":1}\n'


def test_an_event_of_an_unknown_kind_is_kept(tmp_path: Path) -> None:
    line = {"v": 1, "n": 0, "t": 1.0, "kind": "from_the_future", "attempt": "", "data": {"x": 1}, "new": 2}
    (tmp_path / "journal.jsonl").write_text(json.dumps(line) + "\n")
    journal = Journal(tmp_path)
    journal.append("note", text="ours")
    journal.close()
    kinds = [each.kind for each in read_events(journal.path)]
    assert kinds == ["from_the_future", "note"]
    assert json.loads(journal.path.read_text().splitlines()[0])["new"] == 2


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_bytes(b'{"v":1,"n":0\n{"v":1,"n":1,"t":1,"kind":"note"}\n')
    with pytest.raises(RunProblem, match="line 1"):
        list(read_events(tmp_path / "journal.jsonl"))


def test_a_newer_schema_is_refused_with_both_numbers(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text('{"v":99,"n":0,"t":1,"kind":"note"}\n')
    with pytest.raises(RunProblem, match="schema 99, known: 1"):
        list(read_events(tmp_path / "journal.jsonl"))


def test_a_second_writer_is_refused_with_the_holders_pid(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    code = (
        "import sys; from pathlib import Path; from agentkit.journal.log import Journal\n"
        "try: Journal(Path(sys.argv[1]))\n"
        "except Exception as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert str(os.getpid()) in done.stdout
    journal.close()
    Journal(tmp_path).close()  # free again once the holder is gone


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(RunProblem, match="cannot be written"):
        Journal(tmp_path / "missing")


def test_a_full_disk_ends_the_run_and_leaves_no_half_line(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from agentkit.journal.log import Journal\n"
        "journal = Journal(Path(sys.argv[1])); journal.append('note', text='kept')\n"
        "room = journal.path.stat().st_size + 40  # the next line fits in part\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))\n"
        "try: journal.append('note', text='lost' * 100)\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "RunProblem" in done.stdout
    assert "make room, then `agentkit resume" in done.stdout
    assert (tmp_path / "journal.jsonl").read_bytes().endswith(b"\n")
    journal = Journal(tmp_path)
    assert journal.append("note", text="after").number == 1
    journal.close()


def test_data_may_have_fields_of_any_name(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    event = journal.append("answer", "a1", attempt="a1", kind="x", self="y")
    assert event.data == {"attempt": "a1", "kind": "x", "self": "y"}
    journal.close()
