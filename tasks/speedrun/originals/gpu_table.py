"""What each record's script needs of a machine, and whether one GPU can do what eight did."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from agentkit.contracts.record import Record
from agentkit.errors import MissingRequirement, UnknownName
from agentkit.evaluation.toml_record import read_toml_record

TABLE = Path(__file__).with_name("gpu.toml")
RANKS = 8
"""What every record was set on."""
OneGpu = Literal["exact", "arguments", "summed", "kept", "shrinks", "asserts"]
POSSIBLE: tuple[OneGpu, ...] = ("exact", "summed")
Need = Literal["flex", "triton", "fp8", "fa3"]
LEAST_CAPABILITY: Mapping[Need, tuple[int, int]] = {
    "flex": (8, 0),
    "triton": (8, 0),
    "fp8": (9, 0),
    "fa3": (9, 0),
}
"""Compute capability; 9.0 is H100 and H200."""
LEAST_TORCH: Mapping[Need, tuple[int, int]] = {"flex": (2, 5)}


class Requirements(Record):
    """One row of `gpu.toml`."""

    one_gpu: OneGpu
    needs: tuple[Need, ...] = ()
    packages: tuple[str, ...] = ()
    torch: str = ""
    """Version in the author's log; others run it too, at other speeds."""
    shards: int | None = Field(default=None, gt=0)
    tokens: int | None = Field(default=None, gt=0)
    """A step, over all ranks."""
    arguments: tuple[str, ...] = ()
    """What makes one GPU do the work of eight, where `one_gpu` is `arguments`."""


class Table(Record):
    reasons: Mapping[OneGpu, str]
    """Why a record is refused."""
    records: Mapping[int, Requirements]


class Machine(Record):
    """What is at hand. The adapter asks torch in a process of its own."""

    gpus: int = 0
    capability: tuple[int, int] = (0, 0)
    """The least of all GPUs."""
    torch: tuple[int, int] = (0, 0)
    packages: tuple[str, ...] = ()
    """Of those that scripts import: flash_attn_interface, kernels, tiktoken."""


@cache
def read_table() -> Table:
    return read_toml_record(TABLE, Table)


def requirements(record: int) -> Requirements:
    """Of a record of the main track; raises UnknownName."""
    records = read_table().records
    if record not in records:
        raise UnknownName("record", str(record), map(str, records), (TABLE.name,))
    return records[record]


class OneGpuPlan(Record):
    """What turns a record's script into the same training on one GPU."""

    arguments: tuple[str, ...] = ()
    """To add to the command line."""
    averaged: bool = False
    """Whether the script needs `averaging.average_gradients`; both ends of a task do, or neither."""


def one_gpu_plan(record: int, from_templates: bool = False) -> OneGpuPlan:
    """Raises MissingRequirement where it would be another training."""
    row = requirements(record)
    if row.one_gpu in POSSIBLE:
        return OneGpuPlan(averaged=row.one_gpu == "summed")
    if row.one_gpu == "arguments" and not from_templates:
        return OneGpuPlan(arguments=row.arguments)
    runs = [number for number, each in read_table().records.items() if each.one_gpu in POSSIBLE]
    near = min(runs, key=lambda number: abs(number - record))
    raise MissingRequirement(
        f"Record {record} cannot run on one GPU: {read_table().reasons[row.one_gpu]}.",
        f"The same training on one GPU: records {spans(runs)}",
        f"Next: --profile gpu8 on a machine with {RANKS} GPUs, or another record, such as {near}",
    )


def lacks(record: int, machine: Machine, ranks: int) -> tuple[str, ...]:
    """What this machine lacks for a run on `ranks` GPUs, one phrase each; empty: nothing known here."""
    return lacks_of(requirements(record), machine, ranks)


def lacks_of(row: Requirements, machine: Machine, ranks: int) -> tuple[str, ...]:
    """The same for any script."""
    found = []
    if machine.gpus < ranks:
        found.append(f"{ranks} GPU{'s' if ranks > 1 else ''} (it has {machine.gpus})")
    for need in row.needs:
        least, torch = LEAST_CAPABILITY[need], LEAST_TORCH.get(need, (0, 0))
        if machine.gpus and machine.capability < least:
            found.append(f"{need}: compute capability {dotted(least)} (it has {dotted(machine.capability)})")
        if machine.torch < torch:
            found.append(f"{need}: torch {dotted(torch)} (it has {dotted(machine.torch)})")
    found += [f"the package {name}" for name in row.packages if name not in machine.packages]
    return tuple(found)


def dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}" if any(version) else "none"


def spans(numbers: list[int]) -> str:
    """1, 2, 3, 7 as `1-3, 7`."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][-1] + 1:
            found[-1].append(number)
        else:
            found.append([number])
    return ", ".join(f"{each[0]}-{each[-1]}" if len(each) > 1 else str(each[0]) for each in found)
