"""Token shards of FineWeb: reading, checking, writing, and making small ones that look alike.

A file is a header of 256 int32 (magic 20240520, version 1, number of tokens, then zeros) and that many uint16
tokens, little-endian: GPT-2's BPE, where each document begins with 50256. The real ones hold 10^8 tokens.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
from numpy.typing import NDArray

from agentkit.errors import BadFile, MissingRequirement
from agentkit.evaluation.locked import digest_of

MAGIC, VERSION = 20240520, 1
HEADER_BYTES, TOKEN_BYTES = 1024, 2
END_OF_TEXT, VOCABULARY = 50256, 50257
TOKENS_PER_SHARD = 100_000_000
VALIDATION_TOKENS = 10_485_760
DATA = "data/fineweb10B"
"""Where upstream's scripts look, below the folder they run in."""
TRAIN, VALIDATION = "fineweb_train_*.bin", "fineweb_val_*.bin"
LOADER = "data/cached_fineweb10B.py"
"""Upstream's downloader; its argument is the number of training shards."""
Tokens = NDArray[numpy.uint16]


def count_tokens(path: Path) -> int:
    """What the header says, after comparing it with the file's length; raises BadFile.

    A script would read a wrong count as tokens of nothing, or stop hours later.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(HEADER_BYTES)
    except OSError as error:
        raise BadFile(path, "", "a shard of tokens", error.strerror or str(error)) from error
    if len(header) < HEADER_BYTES:
        raise BadFile(path, "header", f"{HEADER_BYTES} bytes", f"{len(header)} bytes: the file is cut off")
    magic, version, tokens = struct.unpack_from("<3i", header)
    if magic != MAGIC:
        swapped = struct.unpack_from(">i", header)[0] == MAGIC
        raise BadFile(
            path, "header[0]", f"the magic number {MAGIC}", str(magic),
            "It is the right one in big-endian order: convert the file" if swapped else "",
            "Next: make it with upstream's data/fineweb.py, or get it with its " + LOADER,
        )  # fmt: skip
    if version != VERSION:
        raise BadFile(path, "header[1]", f"version {VERSION}", str(version))
    if tokens < 0:
        raise BadFile(path, "header[2]", "a number of tokens", str(tokens))
    wanted = HEADER_BYTES + TOKEN_BYTES * tokens
    if size != wanted:
        why = "the file is cut off" if size < wanted else "there is something after the last token"
        raise BadFile(path, "header[2]", f"{wanted:,} bytes for {tokens:,} tokens", f"{size:,} bytes: {why}")
    return int(tokens)


def read_shard(path: Path) -> Tokens:
    """The tokens, shape (tokens,), mapped from the file and read-only. Raises BadFile."""
    tokens = count_tokens(path)
    if tokens == 0:
        return numpy.empty(0, dtype="<u2")
    return numpy.memmap(path, dtype="<u2", mode="r", offset=HEADER_BYTES, shape=(tokens,))


def check_tokens(path: Path) -> int:
    """Reads it whole: how many tokens there are, all of them of the vocabulary. Raises BadFile."""
    tokens = read_shard(path)
    beyond = int(tokens.max(initial=0))
    if beyond >= VOCABULARY:
        place = int(tokens.argmax())
        raise BadFile(path, f"token {place}", f"an id below {VOCABULARY}", str(beyond))
    return len(tokens)


def write_shard(path: Path, tokens: Sequence[int] | NDArray[numpy.integer]) -> None:
    """Under its name only once it is whole. Raises ValueError for what is no GPT-2 token."""
    values = numpy.asarray(tokens)
    if values.size and (values.min() < 0 or values.max() >= VOCABULARY):
        raise ValueError(f"token ids run from {values.min()} to {values.max()}, beyond 0 to {END_OF_TEXT}")
    header = numpy.zeros(HEADER_BYTES // 4, dtype="<i4")
    header[:3] = MAGIC, VERSION, values.size
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(header.tobytes())
        file.write(values.astype("<u2").tobytes())
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def synthetic_tokens(count: int, seed: int) -> Tokens:
    """`count` tokens to try a script on: documents of a few hundred tokens, frequencies as in text.

    Ids follow Zipf's law, and some tokens repeat one that came shortly before, so that a loss can fall.
    """
    random = numpy.random.default_rng(seed)
    weights = 1.0 / (numpy.arange(END_OF_TEXT) + 2.7)
    shares = numpy.cumsum(weights) / weights.sum()
    # searchsorted may return the length for a draw of 1 - 2^-53, and rounding decides whether it does.
    ids = numpy.minimum(numpy.searchsorted(shares, random.random(count)), END_OF_TEXT - 1)
    source = numpy.arange(count) - random.integers(1, 64, count)
    repeats = (random.random(count) < 0.3) & (source >= 0)
    ids = numpy.where(repeats, ids[numpy.maximum(source, 0)], ids)
    lengths = random.lognormal(6.0, 1.0, count // 100 + 2).astype(int) + 1
    starts = numpy.concatenate([[0], numpy.cumsum(lengths)])
    ids[starts[starts < count]] = END_OF_TEXT
    return ids.astype("<u2")


@dataclass(frozen=True)
class ShardSet:
    """Files for one run; digests are of the files as they are."""

    train: tuple[Path, ...]
    validation: tuple[Path, ...]

    def digests(self) -> dict[str, str]:
        return {path.name: digest_of(path) for path in (*self.train, *self.validation)}

    @property
    def train_tokens(self) -> int:
        return sum(map(count_tokens, self.train))


def make_synthetic(folder: Path, shards: int, tokens: int, validation_tokens: int, seed: int = 0) -> ShardSet:
    """`shards` training shards of `tokens` each and one for validation, named as upstream names them.

    A loader wants one token more than a step of all ranks takes: see `least_tokens`.
    """
    train = [folder / TRAIN.replace("*", f"{number:06d}") for number in range(1, shards + 1)]
    validation = folder / VALIDATION.replace("*", f"{0:06d}")
    for number, path in enumerate(train, start=1):
        write_shard(path, synthetic_tokens(tokens, seed=seed * 1000 + number))
    write_shard(validation, synthetic_tokens(validation_tokens, seed=seed * 1000))
    return ShardSet(tuple(train), (validation,))


def least_tokens(ranks: int, sequences: int, length: int) -> int:
    """Fewest tokens in a shard for one step of `ranks` times `sequences` windows of `length`."""
    return ranks * sequences * length + 1


def find_shards(folder: Path, shards: int) -> ShardSet:
    """The first `shards` training shards and those for validation; raises MissingRequirement, BadFile.

    By number: a gap would be another order of data than the record's.
    """
    wanted = [TRAIN.replace("*", f"{number:06d}") for number in range(1, shards + 1)]
    train = [folder / name for name in wanted]
    validation = sorted(folder.glob(VALIDATION))
    lacking = [path.name for path in train if not path.is_file()]
    lacking += [] if validation else [VALIDATION.replace("*", f"{0:06d}")]
    if lacking:
        shown = ", ".join(lacking[:4]) + (f" and {len(lacking) - 4} more" if len(lacking) > 4 else "")
        raise MissingRequirement(
            f"{len(lacking)} shards of FineWeb are missing.",
            f"Wanted: {shards} for training and one for validation, {TOKENS_PER_SHARD:,} tokens each",
            f"Missing: {shown}",
            f"Looked in: {folder}",
            f"Next: python {LOADER} {shards}, in a checkout of modded-nanogpt",
        )
    for path in (*train, *validation):
        count_tokens(path)
    return ShardSet(tuple(train), tuple(validation))
