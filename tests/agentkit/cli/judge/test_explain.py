from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit.cli.judge.explain import explain
from agentkit.contracts.rubric import Citation, Vote
from agentkit.errors import UnknownName
from tests.agentkit.cli.judge.conftest import Call
from tests.agentkit.judge.reports.test_outline import leaf


def test_without_a_leaf_what_was_not_passed(
    judged: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("explain", judged) == 0
    out = capsys.readouterr().out
    assert "fit: ungraded, 50.0 % of the whole, decided by nobody" in out
    assert "report:" not in out


def test_one_leaf_or_all_that_begin_so(judged: Path, call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    call("explain", judged, "report")
    assert "report: passed, 25.0 % of the whole, decided by check" in capsys.readouterr().out
    call("explain", judged, "p", "f", "--json")
    told = json.loads(capsys.readouterr().out)
    assert [each["id"] for each in told["verdicts"]] == ["plot", "fit"]


def test_a_leaf_that_is_not_there(judged: Path, call: Call) -> None:
    with pytest.raises(UnknownName, match="Did you mean: report"):
        call("explain", judged, "repotr")


def test_votes_and_citations_with_their_lines() -> None:
    cited = Citation(path="a.py", first_line=2, last_line=3, quote="x = 1\ny = 2", status="verified")
    lost = Citation(path="b.py", status="missing", reason="no such file")
    votes = (
        Vote(
            judge="first", model="m", score=1.0, confidence="low", citations=(cited, lost), reality="It is."
        ),
        Vote(judge="second", model="n", error="no answer"),
        Vote(judge="third", model="o"),
    )
    lines = list(explain(leaf("a", votes=votes, flags=("suspect text",))))
    assert "  first (m), answer 1: 100.0 %, low confidence" in lines
    assert "      | y = 2" in lines
    assert "    missing: b.py (no such file)" in lines
    assert "  second (n), answer 1: failed: no answer" in lines
    assert "  third (o), answer 1: abstained" in lines
    assert "  note: suspect text" in lines
