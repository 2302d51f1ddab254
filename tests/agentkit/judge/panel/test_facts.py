from __future__ import annotations

import pytest

from agentkit.contracts.rubric import JudgeReport, Vote
from agentkit.judge.evidence import Finding
from agentkit.judge.panel.facts import Facts, agreement_of


def finding(*votes: tuple[str, float | None, str]) -> Finding:
    cast = tuple(
        Vote(judge=judge, model=judge, score=score, variant=variant)  # type: ignore[arg-type]
        for judge, score, variant in votes
    )
    return Finding("passed", "", 1.0, "panel", (), cast)


def test_agreement_is_over_leaves_with_several_votes() -> None:
    findings = [
        finding(("a", 1.0, ""), ("b", 1.0, "")),
        finding(("a", 0.0, ""), ("b", 0.0, "")),
        finding(("a", 1.0, ""), ("b", 0.0, "")),
        finding(("a", 1.0, "")),
        finding(("a", 0.0, ""), ("b", None, "")),
    ]
    found = agreement_of(findings, ["a", "b"], marked=False)
    assert found["leaves with several votes"] == 3.0
    assert found["kappa a, b"] == pytest.approx(0.4)
    assert found["leniency a"] == pytest.approx(1 / 3)
    assert "Krippendorff alpha, ordinal" not in found


def test_probes_and_masked_votes_are_no_votes_of_their_own() -> None:
    findings = [
        finding(("a", 1.0, ""), ("a", 1.0, "repeated"), ("a", 0.0, "shuffled")),
        finding(("a", 1.0, ""), ("a", 1.0, "repeated"), ("a", 1.0, "shuffled"), ("b", 0.0, "masked")),
    ]
    found = agreement_of(findings, ["a", "b"], marked=False)
    assert found == {"flip rate repeated": 0.0, "flip rate shuffled": 0.5}


def test_without_votes_there_is_nothing_to_say() -> None:
    assert agreement_of([], ["a"], marked=True) == {}


def test_facts_are_added_to_what_a_report_says_already() -> None:
    report = JudgeReport(rubric="r", score=1.0, low=1.0, high=1.0, coverage=1.0, notes=("before",))
    facts = Facts(panel=("a: m (f)",), notes=("after",), snapshot_digest="d")
    whole = facts.added_to(report)
    assert whole.notes == ("before", "after")
    assert (whole.panel, whole.snapshot_digest, whole.score) == (("a: m (f)",), "d", 1.0)
