from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.contracts.messages import Usage
from agentkit.contracts.model import ModelCard
from agentkit.contracts.rubric import JudgeReport
from agentkit.errors import UsageError
from agentkit.judge.ledger import Answer, Ledger
from agentkit.judge.panel.purse import Purse
from agentkit.judge.panel.settings import PanelSettings
from tests.agentkit.judge.panel.scene import (
    PLAIN,
    Asked,
    ScriptedJudge,
    honest,
    judged,
    leaf,
    rubric,
    work,
)

MANY = rubric(*(leaf(f"name_{number}", float(number + 1)) for number in range(12)))


def capped(
    folder: Path, model: ScriptedJudge, dollars: float, at_once: int = 4, **ledger: bool
) -> JudgeReport:
    settings = PLAIN.model_copy(update={"max_usd": dollars, "at_once": at_once})
    return judged(folder / "judging", [model], work(folder / "work"), MANY, settings, **ledger)


def test_the_cap_is_never_passed_and_the_report_says_what_is_open(tmp_path: Path) -> None:
    model = ScriptedJudge()
    report = capped(tmp_path, model, 0.06)
    dollars = report.cost.usage.dollars
    assert dollars is not None and dollars <= 0.06
    assert 0 < len(model.requests) < 12
    assert model.leaves[0] == "name_11"
    assert report.coverage < 1.0
    assert report.high - report.low == pytest.approx(1 - report.coverage)
    assert any("the cap of $0.06" in each for each in report.notes)
    assert {each.status for each in report.verdicts} == {"failed", "ungraded"}


def test_where_it_ends_does_not_depend_on_who_is_faster(tmp_path: Path) -> None:
    reports = []
    for name, delay in (("even", lambda count: 0.0), ("odd", lambda count: 0.002 * (5 - count % 5))):
        reports.append(capped(tmp_path / name, ScriptedJudge(delay=delay), 0.07))
    assert reports[0] == reports[1]


def test_a_replay_ends_where_the_judging_did_and_more_money_goes_on_from_there(tmp_path: Path) -> None:
    first = ScriptedJudge()
    report = capped(tmp_path, first, 0.06)
    silent = ScriptedJudge()
    assert capped(tmp_path, silent, 0.06, replay=True) == report
    assert capped(tmp_path, silent, 0.06) == report
    assert silent.requests == []
    second = ScriptedJudge()
    whole = capped(tmp_path, second, 1.0)
    assert whole.coverage == 1.0
    assert sorted(first.leaves + second.leaves) == sorted(leaf.id for leaf in MANY.criteria)


def test_a_cap_needs_prices(tmp_path: Path) -> None:
    unpriced = ScriptedJudge(card=ModelCard())
    with pytest.raises(UsageError, match="cannot be kept: the price of anthropic/claude-test is not known"):
        capped(tmp_path, unpriced, 1.0)
    assert unpriced.requests == []
    report = judged(tmp_path / "uncapped", [unpriced], work(tmp_path / "work"))
    assert report.coverage == 1.0


def test_a_reply_without_a_price_ends_a_capped_judging(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    purse = Purse(ledger, 1.0, [])
    assert purse.refusal(Usage(dollars=0.5)) == ""
    assert "cannot be kept" in purse.refusal(Usage(dollars=None))
    assert "leaves no room" in purse.refusal(Usage(dollars=1.5))
    assert Purse(ledger, None, []).refusal(Usage(dollars=None)) == ""
    purse.pay(Answer(usage=Usage(dollars=0.25)))
    purse.pay(Answer(usage=Usage(dollars=0.25), cached=True))
    assert purse.left == 0.75
    ledger.close()


def test_money_that_ends_in_the_midst_of_a_leaf_leaves_it_open(tmp_path: Path) -> None:
    def unsure(asked: Asked) -> str:
        return honest(asked).replace('"high"', '"low"')

    models = [
        ScriptedJudge("anthropic/claude-a", says=unsure, usage=Usage(output_tokens=4000, dollars=0.04)),
        ScriptedJudge("openai/gpt-b"),
    ]
    settings = PanelSettings(recheck="suspects", canaries=False, max_usd=0.06, reask=False)
    report = judged(tmp_path / "judging", models, work(tmp_path / "work"), rubric(leaf("fit_line")), settings)
    (verdict,) = report.verdicts
    assert (verdict.status, verdict.score, len(verdict.votes)) == ("ungraded", None, 1)
    assert "the money ended" in verdict.evidence
