"""What a run says of its plans counts only where the harness finds the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..conftest import module

records = module("souffle_mini.records")
levels = module("souffle_mini.levels")
plans = module("souffle_mini.files.start.machine.plans")

COST = plans.Cost(kernels=3, syncs=1, read=100, written=50, flops=10)
TABLE = {"g": {"V0": levels.Weighed(COST, COST), "V1": levels.Weighed(COST, COST, "it is wrong")}}
HEAD = "graph,level,kernels,syncs,bytes,microseconds\n"
GOOD = f"3,1,150,{COST.microseconds}"


@pytest.mark.parametrize(
    ("text", "share"),
    [
        (f"{HEAD}g,V0,{GOOD}\n", 0.5),
        (f"{HEAD}g,V0,{GOOD}\ng,V1,{GOOD}\n", 0.5),  # no row makes a wrong plan right
        (f"{HEAD}g,V0,3,1,151,{COST.microseconds}\n", 0.0),
        (f"{HEAD}g,V0,3,1,150,nan\n", 0.0),
        (f"{HEAD}g,V0,3\n", 0.0),
        ("", 0.0),
    ],
)
def test_ablation(text: str, share: float) -> None:
    assert records.ablation_right(TABLE, text.encode()) == share


@pytest.mark.parametrize(
    ("error", "broken", "share"), [(0.0, 1e-3, 0.5), (1e-3, 1e-3, 0.0), (0.0, 0.0, 0.0), (-1.0, 1.0, 0.0)]
)
def test_a_test_that_notices_nothing_is_none(error: float, broken: float, share: float) -> None:
    rows = [{"graph": "g", "level": level, "error": error, "broken": broken} for level in ("V0", "V1")]
    assert records.correctness_right(TABLE, rows) == share


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), lambda each: st.lists(each), max_leaves=6
)


@given(st.binary(), JSON)
def test_nothing_that_is_read_can_raise(data: bytes, written: Any) -> None:
    assert records.ablation_right(TABLE, data) == 0.0
    assert records.ablation_right(TABLE, json.dumps(written).encode()) == 0.0
    assert records.correctness_right(TABLE, written) == 0.0
