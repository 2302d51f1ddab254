from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.source.paths import Refused
from agentkit.toolbox.job_board import Seen, feed, require_rival
from agentkit.toolbox.job_record import JobRecord


def test_a_log_is_read_on_from_where_it_was_left_and_its_times_are_since_its_first_line(
    tmp_path: Path,
) -> None:
    path, seen = tmp_path / "job-a.log", Seen(watched=True)
    feed(seen, path)
    assert seen.began is None, "nothing has come yet"
    path.write_text("step 1 loss 3\n")
    feed(seen, path)
    feed(seen, path)
    with path.open("a") as file:
        file.write("step 2 loss 2\n")
    feed(seen, path)
    assert (seen.log.lines, seen.offset) == (2, path.stat().st_size)
    first, second = seen.log.seen["loss"].points()
    assert first[0] < 0.5 and second[0] >= first[0]


def test_of_a_log_that_nobody_watched_no_times_are_known(tmp_path: Path) -> None:
    (tmp_path / "job-a.log").write_text("step 1 loss 3\n")
    seen = Seen()
    feed(seen, tmp_path / "job-a.log")
    assert seen.log.seen == {} and seen.log.curves


def test_a_rival_has_to_be_there(tmp_path: Path) -> None:
    require_rival(JobRecord(name="a", script="", rival="*"), tmp_path)
    with pytest.raises(Refused, match="no job 'b'"):
        require_rival(JobRecord(name="a", script="", rival="b"), tmp_path)
