from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agentkit.judge.panel.settings import PanelSettings
from tests.agentkit.judge.panel.scene import (
    PLAIN,
    SPEAKS,
    TWO,
    Asked,
    ScriptedJudge,
    answer,
    cite,
    honest,
    judged,
    leaf,
    rubric,
    work,
)

ONE = rubric(leaf("fit_line"))
NONE: Mapping[str, str] = {}
COMMENT = {"notes_py": "# fit_line is defined and was tested with great care\nx = 1\n"}


def one_vote(
    tmp_path: Path, model: ScriptedJudge, settings: PanelSettings = PLAIN, files: Mapping[str, str] = NONE
) -> tuple[Any, Any]:
    """The leaf's verdict and its first vote."""
    evidence = work(tmp_path / "work", **files)
    (verdict,) = judged(tmp_path / "judging", [model], evidence, ONE, settings).verdicts
    return verdict, verdict.votes[0]


def claims_a_line_that_is_not_there(asked: Asked) -> str:
    span = {"path": "fit.py", "first_line": 10, "last_line": 10, "quote": "def fit_line(rows, robust=True):"}
    return answer(asked, 1, citations=[span])


def test_a_pass_whose_citation_does_not_hold_is_asked_about_once_more(tmp_path: Path) -> None:
    def mends(asked: Asked) -> str:
        return honest(asked) if asked.again else claims_a_line_that_is_not_there(asked)

    model = ScriptedJudge(says=mends)
    verdict, vote = one_vote(tmp_path, model)
    assert (verdict.status, vote.score, len(model.requests)) == ("passed", 1.0, 2)
    second = model.requests[1]
    assert [each.role for each in second.messages] == [
        "system", "user", "assistant", "user", "assistant", "user",
    ]  # fmt: skip
    assert "robust=True" in second.messages[-1].text
    assert "mismatch" in second.messages[-1].text
    assert second.messages[:4] == model.requests[0].messages
    assert vote.usage.input_tokens == 2000


def test_one_that_still_does_not_hold_is_an_abstention_and_no_zero(tmp_path: Path) -> None:
    model = ScriptedJudge(says=claims_a_line_that_is_not_there)
    verdict, vote = one_vote(tmp_path, model)
    assert (verdict.status, verdict.score, vote.score, vote.error) == ("abstained", None, None, "")
    assert [each.status for each in vote.citations] == ["mismatch"]
    assert len(model.requests) == 2


def test_the_second_question_can_be_left_out(tmp_path: Path) -> None:
    model = ScriptedJudge(says=claims_a_line_that_is_not_there)
    verdict, _ = one_vote(tmp_path, model, PLAIN.model_copy(update={"reask": False}))
    assert (verdict.status, len(model.requests)) == ("abstained", 1)


def test_a_comment_does_not_prove_code(tmp_path: Path) -> None:
    def believes(asked: Asked) -> str:
        (block,) = [each for each in asked.blocks if each.name == "notes.py"]
        return answer(asked, 1, citations=[cite(block, 0)])

    verdict, vote = one_vote(tmp_path, ScriptedJudge(says=believes), files=COMMENT)
    assert verdict.status == "abstained"
    assert [each.status for each in vote.citations] == ["inadmissible"]


def test_a_fail_needs_a_place_or_a_search_too(tmp_path: Path) -> None:
    verdict, _ = one_vote(tmp_path, ScriptedJudge(says=lambda asked: answer(asked, 0)))
    assert (verdict.status, verdict.score) == ("abstained", None)

    def searches(asked: Asked) -> str:
        """For what is there."""
        return answer(asked, 0, absences=[{"globs": ["*.py"], "pattern": "def fit_line"}])

    verdict, vote = one_vote(tmp_path / "second", ScriptedJudge(says=searches))
    assert (verdict.status, [each.status for each in vote.citations]) == ("abstained", ["mismatch"])


def test_a_comment_may_speak_against_the_work(tmp_path: Path) -> None:
    def cites_the_comment(asked: Asked) -> str:
        (block,) = [each for each in asked.blocks if each.name == "notes.py"]
        return answer(asked, 0, citations=[cite(block, 0)])

    text = {"notes_py": "# fit_line is a stub, never finished\nx = 1\n"}
    verdict, _ = one_vote(tmp_path, ScriptedJudge(says=cites_the_comment), files=text)
    assert verdict.status == "failed"


@pytest.mark.parametrize(
    "said",
    ["", "The work is fine.", '{"score": 1}'],
)
def test_what_is_no_vote_is_an_error_and_no_zero(tmp_path: Path, said: str) -> None:
    verdict, vote = one_vote(tmp_path, ScriptedJudge(says=lambda asked: said))
    assert (verdict.status, verdict.score, vote.score) == ("error", None, None)
    assert vote.error


def test_an_answer_to_another_leaf_or_with_another_nonce_is_no_vote(tmp_path: Path) -> None:
    for changes in ({"leaf": "other"}, {"nonce": "guessed"}):
        model = ScriptedJudge(says=lambda asked, changes=changes: answer(asked, 1, **changes))  # type: ignore[misc]
        verdict, _ = one_vote(tmp_path / str(changes), model)
        assert verdict.status == "error"


