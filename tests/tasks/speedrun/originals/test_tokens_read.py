"""Which shards were opened, as the kernel tells it, against the steps that were printed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

Import = Callable[[str], Any]


@pytest.fixture
def tokens_read(originals: Import) -> Any:
    return originals("tokens_read")


def test_what_another_process_opens_is_seen(tokens_read: Any, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.bin" for number in range(3)]
    for path in paths:
        path.write_bytes(b"x")
    link = tmp_path / "elsewhere"
    link.symlink_to(paths[1])
    watch = tokens_read.ShardWatch(paths)
    assert watch.opened() == frozenset(), "its own try does not count"
    subprocess.run(
        [sys.executable, "-c", f"open({str(link)!r}, 'rb'); open({str(paths[2])!r}, 'rb')"], check=True
    )
    assert watch.opened() == {"1.bin", "2.bin"}, "files count, whatever the name by which they are opened"
    watch.close()
    watch.close()
    assert watch.opened() is None


def test_where_nothing_can_be_watched_nothing_is_known(tokens_read: Any, tmp_path: Path) -> None:
    there = tmp_path / "there.bin"
    there.write_bytes(b"x")
    watch = tokens_read.ShardWatch([there, tmp_path / "missing.bin"])
    assert watch.opened() is None
    watch.close()


def test_more_events_than_the_kernel_keeps_are_no_answer(tokens_read: Any, tmp_path: Path) -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if limit > 100_000:
        pytest.skip(f"{limit} events are kept here")
    paths = [tmp_path / "a.bin", tmp_path / "b.bin", tmp_path / "c.bin"]
    for path in paths:
        path.write_bytes(b"x")
    watch = tokens_read.ShardWatch(paths)
    for number in range(limit + 2):
        # Two in turn, since the same event again is not kept.
        os.close(os.open(paths[number % 2], os.O_RDONLY))
    paths[2].open("rb").close()
    assert watch.opened() is None, "the third was opened, and nobody heard of it"
    watch.close()


TOKENS = {"a": 1000, "b": 1000, "c": 1000}


@pytest.mark.parametrize(
    ("opened", "steps", "told"),
    [
        ({"a", "b", "c"}, 30, ""),
        ({"a", "b"}, 20, ""),
        ({"a"}, 20, "the 1 training shards that it opened hold 1,000"),
        ({"validation"}, 20, "opened none of the 3"),
        (set(), 0, "opened none of the 3"),
        ({"a", "b", "c"}, 31, "all 3 training shards hold 3,000"),
    ],
)
def test_flags(tokens_read: Any, opened: set[str], steps: int, told: str) -> None:
    flags = tokens_read.token_flags(frozenset(opened), TOKENS, steps, 100)
    assert [flag.code for flag in flags] == ["tokens_read"] * bool(told)
    assert all(told in flag.evidence for flag in flags)
    unknown = tokens_read.token_flags(frozenset(opened), TOKENS, steps, None)
    assert bool(unknown) == (not opened & set(TOKENS)), "without tokens a step only nothing at all is too few"


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 10**8), min_size=1), st.data())
def test_who_opens_what_its_steps_need_has_no_flag(module: Import, tokens: dict[str, int], data: Any) -> None:
    """In order, as loaders do, up to where the tokens suffice."""
    a_step = data.draw(st.integers(1, 10**6))
    steps = data.draw(st.integers(0, sum(tokens.values()) // a_step))
    opened: set[str] = set()
    for name in sorted(tokens):
        opened.add(name)
        if sum(tokens[each] for each in opened) >= steps * a_step:
            break
    assert module("originals.tokens_read").token_flags(frozenset(opened), tokens, steps, a_step) == []
