from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.rubric import Citation, Criterion, Vote
from agentkit.judge.panel.outcome import CHANGED, counted, found, has_quorum

LEAF = Criterion(id="a", text="It fits.")
MARKED = Criterion(id="a", text="It fits.", points=4)
PROOF = Citation(path="fit.py", first_line=1, last_line=1, quote="def fit", status="verified")


def vote(judge: str, score: float | None = None, error: str = "", sample: int = 0) -> Vote:
    cited = (PROOF,) if score else ()
    return Vote(judge=judge, model=judge, score=score, error=error, sample=sample, citations=cited)


@pytest.mark.parametrize(
    ("votes", "quorum", "status", "score"),
    [
        ([vote("a", 1.0)], 1, "passed", 1.0),
        ([vote("a", 0.0)], 1, "failed", 0.0),
        ([vote("a", 1.0), vote("b", 1.0)], 2, "passed", 1.0),
        ([vote("a", 1.0), vote("b", 0.0), vote("c", 0.0)], 2, "failed", 0.0),
        ([vote("a", 1.0), vote("b", 0.0)], 2, "disputed", None),
        ([vote("a", 1.0), vote("b"), vote("c", error="timeout")], 2, "disputed", None),
        ([vote("a"), vote("b", error="timeout")], 2, "abstained", None),
        ([vote("a", error="timeout")], 1, "error", None),
        ([], 1, "ungraded", None),
    ],
)
def test_what_votes_come_to(votes: list[Vote], quorum: int, status: str, score: float | None) -> None:
    finding = found(votes, LEAF, quorum, 0.25)
    assert (finding.status, finding.score) == (status, score)
    assert finding.votes == tuple(votes)
    assert bool(finding.citations) == (status == "passed")


def test_marks_agree_within_the_tolerance_and_met_or_not_never_nearly() -> None:
    votes = [vote("a", 0.75), vote("b", 1.0), vote("c", 0.0)]
    finding = found(votes, MARKED, 2, 0.25)
    assert (finding.status, finding.score) == ("partial", 0.875)
    assert found([vote("a", 1.0), vote("b", 0.0)], LEAF, 2, 0.99).status == "disputed"


def test_one_judge_has_one_voice_however_often_it_is_asked() -> None:
    votes = [vote("a", 1.0, sample=each) for each in range(3)]
    assert not has_quorum(votes, LEAF, 2, 0.0)
    wavering = [vote("a", 0.0), vote("a", 1.0, sample=1), vote("a", 1.0, sample=2), vote("b", 1.0)]
    assert has_quorum(wavering, LEAF, 2, 0.0)


def test_a_verdict_that_changed_when_masked_is_disputed_whatever_the_votes() -> None:
    finding = found([vote("a", 1.0), vote("b", 1.0)], LEAF, 2, 0.0, [CHANGED])
    assert (finding.status, finding.score, finding.flags) == ("disputed", None, (CHANGED,))


def test_own_family_alone_decides_nothing() -> None:
    finding = found([vote("a", 1.0)], LEAF, 1, 0.0, own=["a"])
    assert (finding.status, finding.score) == ("ungraded", None)


VOTES = st.builds(
    vote,
    st.sampled_from("abc"),
    st.sampled_from([None, 0.0, 0.25, 0.5, 1.0]),
    st.sampled_from(["", "timeout"]),
)


@given(st.lists(VOTES, max_size=6), st.integers(1, 3))
def test_no_error_and_no_abstention_ever_becomes_a_zero(votes: list[Vote], quorum: int) -> None:
    cleaned = [each.model_copy(update={"score": None}) if each.error else each for each in votes]
    finding = found(cleaned, MARKED, quorum, 0.25)
    zeros = {each.judge for each in cleaned if each.score == 0.0}
    if finding.score == 0.0:
        assert len(zeros) >= quorum
    assert (finding.score is None) == (finding.status not in ("passed", "failed", "partial"))
    if finding.score is not None:
        scores = [each.score for each in cleaned if each.score is not None]
        assert min(scores) <= finding.score <= max(scores)


def test_probes_and_masked_votes_do_not_count() -> None:
    plain = Vote(judge="a", model="m", score=1.0)
    again = [
        Vote(judge="a", model="m", score=0.0, variant="masked"),
        Vote(judge="a", model="m", score=0.0, variant="repeated"),
        Vote(judge="a", model="m", score=0.0, variant="shuffled"),
    ]
    assert counted([plain, *again]) == [plain]
    assert found([plain, *again], LEAF, 1, 0.0).score == 1.0
