"""Order: which leaves are judged first, and how many at once, so that it can stop at any time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

from agentkit.judge.panel.question import Question

Item = TypeVar("Item")


def in_order(questions: Iterable[Question]) -> list[Question]:
    """The largest share of the root first; what is judged over the same files stays together.

    A group stands where its largest leaf would, so that the shared part of its prompts is paid once.
    """
    groups: dict[Hashable, list[Question]] = {}
    for each in questions:
        groups.setdefault(each.view.key, []).append(each)
    for group in groups.values():
        group.sort(key=_rank)
    return [each for group in sorted(groups.values(), key=lambda group: _rank(group[0])) for each in group]


def _rank(question: Question) -> tuple[Fraction, int]:
    return -question.share, question.number


def batch(
    waiting: Sequence[Item], at_once: int, worst: Mapping[int, float] | None, left: float | None
) -> int:
    """How many of those waiting may be judged together, at least one.

    Under a cap, as many as can be paid whatever comes: then no order of arrival decides which call is
    refused. `worst`: dollars by place in `waiting`; `left`: under the cap.
    """
    if left is None or worst is None:
        return min(at_once, len(waiting))
    count, spare = 0, left
    while count < min(at_once, len(waiting)) and worst[count] <= spare:
        spare -= worst[count]
        count += 1
    return max(1, count)
