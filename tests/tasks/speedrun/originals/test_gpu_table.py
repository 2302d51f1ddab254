"""The table of requirements, against the facts it was made from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentkit.errors import MissingRequirement, UnknownName

Import = Callable[[str], Any]
EXACT = [*range(4, 15), 16, 17, *range(43, 90)]


@pytest.fixture
def table(originals: Import) -> Any:
    return originals("gpu_table")


def of(table: Any, what: Callable[[Any], bool]) -> list[int]:
    return [number for number, row in table.read_table().records.items() if what(row)]


def test_every_record_has_a_row(table: Any) -> None:
    assert of(table, lambda row: True) == list(range(1, 90))
    assert set(table.read_table().reasons) == {"arguments", "kept", "shrinks", "asserts"}


def test_what_one_gpu_can_do(table: Any) -> None:
    assert of(table, lambda row: row.one_gpu == "exact") == EXACT
    assert of(table, lambda row: row.one_gpu == "asserts") == [1, 2, 15, 22, 23, 26]
    assert of(table, lambda row: row.one_gpu == "shrinks") == [21, 24, 25]
    assert of(table, lambda row: row.one_gpu == "summed") == [18, 19, 20, *range(27, 39)]
    assert of(table, lambda row: row.one_gpu == "kept") == [39, 40, 41, 42]


def test_needs_begin_where_upstream_brought_them_in(table: Any) -> None:
    assert of(table, lambda row: "flex" in row.needs) == list(range(12, 29))
    assert of(table, lambda row: "fp8" in row.needs) == list(range(19, 90))
    assert of(table, lambda row: "triton" in row.needs) == list(range(27, 90))
    assert of(table, lambda row: "fa3" in row.needs) == list(range(29, 90))


def test_shards_are_enough_for_the_tokens(table: Any) -> None:
    shards = {number: row.shards for number, row in table.read_table().records.items() if row.shards}
    assert [shards[number] for number in (1, 2, 3, 4, 5, 8, 9, 11, 12, 14, 15, 21)] == [
        65, 50, 37, 33, 27, 25, 17, 16, 10, 9, 8, 7,
    ]  # fmt: skip
    for number, steps in {1: 24576, 2: 9536, 5: 5100, 12: 1875, 20: 1393, 21: 1770}.items():
        assert table.requirements(number).tokens * steps <= shards[number] * 10**8


@pytest.mark.parametrize(
    ("record", "why"),
    [(1, "asserts that there are 8"), (15, "asserts"), (39, "adds the gradients"), (21, "1/8 of the batch")],
)
def test_one_gpu_refuses_what_is_not_exact(table: Any, record: int, why: str) -> None:
    with pytest.raises(MissingRequirement, match=why) as raised:
        table.one_gpu_plan(record)
    assert "on one GPU: records 4-14, 16-20, 27-38, 43-89" in str(raised.value)
    assert "--profile gpu8" in str(raised.value)


def test_one_gpu_where_it_is_exact(table: Any) -> None:
    assert all(table.one_gpu_plan(number) == table.OneGpuPlan() for number in EXACT)
    assert table.one_gpu_plan(20) == table.one_gpu_plan(27) == table.OneGpuPlan(averaged=True)
    assert table.one_gpu_plan(3).arguments == ("--accumulation=8", "--val_max_steps=160")
    with pytest.raises(MissingRequirement, match="modded-nanogpt"):
        table.one_gpu_plan(3, from_templates=True)
    with pytest.raises(UnknownName):
        table.one_gpu_plan(90)


def test_what_a_machine_lacks(table: Any) -> None:
    bare = table.Machine()
    assert table.lacks(5, bare, 1) == ("1 GPU (it has 0)",)
    a100 = table.Machine(gpus=8, capability=(8, 0), torch=(2, 10), packages=("kernels",))
    assert table.lacks(12, a100, 8) == ()
    assert table.lacks(12, a100, 16) == ("16 GPUs (it has 8)",)
    assert table.lacks(43, a100, 8) == (
        "fp8: compute capability 9.0 (it has 8.0)",
        "fa3: compute capability 9.0 (it has 8.0)",
    )
    old = table.Machine(gpus=8, capability=(9, 0), torch=(2, 4))
    assert table.lacks(12, old, 8) == ("flex: torch 2.5 (it has 2.4)",)
    h100 = table.Machine(gpus=8, capability=(9, 0), torch=(2, 10), packages=("kernels",))
    assert table.lacks(80, h100, 8) == ()
    assert table.lacks(89, h100, 8) == ("the package tiktoken",)
    assert table.lacks(29, h100, 8) == ("the package flash_attn_interface",)
