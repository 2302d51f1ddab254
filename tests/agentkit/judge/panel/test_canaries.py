from __future__ import annotations

from pathlib import Path

from agentkit.judge.panel.settings import PanelSettings
from tests.agentkit.judge.panel.scene import TWO, Asked, ScriptedJudge, answer, honest, judged, work

SETTINGS = PanelSettings(recheck="suspects", heavy_share=1.0)


def test_a_judge_that_gets_them_right_votes(tmp_path: Path) -> None:
    model = ScriptedJudge()
    report = judged(tmp_path / "judging", [model], work(tmp_path / "work"), TWO, SETTINGS)
    assert [each.status for each in report.verdicts] == ["passed", "failed"]
    assert model.leaves == [
        "canary.impossible", "fit_line", "fit_line", "plot_line", "canary.paraphrase",
    ]  # fmt: skip
    assert model.requests[1].messages[1].text != model.requests[2].messages[1].text
    assert "(The work has no files.)" in model.requests[1].messages[1].text
    assert report.cost.calls == 5


def test_one_that_passes_what_is_impossible_has_no_vote(tmp_path: Path) -> None:
    def lenient(asked: Asked) -> str:
        return answer(asked, 1) if asked.leaf.startswith("canary") else honest(asked)

    models = [ScriptedJudge("anthropic/claude-a", says=lenient), ScriptedJudge("openai/gpt-b")]
    report = judged(tmp_path / "judging", models, work(tmp_path / "work"), TWO, SETTINGS)
    assert [each.status for each in report.verdicts] == ["passed", "failed"]
    assert models[0].leaves == ["canary.impossible"]
    assert report.notes == ("claude-a passed an impossible leaf, so its votes do not count.",)


def test_one_that_passes_empty_work_has_no_vote_and_nobody_is_left(tmp_path: Path) -> None:
    def sees_things(asked: Asked) -> str:
        return honest(asked) if asked.leaf != "fit_line" else answer(asked, 1)

    report = judged(
        tmp_path / "judging", [ScriptedJudge(says=sees_things)], work(tmp_path / "work"), TWO, SETTINGS
    )
    assert [(each.status, each.score) for each in report.verdicts] == [("ungraded", None)] * 2
    assert report.notes == ("claude-test passed a leaf over empty work, so its votes do not count.",)


def test_one_that_cannot_be_tried_votes_and_the_report_says_so(tmp_path: Path) -> None:
    def mute(asked: Asked) -> str:
        return "" if asked.leaf.startswith("canary") else honest(asked)

    report = judged(tmp_path / "judging", [ScriptedJudge(says=mute)], work(tmp_path / "work"), TWO, SETTINGS)
    assert report.coverage == 1.0
    assert "could not be tried with an impossible leaf" in report.notes[0]


def test_a_paraphrase_that_changes_the_score_is_a_note(tmp_path: Path) -> None:
    def literal(asked: Asked) -> str:
        if asked.leaf == "canary.paraphrase":
            return answer(asked, 0, absences=[{"globs": ["*.py"], "pattern": "def plot_line"}])
        return honest(asked)

    report = judged(
        tmp_path / "judging", [ScriptedJudge(says=literal)], work(tmp_path / "work"), TWO, SETTINGS
    )
    assert [each.status for each in report.verdicts] == ["passed", "failed"]
    assert report.notes == ("claude-test gave fit_line 1, and 0 when it was put in other words.",)
