"""The rules of a kernel task, and how a case is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from agentkit.evaluation.kernels.problem import Case, KernelRules


def test_both_kinds_of_sizes_name_the_same_dimensions(rules: Callable[..., KernelRules]) -> None:
    assert rules().checked == {"n": (1, 40), "d": (1, 30)}
    with pytest.raises(ValidationError, match="timed sizes name"):
        rules(checked={"n": (1, 40)})


def test_a_case_is_told_in_words() -> None:
    case = Case({"n": 3, "d": 5}, "float32", "zeros", "strided")
    assert str(case) == "n=3, d=5, float32, zeros values, strided layout"
