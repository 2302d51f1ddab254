import pytest

from agentkit.errors import UsageError
from agentkit.judge.calibration.pairs import confidence_of, pair, pair_all, parents_of
from tests.agentkit.judge.calibration.scene import graded, rubric_of, small, verdict, vote


def test_leaves_meet_by_id_and_words() -> None:
    human = small("ann", {"a": 1.0, "b": 0.0, "c": None, "d": 0.5})
    reworded = verdict("b", 1.0).model_copy(update={"text": "something else"})
    spaced = verdict("a", 0.0).model_copy(update={"text": "text  of\n a"})
    found = pair(human, graded("judge", spaced, reworded, verdict("e", 1.0)))
    assert [(each.id, each.human, each.judged) for each in found.leaves] == [
        ("a", 1.0, 0.0),
        ("d", 0.5, None),
    ]
    notes = "\n".join(found.notes)
    assert "1 leaf left out: the same id, other words" in notes
    assert "1 leaf that no person graded" in notes
    assert "1 leaf that only the judge knows" in notes
    assert "1 partial mark by a person" in notes
    assert "no rubric at hand" in notes


def test_leaves_below_one_criterion_are_one_cluster() -> None:
    rubric = rubric_of({"g": ("a", "b"), "h": ("c",), "": ("d", "e")})
    assert parents_of(rubric) == {"a": "g", "b": "g", "c": "h", "d": "", "e": ""}
    grades = dict.fromkeys("abcde", 1.0)
    clusters = [each.cluster for each in pair(small("ann", grades, rubric), small("judge", grades)).leaves]
    assert clusters[0] == clusters[1]
    assert clusters[3] == clusters[4]
    assert len(set(clusters)) == 3
    # The judge's copy of the rubric serves as well, and another submission's clusters are its own.
    other = [each.cluster for each in pair(small("bob", grades), small("judge", grades, rubric)).leaves]
    assert not set(clusters) & set(other)
    assert len(set(other)) == 3


def test_an_error_is_no_verdict() -> None:
    broken = verdict("a", None).model_copy(update={"status": "error"})
    (leaf,) = pair(small("ann", {"a": 1.0}), graded("judge", broken)).leaves
    assert leaf.judged is None


def test_confidence_is_the_lowest_of_those_who_say_so() -> None:
    votes = (vote("a", 1.0, "high"), vote("b", 1.0, "medium"), vote("c", 0.0, "low"), vote("d", None, "low"))
    assert confidence_of(verdict("x", 1.0, *votes)) == "medium"
    assert confidence_of(verdict("x", 0.0, *votes)) == "low"
    assert confidence_of(verdict("x", None, *votes)) is None
    probe = vote("a", 1.0, "low").model_copy(update={"variant": "shuffled"})
    assert confidence_of(verdict("x", 1.0, *votes, probe)) == "medium"
    assert confidence_of(verdict("x", 1.0)) is None


def test_nothing_in_common_is_an_error() -> None:
    with pytest.raises(UsageError, match="no graded leaf in common") as caught:
        pair(small("ann", {"a": 1.0}), small("judge", {"b": 1.0}))
    assert "Next:" in str(caught.value)
    with pytest.raises(UsageError, match="no graded leaf in common"):
        pair(small("ann", {"a": None}), small("judge", {"a": 1.0}))


def test_many_are_paired_in_order_or_by_their_leaves() -> None:
    humans = [small("ann", {"a": 1.0, "b": 1.0}), small("bob", {"c": 1.0})]
    judgings = [small("first", {"c": 0.0}), small("second", {"a": 0.0, "b": 0.0})]
    assert [(each.submission, each.judging) for each in pair_all(humans, judgings)] == [
        ("bob", "first"),
        ("ann", "second"),
    ]
    # The same rubric twice: only the order can tell.
    twins = [small("ann", {"a": 1.0}), small("bob", {"a": 0.0})]
    judged = [small("first", {"a": 1.0}), small("second", {"a": 1.0})]
    assert [each.submission for each in pair_all(twins, judged)] == ["ann", "bob"]
    with pytest.raises(UsageError, match="not clear whose grades"):
        pair_all(twins, [*judged, small("third", {"a": 1.0})])
    with pytest.raises(UsageError, match="no grades by a person"):
        pair_all([], judged)
