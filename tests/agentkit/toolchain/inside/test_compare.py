from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agentkit.toolchain.inside.compare import compare, flat, row_of


def rows(found: Any, exact: Any) -> dict[str, Any]:
    return row_of("output", found, np.asarray(exact, np.float64), np.asarray(exact, np.float32))


def test_a_rounding_is_right_and_a_wrong_value_is_found_where_it_is() -> None:
    exact = np.linspace(1, 2, 12).reshape(3, 4)
    good = exact.astype(np.float32)
    assert rows(good, exact)["wrong"] == 0
    bad = good.copy()
    bad[1, 2] += 0.01
    found = rows(bad, exact)
    assert (found["wrong"], found["first"]["index"]) == (1, [1, 2])
    assert found["max_absolute"] == pytest.approx(0.01, rel=1e-3)


def test_not_a_number_is_counted_and_equals_only_itself() -> None:
    values = np.array([np.nan, np.inf, 1.0], np.float32)
    found = rows(values, [1.0, 2.0, 1.0])
    assert (found["nan"], found["inf"], found["wrong"]) == (1, 1, 2)
    assert rows(values, [np.nan, np.inf, 1.0])["wrong"] == 0
    assert rows(np.array([1.0], np.float32), [np.nan])["wrong"] == 1


def test_whole_numbers_and_truths_are_exact() -> None:
    whole = np.array([1, 2, 3])
    assert row_of("o", whole + (whole > 2), whole, whole)["wrong"] == 1
    truths = np.array([True, False])
    assert row_of("o", ~truths, truths, truths)["wrong"] == 2


def test_a_shape_and_a_layout_are_told() -> None:
    assert rows(np.zeros((2, 3)), np.zeros((3, 2)))["fault"] == "shape"
    turned = rows(np.zeros((3, 2), np.float32).T, np.zeros((2, 3)))
    assert (turned["strides"], turned["reference"]["strides"]) == ([1, 2], [3, 1])


def test_nested_outputs_have_names() -> None:
    assert [name for name, _ in flat({"a": (1, [2]), "b": 3})] == [
        "output['a'][0]", "output['a'][1][0]", "output['b']",
    ]  # fmt: skip


def test_tensors_in_half_precision_against_float64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    Path("k.py").write_text(
        "import torch\n"
        "def inputs(seed):\n    g = torch.Generator().manual_seed(seed)\n"
        "    return torch.randn(8, 8, generator=g), torch.randn(8, 8, generator=g)\n"
        "def product(a, b): return a @ b\n"
        "def rough(a, b): return (a.bfloat16() @ b.bfloat16()).float()\n"
        "def inplace(a, b):\n    a += 1\n    return a\n"
    )
    question = {
        "candidate": "k.py:product",
        "reference": "k.py:product",
        "inputs": "k.py:inputs",
        "seeds": [1, 2],
    }
    found = compare(question)
    assert [row["wrong"] for each in found["outputs"] for row in each] == [0, 0]
    assert found["wide"] and found["repeats"] and not found["inputs_changed"]
    (row,) = compare({**question, "candidate": "k.py:rough", "seeds": [1]})["outputs"][0]
    assert row["wrong"] > 32 and row["reference_absolute"] < 1e-5
    inplace = compare({**question, "candidate": "k.py:inplace", "seeds": [1]})
    assert inplace["inputs_changed"] == [0]
    assert inplace["aliases"] == ["output is input 0"]
