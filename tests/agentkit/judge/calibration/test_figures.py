import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.judge.calibration.figures import Resampling, cluster_sums, kind_figures
from agentkit.judge.calibration.pairs import PairedLeaf

HOW = Resampling(resamples=50)
LEAF = st.builds(
    PairedLeaf,
    id=st.just("x"),
    kind=st.just("code"),
    cluster=st.sampled_from("abc"),
    weight=st.sampled_from([0.1, 0.3]),
    human=st.sampled_from([0.0, 0.5, 1.0]),
    judged=st.sampled_from([None, 0.0, 0.25, 1.0]),
    confidence=st.sampled_from([None, "low", "medium", "high"]),
)


@settings(max_examples=50)
@given(st.lists(LEAF, min_size=1, max_size=12))
def test_the_figures_are_those_of_the_leaves(leaves: list[PairedLeaf]) -> None:
    """Counted leaf by leaf, in whatever order and clusters."""
    found = kind_figures("code", leaves, HOW)
    both = [(each, each.judged) for each in leaves if each.judged is not None]
    right = sum((each.human >= 0.5) == (judged >= 0.5) for each, judged in both)
    assert (found.leaves, found.graded) == (len(leaves), len(both))
    assert found.clusters == len({each.cluster for each in leaves})
    assert found.figures["coverage"].value == pytest.approx(len(both) / len(leaves))
    assert found.figures["accuracy"].value == (pytest.approx(right / len(both)) if both else None)
    error = sum(each.weight * (judged - each.human) for each, judged in both)
    weight = sum(each.weight for each, _ in both)
    assert found.figures["root_error"].value == (pytest.approx(error / weight) if both else None)
    stated = [each.confidence for each, _ in both]
    assert {word: counts[0] for word, counts in found.confidence.items()} == {
        word: stated.count(word) for word in ("low", "medium", "high")
    }


def leaf(cluster: str, human: float, judged: float | None, confidence: str | None = None) -> PairedLeaf:
    return PairedLeaf.model_validate(
        {"id": "x", "kind": "code", "cluster": cluster, "weight": 0.1, "human": human, "judged": judged}
        | {"confidence": confidence}
    )


def test_one_parent_has_figures_and_no_intervals() -> None:
    accuracy = kind_figures("code", [leaf("a", 1, 1), leaf("a", 0, 1)], HOW).figures["accuracy"]
    assert (accuracy.value, accuracy.low, accuracy.high) == (0.5, None, None)


def test_confident_errors_make_the_calibration_error() -> None:
    sure = [leaf("a", 1, 0, "high"), leaf("b", 1, 1, "high")]
    assert kind_figures("code", sure, HOW).figures["ece"].value == pytest.approx(0.45)
    # "low" stands for being right three times of five.
    humble = [leaf("a", 1, 0, "low")] * 2 + [leaf("b", 1, 1, "low")] * 3
    assert kind_figures("code", humble, HOW).figures["ece"].value == pytest.approx(0)


def test_sums_are_by_cluster() -> None:
    sums = cluster_sums([leaf("b", 1, 1), leaf("a", 0, 1), leaf("b", 1, None)])
    assert sums[:, :5].tolist() == [[1, 0, 0, 0, 2], [0, 1, 0, 0, 1]]
    assert np.isclose(sums[1, 5], 0.1)
