from typing import get_args

import pytest
from pydantic import ValidationError

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome, Status


def attempt(status: Status, fitness: float | None = None) -> Attempt:
    return Attempt(id="a1", operator="draft", outcome=Outcome(status=status), fitness=fitness)


def test_what_failed_without_breaking_a_rule_is_worth_a_repair() -> None:
    buggy = {status for status in get_args(Status) if attempt(status).buggy}
    assert buggy == {"crash", "timeout", "invalid"}


def test_an_attempt_is_valid_by_its_fitness_even_if_that_is_nought() -> None:
    assert attempt("valid", 0.0).valid
    assert not attempt("valid", None).valid, "the metric was missing or no number"


def test_a_misspelt_field_is_an_error_and_a_made_attempt_is_final() -> None:
    with pytest.raises(ValidationError, match="parent"):
        Expansion.model_validate({"operator": "improve", "parent": ["a1"]})
    with pytest.raises(ValidationError, match="frozen"):
        attempt("valid", 1.0).fitness = 2.0
