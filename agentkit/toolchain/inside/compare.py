"""Compares what a candidate returns with a reference in float64, on fresh inputs.

Asked with a JSON object: `candidate`, `reference` (`file.py:function`), `inputs` (the same: a function of a
seed, or of nothing, that returns the arguments) and `seeds`. Answers with `outputs` (for each seed a list of
rows), `inputs_changed` (numbers of arguments that the candidate wrote to), `aliases` (outputs that are memory
of an argument), `repeats` (whether a second call gave the same) and `wide` (whether the reference took
float64). Arrays are of numpy or of torch.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from agentkit.toolchain.inside.callables import Inputs, load

TOLERANCES = {"float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5),
              "float64": (1e-7, 1e-7)}  # fmt: skip
"""(relative, absolute), by the candidate's type: the defaults of `torch.testing.assert_close`."""
OWN_ERRORS = 2.0
"""A candidate may also be so many times as far off as the reference is in its own type."""


def is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def is_array(value: Any) -> bool:
    return is_tensor(value) or isinstance(value, np.ndarray | np.generic)


def numbers(value: Any) -> Any:
    """As numpy: floats as float64, complex numbers and whole ones as they are."""
    if is_tensor(value):
        value = value.detach()
        value = (value.double() if value.is_floating_point() else value).cpu().resolve_conj().numpy()
    array = np.asarray(value)
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def widened(value: Any) -> Any:
    if is_tensor(value):
        return value.double() if value.is_floating_point() else value
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.astype(np.float64)
    return value


def flat(value: Any, name: str = "output") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [row for key, each in value.items() for row in flat(each, f"{name}[{key!r}]")]
    if isinstance(value, tuple | list):
        return [row for number, each in enumerate(value) for row in flat(each, f"{name}[{number}]")]
    return [(name, value)]


def described(value: Any) -> dict[str, Any]:
    if is_tensor(value):
        return {"dtype": str(value.dtype).removeprefix("torch."), "shape": list(value.shape),
                "strides": list(value.stride()), "device": str(value.device)}  # fmt: skip
    array = np.asarray(value)
    strides = [each // max(array.itemsize, 1) for each in array.strides]
    return {"dtype": str(array.dtype), "shape": list(array.shape), "strides": strides, "device": "cpu"}


def shares_memory(one: Any, other: Any) -> bool:
    if is_tensor(one) and is_tensor(other):
        places = [each.untyped_storage().data_ptr() for each in (one, other)]
        return bool(one.numel()) and places[0] == places[1]
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return bool(np.may_share_memory(one, other))
    return False


def row_of(name: str, found: Any, exact: Any, own: Any) -> dict[str, Any]:
    """One output beside the reference in float64 and the reference in its own type."""
    row: dict[str, Any] = {"name": name, **described(found), "reference": described(own)}
    values, truth = numbers(found), numbers(exact)
    if values.shape != truth.shape:
        return {**row, "fault": "shape"}
    is_float = values.dtype.kind in "fc"
    row["nan"], row["inf"] = (int(test(values).sum()) if is_float else 0 for test in (np.isnan, np.isinf))
    apart, own_apart = distances(values, truth), distances(numbers(own), truth)
    own_worst = float(np.max(np.where(np.isfinite(own_apart), own_apart, 0.0), initial=0.0))
    size = np.nan_to_num(np.abs(truth)) if truth.dtype.kind in "fc" else np.zeros(truth.shape)
    relative, absolute = TOLERANCES.get(row["dtype"], (0.0, 0.0))
    wrong = apart > absolute + relative * size + OWN_ERRORS * own_worst
    scaled = np.divide(apart, size, out=np.zeros(apart.shape), where=(size > 0) & (apart > 0))
    row["max_absolute"], row["max_relative"] = float(apart.max(initial=0.0)), float(scaled.max(initial=0.0))
    row["reference_absolute"], row["wrong"], row["size"] = own_worst, int(wrong.sum()), int(values.size)
    if row["wrong"]:
        index = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
        place = [int(each) for each in index]
        row["first"] = {"index": place, "found": str(values[index]), "wanted": str(truth[index])}
    return row


def distances(values: Any, truth: Any) -> Any:
    """Of each value from the true one. NaN is infinitely far from all but NaN, infinity from all others."""
    with np.errstate(all="ignore"):
        same = (values == truth) | ((values != values) & (truth != truth))
        if truth.dtype.kind == "b" or values.dtype.kind == "b":
            return np.where(same, 0.0, 1.0)
        kind = np.complex128 if "c" in (values.dtype.kind, truth.dtype.kind) else np.float64
        apart = np.where(same, 0.0, np.abs(values.astype(kind) - truth.astype(kind)))
        return np.where(np.isnan(apart), np.inf, apart)


def compare(question: dict[str, Any]) -> dict[str, Any]:
    """The candidate runs first: nothing of a reference lies in memory that it could find."""
    candidate, inputs = load(question["candidate"]), Inputs(question["inputs"])
    reference = load(question["reference"])
    answer: dict[str, Any] = {
        "outputs": [],
        "inputs_changed": [],
        "aliases": [],
        "wide": True,
        "repeats": True,
    }
    for seed in question["seeds"]:
        arguments, untouched = inputs(seed), inputs(seed)
        found = flat(candidate(*arguments))
        again = flat(candidate(*inputs(seed)))
        for number, (after, before) in enumerate(zip(arguments, untouched, strict=True)):
            if is_array(after) and not np.array_equal(numbers(after), numbers(before), equal_nan=True):
                answer["inputs_changed"].append(number)
        answer["aliases"] += [
            f"{name} is input {number}" for name, each in found
            for number, argument in enumerate(arguments) if shares_memory(each, argument)
        ]  # fmt: skip
        own = flat(reference(*inputs(seed)))
        try:
            exact = flat(reference(*map(widened, inputs(seed))))
        except Exception as error:  # noqa: BLE001 - the reference may take its own type only
            exact, answer["wide"] = own, False
            print(f"the reference does not take float64: {error!r}")
        names = ([name for name, _ in each] for each in (found, own))
        if len(found) != len(own):
            answer["outputs"].append([{"name": "outputs", "fault": "count", "names": list(names)}])
            continue
        answer["outputs"].append(
            [
                row_of(name, one, true, mine)
                for (name, one), (_, true), (_, mine) in zip(found, exact, own, strict=True)
            ]
        )
        answer["repeats"] &= all(
            np.array_equal(numbers(one), numbers(two), equal_nan=numbers(one).dtype.kind in "fc")
            for (_, one), (_, two) in zip(found, again, strict=True)
        )
    return answer


if __name__ == "__main__":
    print(sys.argv[2] + json.dumps(compare(json.loads(sys.argv[1]))), flush=True)
