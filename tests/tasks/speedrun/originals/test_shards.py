"""Shards of tokens, written and read; none of them is real text."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import BadFile, MissingRequirement

Import = Callable[[str], Any]


@pytest.fixture
def shards(originals: Import) -> Any:
    return originals("shards")


def written(path: Path, tokens: int = 5, magic: int = 20240520, version: int = 1, body: int = 10) -> Path:
    """A file as it would come from elsewhere."""
    path.write_bytes(struct.pack("<3i", magic, version, tokens).ljust(1024, b"\0") + b"\1" * body)
    return path


def test_the_format_is_upstreams(shards: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    shards.write_shard(path, [50256, 1, 258])
    assert path.read_bytes() == (
        struct.pack("<3i", 20240520, 1, 3) + bytes(1012) + b"\x50\xc4" + b"\x01\x00" + b"\x02\x01"
    )
    assert shards.read_shard(path).tolist() == [50256, 1, 258]
    assert [each.name for each in tmp_path.iterdir()] == ["a.bin"]


@given(st.lists(st.integers(0, 50256), max_size=50))
def test_what_is_written_is_read(
    module: Import, tmp_path_factory: pytest.TempPathFactory, tokens: list[int]
) -> None:
    shards = module("originals.shards")
    path = tmp_path_factory.mktemp("shard") / "a.bin"
    shards.write_shard(path, tokens)
    assert shards.read_shard(path).tolist() == tokens
    assert shards.check_tokens(path) == len(tokens)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"magic": 7}, "the magic number 20240520"),
        ({"magic": int.from_bytes((20240520).to_bytes(4, "big"), "little", signed=True)}, "big-endian"),
        ({"version": 2}, "Expected: version 1"),
        ({"tokens": -1}, "a number of tokens"),
        ({"tokens": 6}, "1,036 bytes for 6 tokens\n  Found: 1,034 bytes: the file is cut off"),
        ({"tokens": 4}, "something after the last token"),
        ({"body": 9}, "cut off"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(
    shards: Any, tmp_path: Path, changed: dict[str, int], told: str
) -> None:
    with pytest.raises(BadFile) as raised:
        shards.read_shard(written(tmp_path / "a.bin", **changed))
    assert told in str(raised.value)
    assert "a.bin" in str(raised.value)


def test_a_file_shorter_than_its_header_and_none_at_all(shards: Any, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\0" * 100)
    with pytest.raises(BadFile, match="100 bytes: the file is cut off"):
        shards.count_tokens(tmp_path / "a.bin")
    with pytest.raises(BadFile, match="No such file"):
        shards.count_tokens(tmp_path / "b.bin")


def test_an_id_beyond_the_vocabulary(shards: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    shards.write_shard(path, [1, 2, 3])
    path.write_bytes(path.read_bytes()[:-2] + b"\xff\xff")
    assert shards.count_tokens(path) == 3
    with pytest.raises(BadFile, match="token 2") as raised:
        shards.check_tokens(path)
    assert "65535" in str(raised.value)
    with pytest.raises(ValueError, match="50257"):
        shards.write_shard(path, [50257])
    with pytest.raises(ValueError, match="-1"):
        shards.write_shard(path, [-1])


def test_synthetic_tokens_look_like_text(shards: Any) -> None:
    tokens = shards.synthetic_tokens(200_000, seed=1)
    assert tokens[0] == shards.END_OF_TEXT
    documents = int((tokens == shards.END_OF_TEXT).sum())
    assert 200 < documents < 800
    counts = numpy.sort(numpy.bincount(tokens, minlength=shards.VOCABULARY))[::-1]
    assert 0.02 < counts[0] / 200_000 < 0.2
    assert (counts > 0).sum() > 10_000
    repeated = numpy.mean([(tokens[64:] == tokens[64 - back : -back]).mean() for back in range(1, 64)])
    shuffled = numpy.random.default_rng(0).permutation(tokens)
    apart = numpy.mean([(shuffled[64:] == shuffled[64 - back : -back]).mean() for back in range(1, 64)])
    assert repeated > 1.2 * apart


def test_the_seed_decides(shards: Any) -> None:
    assert (shards.synthetic_tokens(1000, seed=1) == shards.synthetic_tokens(1000, seed=1)).all()
    assert (shards.synthetic_tokens(1000, seed=1) != shards.synthetic_tokens(1000, seed=2)).any()


def test_a_synthetic_set_is_found_as_a_real_one(shards: Any, tmp_path: Path) -> None:
    folder = tmp_path / shards.DATA
    made = shards.make_synthetic(folder, shards=2, tokens=shards.least_tokens(2, 4, 8), validation_tokens=33)
    assert made == shards.find_shards(folder, 2)
    assert made.train_tokens == 2 * 65
    assert [path.name for path in made.train] == ["fineweb_train_000001.bin", "fineweb_train_000002.bin"]
    digests = made.digests()
    assert len(set(digests.values())) == 3
    again = shards.make_synthetic(tmp_path / "again", shards=2, tokens=65, validation_tokens=33)
    assert again.digests() == digests


def test_missing_shards_are_named_with_the_command(shards: Any, tmp_path: Path) -> None:
    shards.make_synthetic(tmp_path, shards=1, tokens=10, validation_tokens=10)
    with pytest.raises(MissingRequirement) as raised:
        shards.find_shards(tmp_path, 10)
    message = str(raised.value)
    assert "9 shards" in message
    assert "fineweb_train_000002.bin" in message
    assert "and 5 more" in message
    assert "fineweb_val" not in message
    assert "python data/cached_fineweb10B.py 10" in message


def test_a_gap_is_no_matter_of_number(shards: Any, tmp_path: Path) -> None:
    made = shards.make_synthetic(tmp_path, shards=3, tokens=10, validation_tokens=10)
    made.train[1].unlink()
    with pytest.raises(MissingRequirement, match="000002"):
        shards.find_shards(tmp_path, 2)
    assert len(shards.find_shards(tmp_path, 1).train) == 1


def test_one_bad_shard_among_those_found(shards: Any, tmp_path: Path) -> None:
    made = shards.make_synthetic(tmp_path, shards=3, tokens=10, validation_tokens=10)
    with made.train[1].open("ab") as file:
        file.write(b"x")
    assert len(shards.find_shards(tmp_path, 1).train) == 1
    with pytest.raises(BadFile, match="000002"):
        shards.find_shards(tmp_path, 2)
