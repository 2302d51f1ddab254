"""Images of leave-one-out tasks are recognised whatever the image, and nothing else is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ..conftest import module


@pytest.fixture(scope="module")
def tasks() -> Any:
    return module("ttt_mini.training_tasks")


def test_every_image_is_recognised_and_a_wrong_cell_is_not(tasks: Any, views: Any) -> None:
    random = np.random.default_rng(1)
    for puzzle in views.puzzles.make_puzzles(2, 20, views.puzzles.VALIDATION):
        sources = tasks.leave_one_out(puzzle)
        source = sources[random.integers(len(sources))]
        number = int(random.integers(8))
        colours = dict(enumerate(map(int, random.permutation(views.puzzles.COLOURS))))
        image = source.image(views.puzzles.turned(number), colours)
        assert tasks.stems_from(image, puzzle) == ("both" if number else "colours")
        first, second = image.asked
        wrong = ((second[0] + 1) % views.puzzles.COLOURS, *second[1:])
        assert not tasks.stems_from(tasks.TrainingTask(image.demonstrations, (first, wrong)), puzzle)


def test_leave_one_out_is_all_of_them_and_nothing_else(tasks: Any, views: Any) -> None:
    (puzzle,) = views.puzzles.make_puzzles(4, 1, views.puzzles.VALIDATION)
    whole = tasks.leave_one_out(puzzle)
    assert tasks.is_leave_one_out([*whole, whole[0]], puzzle)
    assert not tasks.is_leave_one_out(whole[:-1], puzzle)
    assert not tasks.is_leave_one_out([], puzzle)
    assert not tasks.is_leave_one_out(None, puzzle)
    turned = whole[0].image(views.puzzles.turned(1), dict(enumerate(range(views.puzzles.COLOURS))))
    assert not tasks.is_leave_one_out([*whole, turned], puzzle)


@pytest.mark.parametrize(
    "written",
    [None, {}, [1], [{"demonstrations": 3}], [{"demonstrations": [[[1], [2]]], "query": [0], "answer": [0]}],
     [{"demonstrations": [], "query": [1e99] * 16, "answer": ["x"] * 16}], [[]] * 500],
)  # fmt: skip
def test_what_is_no_list_of_tasks_is_none(tasks: Any, written: Any) -> None:
    assert tasks.read_tasks(written) is None
