"""Which statements belong to the validation of a script."""

from __future__ import annotations

import pytest

from agentkit.source.statements import read_program
from agentkit.source.validation_parts import is_validating, outermost, validation_parts


def lines(text: str) -> list[int]:
    return [part.line for _, part in validation_parts(read_program(text))]


@pytest.mark.parametrize(
    "text",
    [
        "x_val = 1", "run(val_loader)", "args.val_tokens", "open('data/text_val_0.bin')", "validation = 3",
        "print(f'val_loss:{x}')", "if step % val_every: pass",
    ],
)  # fmt: skip
def test_names_of_validation(text: str) -> None:
    assert lines(text)[:1] == [1]


@pytest.mark.parametrize(
    "text", ["value = 1", "interval = 2", "is_invalid(x)", "open('interval.bin')", "eval(x)"]
)
def test_names_that_only_look_like_it(text: str) -> None:
    assert lines(text) == []


def test_a_loop_that_validates_belongs_to_it_whole_and_one_that_trains_does_not() -> None:
    text = (
        "for step in steps:\n    loss.backward()\n    for _ in range(9):\n        x = batch()\n"
        "        val_loss += model(x)\n    y = batch()\n"
    )
    assert lines(text) == [3, 4, 5]


@pytest.mark.parametrize(
    ("definition", "function"),
    [
        ("load", "load"), ("load.logits", "load"), ("evaluate", "evaluate"),
        ("Trainer.validate.inner", "Trainer.validate"),
        ("validate_all", "validate_all"), ("compute_val_loss", "compute_val_loss"),
    ],
)  # fmt: skip
def test_functions_for_it(definition: str, function: str) -> None:
    assert is_validating(definition)
    assert outermost(definition) == function


@pytest.mark.parametrize("definition", ["", "train", "Loader.load", "reload", "evaluated", "values"])
def test_functions_for_something_else(definition: str) -> None:
    assert not is_validating(definition)


def test_whatever_replaces_such_a_function_weighs_everywhere() -> None:
    text = "def load(path):\n    return path\nload = other(load)\nfrom mine import load\n"
    found = [(where, part.line, part.weight) for where, part in validation_parts(read_program(text))]
    assert found == [
        ("load", 1, "inside"),
        ("load", 2, "inside"),
        ("", 3, "everywhere"),
        ("", 4, "everywhere"),
    ]
