from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.judge.checks.witness import witness


@pytest.mark.parametrize(
    "pattern",
    ["dropout", r"wandb\.init\(", r"class\s+\w+RND", r"def \w+\(self, .*\):", "[Dd]rop_?out|DropPath",
     r"^import os$", r"\blr\b\s*=\s*0?\.1", "a{3,5}b", "(?:a|b)+c", "x[^a-z]y", r"(a(b|c)d)?e",
     r"foo\b\s*\(", r"\d{4}-\d\d", "(?i)dropout", r"x\S+\W\D"],
)  # fmt: skip
def test_a_pattern_that_could_find_something(pattern: str) -> None:
    text = witness(pattern)
    assert text and re.search(pattern, text, re.MULTILINE)


@pytest.mark.parametrize(
    "pattern",
    ["", "(?!)", "a^b", r"a\bb", "$x", "(", "[", "a(?=b)", r"(a)\1", "^$", "x*", r"\Z", "[^\\s\\S]", "*"],
)
def test_one_that_could_not_or_is_not_understood(pattern: str) -> None:
    found = witness(pattern)
    assert found is None or re.search(pattern, found, re.MULTILINE)
    if pattern != "x*":
        assert found is None


@given(st.text(st.sampled_from("ab.*+?()[]{}|^$\\dws1,-: "), max_size=12))
def test_what_is_returned_is_matched(pattern: str) -> None:
    found = witness(pattern)
    assert found is None or re.search(pattern, found, re.MULTILINE)
