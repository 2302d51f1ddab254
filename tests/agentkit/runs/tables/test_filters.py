from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import UnknownName, UsageError
from agentkit.runs.tables.filters import is_filter, select, select_some
from tests.agentkit.runs.tables.written_runs import row

ROWS = [
    row(scaffold="aide", hints="text+paper", seed=0, score=0.5, labels={"setup": "aide, wide"}),
    row(scaffold="tree", hints="none", seed=1, score=0.9, simulated=True, labels={"setup": "tree"}),
    row(scaffold="tree", hints="text", seed=12, score=None, state="failed", labels={"setup": "tree"}),
]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("scaffold=tree", [1, 2]),
        ("scaffold=tree,seed=1", [1]),
        ("scaffold = aide | tree", [0, 1, 2]),
        ("hints=paper+text", [0]),
        ("scaffold!=tree", [0]),
        ("score>0.5", [1]),
        ("score>=0.5,score<0.9", [0]),
        ("score=", [2]),
        ("score=.50", [0]),
        ("seed>1", [2]),
        ("simulated=yes", [1]),
        ("setup=aide, wide,seed=0", [0]),
        ("state!=finished", [2]),
    ],
)
def test_filters(text: str, kept: list[int]) -> None:
    assert select(ROWS, text) == [ROWS[place] for place in kept]


@given(st.floats(-1, 1), st.sampled_from(["=", "!=", ">", "<=", "<", ">="]))
def test_a_condition_and_its_opposite_share_no_row(limit: float, sign: str) -> None:
    opposite = {"=": "!=", "!=": "=", ">": "<=", "<=": ">", "<": ">=", ">=": "<"}[sign]
    rows = [row(score=limit, seed=0), row(score=0.1, seed=1), row(score=-0.3, seed=2)]
    one, other = select(rows, f"score{sign}{limit!r}"), select(rows, f"score{opposite}{limit!r}")
    assert sorted([*one, *other], key=lambda row: row.seed or 0) == rows


def test_mistakes_are_told() -> None:
    with pytest.raises(UsageError, match="'nonsense' is no condition"):
        select(ROWS, "nonsense")
    with pytest.raises(UsageError, match="no number"):
        select(ROWS, "score>high")
    with pytest.raises(UnknownName, match="no column 'scafold'"):
        select(ROWS, "scafold=aide")
    with pytest.raises(UsageError, match="No run has scaffold=aid") as caught:
        select_some(ROWS, "scaffold=aid,seed=0")
    assert "Did you mean: aide?" in str(caught.value)
    with pytest.raises(UsageError, match="No run has all of"):
        select_some(ROWS, "scaffold=aide,seed=1")


def test_a_folder_is_no_filter() -> None:
    assert is_filter("scaffold=aide") and not is_filter("runs/aide")