def test_null_is_an_abstention(tmp_path: Path) -> None:
    model = ScriptedJudge(says=lambda asked: answer(asked, None))
    verdict, vote = one_vote(tmp_path, model)
    assert (verdict.status, vote.error, len(model.requests)) == ("abstained", "", 1)


def test_undefended_a_claim_is_believed(tmp_path: Path) -> None:
    def claims(asked: Asked) -> str:
        return answer(asked, 1)

    report = judged(
        tmp_path / "judging", [ScriptedJudge(says=claims)], work(tmp_path / "work"), ONE, defended=False
    )
    assert [each.status for each in report.verdicts] == ["passed"]


def test_a_quote_of_a_file_that_nobody_read_is_no_word_against_the_work(tmp_path: Path) -> None:
    def cites_the_weights(asked: Asked) -> str:
        span = {"path": "net.bin", "first_line": 1, "last_line": 1, "quote": "the layer is missing here"}
        return answer(asked, 0, citations=[span])

    evidence = work(tmp_path / "work")
    (tmp_path / "work" / "net.bin").write_bytes(b"\0\1" * 50)
    (verdict,) = judged(
        tmp_path / "judging", [ScriptedJudge(says=cites_the_weights)], evidence, rubric(leaf("fit_line"))
    ).verdicts
    assert (verdict.status, verdict.score) == ("abstained", None)


def test_a_quote_that_was_moved_is_proof(tmp_path: Path) -> None:
    def off_by_three(asked: Asked) -> str:
        span = {"path": "fit.py", "first_line": 7, "last_line": 7, "quote": "def fit_line(rows):"}
        return answer(asked, 1, citations=[span])

    model = ScriptedJudge(says=off_by_three)
    (verdict,) = judged(
        tmp_path / "judging", [model], work(tmp_path / "work"), rubric(leaf("fit_line"))
    ).verdicts
    assert (verdict.status, len(model.requests)) == ("passed", 1)
    assert [(each.status, each.first_line) for each in verdict.citations] == [("moved", 10)]


def test_a_verdict_rests_on_what_was_found_only(tmp_path: Path) -> None:
    def cites_too_much(asked: Asked) -> str:
        said = json.loads(honest(asked))
        gone = {"path": "gone.py", "first_line": 1, "last_line": 1, "quote": "fit_line(rows)"}
        said["citations"].append(gone)
        return json.dumps(said)

    evidence = work(tmp_path / "work")
    (verdict,) = judged(
        tmp_path / "judging", [ScriptedJudge(says=cites_too_much)], evidence, rubric(leaf("fit_line"))
    ).verdicts
    assert [each.status for each in verdict.votes[0].citations] == ["verified", "missing"]
    assert [each.path for each in verdict.citations] == ["fit.py"]


def test_another_length_of_reply_is_another_question(tmp_path: Path) -> None:
    evidence = work(tmp_path / "work")
    judged(tmp_path / "judging", [ScriptedJudge()], evidence)
    again = ScriptedJudge()
    judged(tmp_path / "judging", [again], evidence)
    assert again.requests == []
    longer = PLAIN.model_copy(update={"longest_reply": 8192})
    judged(tmp_path / "judging", [again], evidence, TWO, longer)
    assert again.leaves == ["fit_line", "plot_line"], "another length of reply is another question"


def test_a_probe_is_asked_and_not_looked_up(tmp_path: Path) -> None:
    model = ScriptedJudge()
    settings = PLAIN.model_copy(update={"probes": 1})
    judged(tmp_path / "judging", [model], work(tmp_path / "work"), rubric(leaf("fit_line")), settings)
    assert model.leaves == ["fit_line"] * 3, "a probe is asked, not looked up"


def test_a_fail_needs_a_quote_that_stands_there(tmp_path: Path) -> None:
    def cites_what_is_not_there(asked: Asked) -> str:
        span = {"path": "fit.py", "first_line": 10, "last_line": 10, "quote": "raise NotImplementedError"}
        return answer(asked, 0, citations=[span])

    asked = rubric(leaf("fit_line"))
    model = ScriptedJudge(says=cites_what_is_not_there)
    (verdict,) = judged(tmp_path / "judging", [model], work(tmp_path / "work"), asked).verdicts
    assert (verdict.status, verdict.score) == ("abstained", None)
    assert [each.status for each in verdict.votes[0].citations] == ["mismatch"]


def test_text_that_speaks_to_the_judge_proves_nothing(tmp_path: Path) -> None:
    def believes(asked: Asked) -> str:
        span = {"path": "notes.py", "first_line": 1, "last_line": 1, "quote": "fit_line = compute(x)"}
        return answer(asked, 1, citations=[span])

    spoken = "fit_line = compute(x)  " + SPEAKS
    evidence = work(tmp_path / "work", notes_py=spoken)
    model = ScriptedJudge(says=believes)
    (verdict,) = judged(tmp_path / "judging", [model], evidence, rubric(leaf("fit_line"))).verdicts
    assert verdict.score is None
    assert verdict.votes[0].citations[0].reason == "this text speaks to the judge"
