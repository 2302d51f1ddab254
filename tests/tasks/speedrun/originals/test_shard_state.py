"""Shards before and after a run, and those made up for the smoke stage."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def shard_state(originals: Callable[[str], Any]) -> Any:
    return originals("shard_state")


def test_a_changed_byte_is_found_even_with_its_old_time(
    shard_state: Any, originals: Any, tmp_path: Path
) -> None:
    made = originals("shards").make_synthetic(tmp_path, 2, 500, 500)
    state = shard_state.ShardState(tmp_path, made)
    before = state.digests()
    assert set(before) == {"fineweb_train_000001.bin", "fineweb_train_000002.bin", "fineweb_val_000000.bin"}
    assert shard_state.differing(before, state.digests()) == ""
    path = made.train[1]
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    with path.open("r+b") as file:
        file.seek(1500)
        file.write(b"\xff")
    os.utime(path, ns=times)
    assert shard_state.differing(before, state.digests()) == path.name
    made.validation[0].unlink()
    assert shard_state.differing(before, state.digests()) == f"{path.name}, fineweb_val_000000.bin"


def test_made_up_shards_are_made_once_and_mended(shard_state: Any, originals: Any, tmp_path: Path) -> None:
    rules = originals("rules").SmokeRules(shards=2, tokens=700, validation_tokens=300)
    folder = shard_state.smoke_shards(tmp_path, rules)
    found = originals("shards").find_shards(folder, 2)
    assert (found.train_tokens, originals("shards").count_tokens(found.validation[0])) == (1400, 300)
    time = found.train[0].stat().st_mtime_ns
    assert shard_state.smoke_shards(tmp_path, rules) == folder
    assert found.train[0].stat().st_mtime_ns == time
    found.train[0].write_bytes(b"short")
    shard_state.smoke_shards(tmp_path, rules)
    assert originals("shards").count_tokens(found.train[0]) == 700
    assert shard_state.smoke_shards(tmp_path, rules.model_copy(update={"tokens": 701})) != folder
