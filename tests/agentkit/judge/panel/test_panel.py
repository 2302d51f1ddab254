from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.contracts.rubric import Rubric
from agentkit.errors import UsageError
from agentkit.judge.evidence import Evidence
from tests.agentkit.judge.panel.scene import (
    PLAIN,
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


def test_one_judge_grades_and_the_program_looks_up_what_it_cites(tmp_path: Path) -> None:
    model = ScriptedJudge()
    report = judged(tmp_path / "judging", [model], work(tmp_path / "work"))
    met, unmet = report.verdicts
    assert (met.status, met.score, met.method) == ("passed", 1.0, "panel")
    assert [(each.path, each.first_line, each.status) for each in met.citations] == [
        ("fit.py", 10, "verified")
    ]
    assert (unmet.status, unmet.score) == ("failed", 0.0)
    assert [each.pattern for each in unmet.citations] == [r"def plot_line\b"]
    assert (report.score, report.coverage) == (0.75, 1.0)
    assert model.leaves == ["fit_line", "plot_line"]
    assert report.cost.calls == 2
    assert report.panel == ("claude-test: anthropic/claude-test (anthropic)",)


def test_leaves_of_any_number_at_once_end_alike(tmp_path: Path) -> None:
    names = [f"name_{number}" for number in range(12)] + ["fit_line", "load_rows"]
    many = rubric(*(leaf(name, 1.0 + number % 5) for number, name in enumerate(names)))
    reports = []
    for at_once, delay in ((1, lambda count: 0.0), (6, lambda count: 0.002 * (7 - count % 7))):
        model = ScriptedJudge(delay=delay)
        settings = PLAIN.model_copy(update={"at_once": at_once})
        reports.append(judged(tmp_path / f"{at_once}", [model], work(tmp_path / "work"), many, settings))
    assert reports[0] == reports[1]
    assert reports[0].coverage == 1.0


def test_an_empty_submission_fails_without_a_call(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    model = ScriptedJudge()
    report = judged(tmp_path / "judging", [model], Evidence(folder=tmp_path / "work"))
    assert [each.status for each in report.verdicts] == ["failed", "failed"]
    assert model.requests == []


def test_where_the_harness_ran_nothing_a_result_is_nobodys_zero(tmp_path: Path) -> None:
    model = ScriptedJudge()
    asked = rubric(leaf("fit_line"), leaf("accuracy", kind="result"))
    report = judged(tmp_path / "judging", [model], work(tmp_path / "work"), asked)
    assert [each.status for each in report.verdicts] == ["passed", "ungraded"]
    assert model.leaves == ["fit_line"]


@pytest.mark.parametrize(
    ("candidate", "statuses"),
    [("anthropic/claude-other", ["ungraded", "ungraded"]), ("openai/gpt-test", ["passed", "failed"])],
)
def test_a_model_does_not_judge_its_own_family_alone(
    tmp_path: Path, candidate: str, statuses: list[str]
) -> None:
    model = ScriptedJudge()
    settings = PLAIN.model_copy(update={"candidate": candidate})
    report = judged(tmp_path / "judging", [model], work(tmp_path / "work"), TWO, settings)
    assert [each.status for each in report.verdicts] == statuses
    assert bool(model.requests) == ("passed" in statuses)
    allowed = settings.model_copy(update={"allow_own_family": True})
    report = judged(tmp_path / "allowed", [model], work(tmp_path / "work"), TWO, allowed)
    assert [each.status for each in report.verdicts] == ["passed", "failed"]


def test_own_family_stands_in_only_where_another_has_spoken(tmp_path: Path) -> None:
    other = ScriptedJudge("openai/gpt-test", says=lambda asked: "no JSON")
    own = ScriptedJudge("anthropic/claude-test")
    settings = PLAIN.model_copy(update={"candidate": "anthropic/claude-of-the-work"})
    report = judged(tmp_path / "judging", [own, other], work(tmp_path / "work"), TWO, settings)
    assert [each.status for each in report.verdicts] == ["ungraded", "ungraded"]
    assert [each.judge for each in report.verdicts[0].votes] == ["gpt-test", "claude-test"]


def test_the_heaviest_leaves_first_until_the_bounds_are_close(tmp_path: Path) -> None:
    many = rubric(*(leaf(f"name_{number}", float(number + 1)) for number in range(8)))
    model = ScriptedJudge()
    settings = PLAIN.model_copy(update={"target": 0.2, "at_once": 2})
    report = judged(tmp_path / "judging", [model], work(tmp_path / "work"), many, settings)
    assert model.leaves == ["name_7", "name_6", "name_5", "name_4", "name_3", "name_2"]
    assert report.high - report.low <= 0.2
    assert any("the bounds are within 0.2" in each for each in report.notes)


def test_probes_count_for_nothing_but_steadiness(tmp_path: Path) -> None:
    asked_twice: list[str] = []

    def wavers(asked: Asked) -> str:
        """Of `plot_line` it says another thing the second time."""
        asked_twice.append(asked.leaf)
        if asked.leaf == "plot_line" and asked_twice.count("plot_line") == 2:
            return answer(asked, None)
        return honest(asked)

    settings = PLAIN.model_copy(update={"probes": 2})
    model = ScriptedJudge(says=wavers)
    files = {"other_py": "def unused_one():\n    return 1\n"}
    report = judged(tmp_path / "judging", [model], work(tmp_path / "work", **files), TWO, settings)
    assert [each.status for each in report.verdicts] == ["passed", "failed"]
    assert report.agreement["flip rate shuffled"] == 0.0
    variants = [[vote.variant for vote in each.votes] for each in report.verdicts]
    assert variants == [["", "repeated", "shuffled"]] * 2


def test_a_panel_needs_judges_with_names_of_their_own(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="without judges"):
        judged(tmp_path / "none", [], work(tmp_path / "work"))
    with pytest.raises(UsageError, match="are called claude-test"):
        judged(tmp_path / "two", [ScriptedJudge(), ScriptedJudge()], work(tmp_path / "work"))


def test_errata_reach_the_judge(tmp_path: Path) -> None:
    model = ScriptedJudge()
    asked = Rubric(title="a line", criteria=(leaf("fit_line"),), errata=("Slope means the second figure.",))
    judged(tmp_path / "judging", [model], work(tmp_path / "work"), asked)
    assert "Slope means the second figure." in model.requests[0].messages[1].text


def test_two_judges_of_the_candidates_families_decide_nothing(tmp_path: Path) -> None:
    other = ScriptedJudge("openai/gpt-test", says=lambda asked: answer(asked, None))
    own = [ScriptedJudge("deepseek/deepseek-test"), ScriptedJudge("groq/llama-test")]
    settings = PLAIN.model_copy(update={"candidate": "groq/deepseek-r1-distill-llama-70b"})
    report = judged(tmp_path / "judging", [*own, other], work(tmp_path / "work"), TWO, settings)
    assert [each.score for each in report.verdicts] == [None, None]


def test_a_judge_that_abstains_lends_the_own_family_no_weight(tmp_path: Path) -> None:
    other = ScriptedJudge("openai/gpt-test", says=lambda asked: answer(asked, None))
    own = ScriptedJudge("anthropic/claude-test")
    settings = PLAIN.model_copy(update={"candidate": "anthropic/claude-x", "quorum": 1})
    report = judged(tmp_path / "judging", [own, other], work(tmp_path / "work"), TWO, settings)
    assert [each.score for each in report.verdicts] == [None, None]


def test_the_candidates_teachers_family_is_its_own(tmp_path: Path) -> None:
    model = ScriptedJudge("groq/llama-test")
    settings = PLAIN.model_copy(update={"candidate": "groq/deepseek-r1-distill-llama-70b"})
    report = judged(tmp_path / "judging", [model], work(tmp_path / "work"), TWO, settings)
    assert [each.status for each in report.verdicts] == ["ungraded", "ungraded"]
    assert model.requests == []
