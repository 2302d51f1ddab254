"""Compare what a candidate computes with a reference in float64."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from agentkit import ToolContext, ToolResult, tool
from agentkit.contracts.jobs import GpuRequest
from agentkit.source.excerpt import LIMIT, cut_line, excerpt, printable
from agentkit.source.paths import Refused
from agentkit.toolbox.command import gpu_facts, how_it_ended, log_name, refused
from agentkit.toolchain.inside_program import Asked, ask_inside

FUNCTION = re.compile(r"[\w./-]+\.py:\w+")
MOST_SEEDS = 20
MOST_OUTPUTS = 20


@tool
async def compare_outputs(
    context: ToolContext,
    candidate: str,
    reference: str,
    inputs: str,
    seeds: int = 3,
    gpus: int = 0,
    timeout_seconds: float = 300,
) -> ToolResult:
    """Compare outputs with a reference in float64: errors, first mismatch, NaN, strides, aliasing.

    candidate: file.py:function, as reference
    inputs: file.py:function(seed) giving the arguments
    """
    began = time.monotonic()
    try:
        for name, value in (("candidate", candidate), ("reference", reference), ("inputs", inputs)):
            if not FUNCTION.fullmatch(value):
                raise Refused(f"{name} is written as file.py:function; it was {value!r}.")
        chosen = [random.getrandbits(31) for _ in range(min(max(seeds, 1), MOST_SEEDS))]
        question = {"candidate": candidate, "reference": reference, "inputs": inputs, "seeds": chosen}
        request = GpuRequest(count=gpus, exclusive=False)
        asked = await ask_inside(
            context, "compare_outputs", "compare", question, timeout_seconds, gpus=request
        )
        result = told(candidate, chosen, asked)
    except Refused as refusal:
        result = refused(str(refusal))
    return result.model_copy(update={"seconds": round(time.monotonic() - began, 4)})


def told(candidate: str, seeds: Sequence[int], asked: Asked) -> ToolResult:
    log = log_name(asked.ran.log)
    if asked.answer is None:
        said = excerpt(printable(asked.printed), 3000)
        raise Refused(f"Nothing was compared. {how_it_ended(asked.ran)}\n{said}\n[{log}]")
    answer = asked.answer
    rows = [row for rows in answer["outputs"] for row in rows]
    worst = [
        worst_of([row for row in rows if row["name"] == name])
        for name in dict.fromkeys(row["name"] for row in rows)
    ]
    faults = [line for row in worst if (line := fault_of(row))]
    faults += [
        f"the candidate wrote to its input {number}" for number in dict.fromkeys(answer["inputs_changed"])
    ]
    head = f"{candidate} {'differs' if faults else 'agrees'} on {len(seeds)} draws of inputs"
    head += f": {faults[0]}" if faults else ""
    notes = [f"{each}: the output is no memory of its own" for each in dict.fromkeys(answer["aliases"])]
    notes += [] if answer["repeats"] else ["called twice on the same inputs it gives different values"]
    if not answer["wide"]:
        notes.append("the reference does not take float64, so its own type was compared with")
    lines = [
        head,
        *faults[1:MOST_OUTPUTS],
        *(line for row in worst[:MOST_OUTPUTS] if (line := error_line(row))),
    ]
    lines += [f"[{each}]" for each in notes]
    if asked.printed.strip():
        lines.append(f"[What was printed is in {log}.]")
    return ToolResult(
        ok=not faults,
        summary=cut_line(head, 200),
        text=excerpt(printable("\n".join(lines)), LIMIT),
        data={
            "agrees": not faults,
            "faults": faults,
            "notes": notes,
            "outputs": worst,
            "seeds": list(seeds),
            "log": log,
        },
        gpu=gpu_facts(asked.ran),
    )


def worst_of(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Over all draws: the first with a fault, else that with the largest error."""
    broken = [row for row in rows if "fault" in row]
    if broken:
        return broken[0]
    return max(rows, key=lambda row: (row["wrong"] > 0, row["max_absolute"]))


def fault_of(row: Mapping[str, Any]) -> str:
    if row.get("fault") == "count":
        return f"other outputs: {row['names'][0]}, and the reference gives {row['names'][1]}"
    own = row["reference"]
    if row.get("fault") == "shape":
        return f"{row['name']} has the shape {row['shape']}, and the reference's is {own['shape']}"
    if row["wrong"]:
        first = row["first"]
        where = f"first at {first['index']}: {first['found']}, wanted {first['wanted']}"
        bad = f"{row['nan']} NaN and {row['inf']} Inf; " if row["nan"] or row["inf"] else ""
        return f"{row['name']}: {row['wrong']:,} of {row['size']:,} values are wrong; {bad}{where}"
    for what in ("dtype", "device"):
        if row[what] != own[what]:
            return f"{row['name']} is {what} {row[what]}, and the reference's is {own[what]}"
    return ""


def error_line(row: Mapping[str, Any]) -> str:
    if "fault" in row:
        return ""
    own = row["reference"]
    layout = (
        "" if row["strides"] == own["strides"] else f", strides {row['strides']} (reference {own['strides']})"
    )
    return (
        f"{row['name']} {row['dtype']} {row['shape']} on {row['device']}{layout}: error to float64 at most "
        f"{row['max_absolute']:.3g} absolute, {row['max_relative']:.3g} relative; "
        f"the reference in its own type is {row['reference_absolute']:.3g} off"
    )
