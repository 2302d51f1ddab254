"""The limit and its places in files, as two processes see them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import agentkit
from agentkit.models.shared_limit import LONGEST_CLOSURE, Limit, SharedLimit

OTHER = """
import sys
from pathlib import Path
from agentkit.models.shared_limit import SharedLimit
shared = SharedLimit(Path(sys.argv[1]), "x")
places = [shared.take(3) for _ in range(int(sys.argv[2]))]
print(places, shared.processes(1.0), shared.read().calls, flush=True)
sys.stdin.read()
"""


def start_other(folder: Path, places: int) -> tuple[subprocess.Popen[str], str]:
    """Another process that takes places and holds them; and what it saw."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(folder), str(places)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(Path(agentkit.__file__).parents[1])},
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_a_place_has_one_holder_on_the_host_until_its_process_ends(tmp_path: Path) -> None:
    shared = SharedLimit(tmp_path, "x")
    shared.change(lambda now: now.cut(6, None, 60.0))
    assert shared.take(3) == 0
    other, saw = start_other(tmp_path, 3)
    assert saw == "[1, 2, None] 2 3"
    assert shared.take(3) is None
    assert shared.processes(1.0) == 2
    other.kill()
    other.communicate()
    assert {shared.take(3), shared.take(3)} == {1, 2}
    assert shared.processes(2.0) == 1
    shared.give(1)
    assert shared.take(3) == 1


def test_what_one_writes_the_other_reads(tmp_path: Path) -> None:
    first, second = SharedLimit(tmp_path, "x"), SharedLimit(tmp_path, "x")
    assert first.read() == second.read() == Limit()
    for calls in (64, 32, 16):
        first.change(lambda now, calls=calls: now.cut(calls, None, 60.0))  # type: ignore[misc]
        assert second.read() == first.read()
        assert second.read().calls == calls // 2
    assert SharedLimit(tmp_path, "y").read() == Limit(), "another endpoint"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"calls": "many"}', '{"unknown": 1}'])
def test_a_damaged_file_is_no_limit_and_is_written_anew(tmp_path: Path, content: str) -> None:
    SharedLimit(tmp_path, "x").change(lambda now: now.cut(8, None, 60.0))
    (path,) = tmp_path.glob("*.json")
    path.write_text(content)
    shared = SharedLimit(tmp_path, "x")
    assert shared.read() == Limit()
    shared.change(lambda now: now.cut(2, None, 60.0))
    assert SharedLimit(tmp_path, "x").read().calls == 1


def test_where_nothing_can_be_written_the_limit_is_this_process_s_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    shared = SharedLimit(tmp_path / "file" / "endpoints", "x")
    shared.change(lambda now: now.cut(4, None, 60.0))
    assert shared.read().calls == 2
    assert (shared.take(2), shared.take(2), shared.take(2)) == (0, 1, None)
    shared.give(0)
    assert shared.take(2) == 0
    assert shared.processes(1.0) == 1
    assert len(caplog.records) == 1, "said once"


@given(st.integers(1, 10_000))
def test_a_cut_halves_and_leaves_at_least_one(calls: int) -> None:
    limit = Limit().cut(calls, None, 60.0)
    assert limit.calls == max(1, calls // 2)
    assert limit.epoch == 1
    assert limit.raised().calls == max(1, calls // 2) + 1


@given(st.floats(0, 1e7), st.integers(1, 40))
def test_nobody_is_shut_out_for_longer_than_the_longest_closure(retry_after: float, times: int) -> None:
    limit = Limit()
    for _ in range(times):
        limit = limit.cut(1, retry_after, 60.0)
    assert limit.open_at <= time.time() + LONGEST_CLOSURE
    assert limit.window > 0
