from __future__ import annotations

from pathlib import Path

from agentkit.contracts.rubric import JudgeReport
from agentkit.judge.panel.settings import PanelSettings
from tests.agentkit.judge.panel.scene import (
    PLAIN,
    SPEAKS,
    TWO,
    Asked,
    ScriptedJudge,
    answer,
    honest,
    judged,
    leaf,
    rubric,
    work,
)

SETTINGS = PanelSettings(recheck="suspects", canaries=False, heavy_share=0.3)
HEAVY = rubric(leaf("fit_line", 3.0), leaf("load_rows", 1.0), leaf("plot_line", 2.0))


def doubts(asked: Asked) -> str:
    """Fails what an honest judge passes, with a place that says so."""
    for block in asked.blocks:
        for number, line in enumerate(block.text.split("\n")):
            if line.startswith("def "):
                span = {
                    "path": block.name, "first_line": number + 1, "last_line": number + 1, "quote": line,
                }  # fmt: skip
                return answer(asked, 0, citations=[span])
    return answer(asked, None)


def three(first: ScriptedJudge | None = None) -> list[ScriptedJudge]:
    return [
        first or ScriptedJudge("anthropic/claude-a"),
        ScriptedJudge("openai/gpt-b"),
        ScriptedJudge("gemini/gemini-c"),
    ]


def run(tmp_path: Path, judges: list[ScriptedJudge], settings: PanelSettings = SETTINGS) -> JudgeReport:
    return judged(tmp_path / "judging", judges, work(tmp_path / "work"), HEAVY, settings)


def test_only_a_heavy_pass_costs_a_second_judge(tmp_path: Path) -> None:
    judges = three()
    report = run(tmp_path, judges)
    assert [each.status for each in report.verdicts] == ["passed", "passed", "failed"]
    assert [sorted(each.leaves) for each in judges] == [
        ["fit_line", "load_rows", "plot_line"], ["fit_line"], [],
    ]  # fmt: skip
    assert report.agreement["Fleiss kappa"] is None
    assert report.agreement["leaves with several votes"] == 1.0


def test_a_third_decides_between_two(tmp_path: Path) -> None:
    judges = three()
    judges[1].says = doubts
    report = run(tmp_path, judges)
    heavy = report.verdicts[0]
    assert (heavy.status, [each.score for each in heavy.votes]) == ("passed", [1.0, 0.0, 1.0])
    assert judges[2].leaves == ["fit_line"]


def test_without_a_quorum_it_is_disputed(tmp_path: Path) -> None:
    judges = three()[:2]
    judges[1].says = doubts
    report = run(tmp_path, judges)
    assert (report.verdicts[0].status, report.verdicts[0].score) == ("disputed", None)
    assert (report.low, report.coverage) == (1 / 6, 0.5)


def test_two_of_one_family_are_one_voice(tmp_path: Path) -> None:
    judges = [ScriptedJudge("openai/gpt-a"), ScriptedJudge("azure/gpt-b"), ScriptedJudge("gemini/gemini-c")]
    run(tmp_path, judges)
    assert judges[1].leaves == []
    assert judges[2].leaves == ["fit_line"]


def test_low_confidence_asks_another(tmp_path: Path) -> None:
    def unsure(asked: Asked) -> str:
        return honest(asked).replace('"high"', '"low"')

    judges = three(ScriptedJudge("anthropic/claude-a", says=unsure))
    report = run(tmp_path, judges)
    assert len(judges[1].leaves) == 3
    assert all("low confidence" in each.flags for each in report.verdicts)
    assert report.coverage == 1.0


def test_an_abstention_asks_others_and_an_error_is_stood_in_for(tmp_path: Path) -> None:
    judges = three(ScriptedJudge("anthropic/claude-a", says=lambda asked: answer(asked, None)))
    report = run(tmp_path, judges)
    assert [len(each.leaves) for each in judges] == [3, 3, 3]
    assert report.coverage == 1.0
    judges = three(ScriptedJudge("anthropic/claude-a", says=lambda asked: "no JSON"))
    report = judged(tmp_path / "second", judges, work(tmp_path / "work"), HEAVY, SETTINGS)
    assert [len(each.leaves) for each in judges] == [3, 3, 1]
    assert report.coverage == 1.0


def test_one_judge_alone_decides_and_the_report_says_so(tmp_path: Path) -> None:
    report = run(tmp_path, three()[:1])
    assert report.coverage == 1.0
    assert report.verdicts[0].flags == ("one family of judges",)
    assert report.verdicts[2].flags == ()


def test_where_the_panel_splits_each_is_asked_again(tmp_path: Path) -> None:
    said: list[str] = []

    def wavers(asked: Asked) -> str:
        said.append(asked.leaf)
        return doubts(asked) if said.count("fit_line") == 1 and asked.leaf == "fit_line" else honest(asked)

    judges = [ScriptedJudge("anthropic/claude-a"), ScriptedJudge("openai/gpt-b", says=wavers)]
    report = run(tmp_path, judges, SETTINGS.model_copy(update={"samples": 3}))
    heavy = report.verdicts[0]
    assert heavy.status == "passed"
    assert [(each.judge, each.sample) for each in heavy.votes] == [
        ("claude-a", 0), ("gpt-b", 0), ("claude-a", 1), ("gpt-b", 1), ("claude-a", 2), ("gpt-b", 2),
    ]  # fmt: skip


def test_a_distilled_model_is_of_both_families(tmp_path: Path) -> None:
    judges = [
        ScriptedJudge("groq/deepseek-r1-distill-llama-70b"),
        ScriptedJudge("groq/llama-b"),
        ScriptedJudge("openai/gpt-c"),
    ]
    settings = PLAIN.model_copy(update={"heavy_share": 0.3})
    judged(tmp_path / "judging", judges, work(tmp_path / "work"), TWO, settings)
    assert judges[1].leaves == []
    assert judges[2].leaves == ["fit_line"]


def test_a_pass_beside_text_that_speaks_to_the_judge_is_doubted(tmp_path: Path) -> None:
    judges = [ScriptedJudge("anthropic/claude-a"), ScriptedJudge("openai/gpt-b")]
    report = judged(tmp_path / "judging", judges, work(tmp_path / "work", notes_py=SPEAKS), TWO, PLAIN)
    assert [each.status for each in report.verdicts] == ["passed", "failed"]
    assert report.verdicts[0].flags == ("suspect text",)
    assert set(judges[1].leaves) == {"fit_line"}


def test_a_judge_that_cannot_tell_without_such_text_has_changed_its_mind(tmp_path: Path) -> None:
    def cannot_tell_without_it(asked: Asked) -> str:
        return answer(asked, None) if "[masked]" in asked.work else honest(asked)

    models = [ScriptedJudge(says=cannot_tell_without_it)]
    report = judged(tmp_path / "judging", models, work(tmp_path / "work", notes_py=SPEAKS), TWO, PLAIN)
    heavy = report.verdicts[0]
    assert (heavy.status, heavy.score) == ("disputed", None)
    assert "changed when masked" in heavy.flags
