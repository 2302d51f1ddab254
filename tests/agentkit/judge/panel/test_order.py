from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.rubric import Criterion
from agentkit.judge.panel.order import batch, in_order
from agentkit.judge.panel.question import Question, View
from agentkit.judge.retrieval import FileSet, Part
from agentkit.judge.snapshot import snapshot_of

EMPTY = snapshot_of(())


def question(number: int, share: int, files: int) -> Question:
    view = View(EMPTY, FileSet((Part(f"{files}.py", 1, 1),)))
    return Question(Criterion(id=f"{number}", text=""), (), Fraction(share, 100), number, view)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=20))
def test_groups_stay_together_and_the_heaviest_comes_first(drawn: list[tuple[int, int]]) -> None:
    given_ones = [question(number, share, files) for number, (share, files) in enumerate(drawn)]
    found = in_order(reversed(given_ones))
    assert found == in_order(given_ones)
    assert sorted(each.number for each in found) == list(range(len(drawn)))
    if found:
        assert found[0].share == max(each.share for each in given_ones)
    groups = [each.view.key for each in found]
    changes = sum(one != other for one, other in zip(groups, groups[1:], strict=False))
    assert changes == max(0, len(set(groups)) - 1)
    for one, other in zip(found, found[1:], strict=False):
        if one.view.key == other.view.key:
            assert one.share >= other.share


@given(
    st.lists(st.floats(0, 10), min_size=1, max_size=20),
    st.integers(1, 8),
    st.one_of(st.none(), st.floats(0, 50)),
)
def test_a_batch_can_be_paid_whatever_comes(costs: list[float], at_once: int, left: float | None) -> None:
    worst = dict(enumerate(costs))
    count = batch(costs, at_once, worst, left)
    assert 1 <= count <= min(at_once, len(costs))
    if left is not None and count > 1:
        assert sum(costs[:count]) <= left + 1e-9
