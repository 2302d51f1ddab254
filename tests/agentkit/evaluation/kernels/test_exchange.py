"""The memory between harness and child, by a second look at its file as the child has it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from agentkit.evaluation.kernels.exchange import Exchange, ExchangeDamaged, Placed, capacity_for
from agentkit.evaluation.kernels.inputs import Laid, lay

SHAPE = (6, 5)


@pytest.fixture
def inputs() -> list[Laid]:
    rng = np.random.default_rng(1)
    return [lay(rng.standard_normal(SHAPE, dtype=np.float32), "plain", rng) for _ in range(2)]


def capacity(inputs: list[Laid]) -> int:
    return capacity_for([*(each.storage.nbytes for each in inputs), 4 * 30])


def test_what_is_sent_is_there_and_what_is_written_comes_back(inputs: list[Laid]) -> None:
    with Exchange(capacity(inputs)) as exchange:
        placed = exchange.place(inputs, SHAPE, "float32", np.random.default_rng(2))
        exchange.poison(placed)
        exchange.send(inputs, placed)
        path = exchange.mount.source
        for each, start in zip(inputs, placed.starts, strict=True):
            assert path.read_bytes()[start:].startswith(each.storage.tobytes())
        output = np.zeros(SHAPE, np.float32)
        exchange.take(placed, output)
        assert np.isnan(output).all()
        with path.open("r+b") as file:
            file.seek(placed.output)
            file.write(inputs[1].storage.tobytes())
        exchange.take(placed, output)
        assert np.array_equal(output, inputs[1].view)
        assert exchange.changed(inputs, placed) == ()
    assert not path.parent.exists()


def test_places_are_new_and_never_overlap(inputs: list[Laid]) -> None:
    rng = np.random.default_rng(3)
    found: set[Placed] = set()
    with Exchange(capacity(inputs)) as exchange:
        for _ in range(200):
            placed = exchange.place(inputs, SHAPE, "float32", rng)
            ends = [start + each.storage.nbytes for start, each in zip(placed.starts, inputs, strict=True)]
            spans = sorted([*zip(placed.starts, ends, strict=True), (placed.output, placed.output + 120)])
            assert all(end <= start for (_, end), (start, _) in zip(spans, spans[1:], strict=False))
            assert spans[-1][1] <= exchange.capacity
            assert all(start % 64 == 0 for start, _ in spans)
            found.add(placed)
    assert len(found) > 190
    assert len({each.output < each.starts[0] for each in found}) == 2


def test_a_changed_input_is_seen(inputs: list[Laid]) -> None:
    with Exchange(capacity(inputs)) as exchange:
        placed = exchange.place(inputs, SHAPE, "float32", np.random.default_rng(4))
        exchange.send(inputs, placed)
        with exchange.mount.source.open("r+b") as file:
            file.seek(placed.starts[1] + 7)
            file.write(b"\x01")
        assert exchange.changed(inputs, placed) == (2,)


def test_a_file_cut_short_is_said_and_kills_nobody(inputs: list[Laid]) -> None:
    """A harness that mapped the file would die of SIGBUS here."""
    with Exchange(capacity(inputs)) as exchange:
        placed = exchange.place(inputs, SHAPE, "float32", np.random.default_rng(5))
        exchange.send(inputs, placed)
        os.truncate(exchange.mount.source, 0)
        with pytest.raises(ExchangeDamaged):
            exchange.take(placed, np.zeros(SHAPE, np.float32))


def test_nobody_else_of_the_machine_reaches_it(tmp_path: Path) -> None:
    with Exchange(4096) as exchange:
        assert exchange.mount.source.parent.stat().st_mode & 0o077 == 0
