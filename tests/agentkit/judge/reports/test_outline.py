from __future__ import annotations

import pytest

from agentkit.contracts.rubric import Citation, GroupScore, JudgeCost, JudgeReport, Verdict, Vote
from agentkit.judge.reports.outline import Branch, facts, headline, mark, occasion, outline, place_of


def leaf(id: str, group: str = "", **more: object) -> Verdict:
    return Verdict.model_validate(
        {"id": id, "text": id, "weight": 0.25, "status": "passed", "score": 1.0, "group": group, **more}
    )


def group(id: str, of: str = "") -> GroupScore:
    return GroupScore(id=id, text=id, weight=0.5, score=1.0, low=1.0, high=1.0, coverage=1.0, group=of)


def report(*verdicts: Verdict, groups: tuple[GroupScore, ...] = (), **more: object) -> JudgeReport:
    told = {"rubric": "r", "score": 0.5, "low": 0.25, "high": 0.75, "coverage": 0.9, **more}
    return JudgeReport.model_validate({**told, "verdicts": verdicts, "groups": groups})


def shape(branch: Branch) -> list[object]:
    return [[part.score.id, shape(part)] if isinstance(part, Branch) else part.id for part in branch.parts]


def test_the_outline_is_the_rubrics_tree_in_written_order() -> None:
    found = outline(
        report(
            leaf("a"),
            leaf("b1", "b"),
            leaf("b2x", "b2"),
            leaf("b3", "b"),
            leaf("c"),
            groups=(group(""), group("b"), group("b2", "b")),
        )
    )
    assert shape(found) == ["a", ["b", ["b1", ["b2", ["b2x"]], "b3"]], "c"]
    assert [each.id for each in found.verdicts()] == ["a", "b1", "b2x", "b3", "c"]


def test_a_report_without_groups_is_one_branch() -> None:
    assert shape(outline(report(leaf("a"), leaf("b")))) == ["a", "b"]


def test_below_the_floor_only_the_bounds_are_quoted() -> None:
    assert headline(report(coverage=0.98)) == "50.0 %"
    assert headline(report(coverage=0.97)) == "25.0 % to 75.0 %"


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (leaf("a"), "passed"),
        (leaf("a", status="partial", score=0.75, points=4), "3/4"),
        (leaf("a", status="partial", score=0.5, points=5), "2.5/5"),
        (leaf("a", status="disputed", score=None, points=4), "disputed"),
    ],
)
def test_a_mark_is_shown_where_the_leaf_is_marked(verdict: Verdict, said: str) -> None:
    assert mark(verdict) == said


@pytest.mark.parametrize(
    ("citation", "said"),
    [
        (Citation(path="a.py", first_line=3, last_line=3), "a.py:3"),
        (Citation(path="a.py", first_line=3, last_line=5), "a.py:3-5"),
        (Citation(path="plot.png"), "plot.png"),
        (Citation(globs=("*.py",), pattern="wget"), "nothing in *.py matches wget"),
    ],
)
def test_a_citation_says_where(citation: Citation, said: str) -> None:
    assert place_of(citation) == said


def test_the_facts_never_show_an_unknown_price_as_nothing() -> None:
    unknown = JudgeCost.model_validate({"calls": 2, "usage": {"input_tokens": 1200}})
    told = dict(facts(report(cost=unknown, agreement={"alpha": None})))
    assert told["cost"].startswith("at an unknown price; 1,200 tokens in")
    assert told["alpha"] == "–"
    assert dict(facts(report()))["cost"] == "no model was called"


def test_what_calls_that_were_cut_off_may_have_cost_is_said_to_be_a_bound() -> None:
    whole = {"calls": 2, "usage": {"dollars": 0.5}}
    assert dict(facts(report(cost=whole)))["cost"].startswith("$0.5000")
    cut = {"calls": 2, "usage": {"dollars": 0.5, "upper_bound": True}}
    assert dict(facts(report(cost=cut)))["cost"].startswith("at most $0.5000")


def test_votes_of_one_judge_are_told_apart() -> None:
    assert occasion(Vote(judge="j", model="m")) == "answer 1"
    variants = ("masked", "repeated", "shuffled")
    said = {occasion(Vote.model_validate({"judge": "j", "model": "m", "variant": each})) for each in variants}
    assert len(said) == 3 and all(each.startswith("answer 1, again, ") for each in said)
