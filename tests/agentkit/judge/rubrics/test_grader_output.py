from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.messages import Usage
from agentkit.contracts.model import Price
from agentkit.contracts.rubric import Vote
from agentkit.errors import BadFile
from agentkit.judge.evidence import Finding, error, passed
from agentkit.judge.prerequisites import apply_gates, gates_of, with_gate
from agentkit.judge.rubrics.grader_output import (
    AGGREGATED,
    UNCOUNTED,
    compat_scores,
    grader_output,
    listed_price,
    parse_grader_output,
    read_grader_output,
)
from agentkit.judge.rubrics.paperbench_form import parse_tree
from agentkit.judge.tally import tally
from agentkit.judge.tree import leaves
from tests.agentkit.judge.rubrics.forms import TREE, folder_of, node

PRICES = {"cheap": Price(input=1.0, output=4.0), "dear": Price(input=2.5, output=10.0)}


def graded(id: str, score: float, *below: dict[str, Any], **more: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "score": score,
        "valid_score": True,
        "explanation": "seen",
        "judge_metadata": None,
    }
    if below:
        facts["explanation"] = AGGREGATED
    tree = node(id, *below, **(facts | more))
    del tree["finegrained_task_category"]
    return tree


def spent(**models: tuple[int, int]) -> dict[str, Any]:
    usage = {model: {"in": counts[0], "out": counts[1]} for model, counts in models.items()}
    return {"full_judge_response": "# Reality\nit is there", "token_usage": usage}


OUTPUT = {
    "judge_type": "simple",
    "model_name": "cheap",
    "score": 0.6,
    "num_leaf_nodes": 3,
    "num_invalid_leaf_nodes": 1,
    "graded_at": "2025-04-14",
    "graded_task_tree": graded(
        "root",
        0.6,
        graded("a", 1, judge_metadata=spent(cheap=(1000, 10), dear=(100, 5)), weight=3),
        graded("b", 0, judge_metadata=spent(cheap=(0, 0)), task_category="Code Execution"),
        graded("c", 0, valid_score=False, explanation="judge failed", judge_metadata=spent(cheap=(500, 0))),
    ),
    "token_usage": {"cheap": {"in": 1500, "out": 10}, "dear": {"in": 100, "out": 5}},
}


def written(tmp_path: Path, content: object) -> Path:
    (tmp_path / "grader_output.json").write_text(json.dumps(content))
    return tmp_path / "grader_output.json"


def test_a_failed_judge_is_no_zero(tmp_path: Path) -> None:
    output = read_grader_output(written(tmp_path, OUTPUT), PRICES.get)
    report = output.report
    assert [(each.id, each.status, each.score, each.evidence) for each in report.verdicts] == [
        ("a", "passed", 1.0, "seen"),
        ("b", "failed", 0.0, "seen"),
        ("c", "error", None, "judge failed"),
    ]
    assert (report.score, report.low, report.high, report.coverage) == (0.75, 0.6, 0.8, 0.8)
    assert {each.method for each in report.verdicts} == {"panel"}
    first, *_, last = report.verdicts
    assert first.votes[0].reality == "# Reality\nit is there" and last.votes[0].error == "judge failed"
    assert report.panel == ("cheap",)


def test_what_it_cost(tmp_path: Path) -> None:
    path = written(tmp_path, OUTPUT)
    cost = read_grader_output(path, PRICES.get).report.cost
    assert (cost.calls, cost.failed_calls) == (2, 1)
    assert (cost.usage.input_tokens, cost.usage.output_tokens) == (1600, 15)
    assert cost.usage.dollars == pytest.approx((1500 + 40 + 250 + 50) / 1e6)
    unknown = read_grader_output(path, {"cheap": PRICES["cheap"]}.get).report
    assert unknown.cost.usage.dollars is None  # and not what is known of it
    assert unknown.notes == (UNCOUNTED,)


@pytest.mark.parametrize("metadata", [None, "", {}, {"full_judge_response": 3, "token_usage": None}])
def test_a_judge_that_does_not_say_what_it_used_was_not_free(metadata: object) -> None:
    tree = graded("root", 1, judge_metadata=metadata)
    report = parse_grader_output({"judge_type": "simple"}, tree, "x", PRICES.get).report
    assert (report.score, report.cost.usage.dollars, report.cost.calls) == (1.0, None, 0)


def test_what_was_read_is_written_back(tmp_path: Path) -> None:
    output = read_grader_output(written(tmp_path, OUTPUT), PRICES.get)
    text = grader_output(output.rubric, output.report, output.header, output.metadata)
    assert json.loads(text) == OUTPUT


def test_a_tree_without_anything_around_it_is_a_persons(tmp_path: Path) -> None:
    tree = graded("root", 0.5, graded("a", 1.0, valid_score=1.0), graded("b", 0.0, judge_metadata=""))
    output = read_grader_output(written(tmp_path, tree))
    assert {each.method for each in output.report.verdicts} == {"person"}
    assert (output.report.score, output.report.panel, output.metadata) == (0.5, ("person",), {"b": ""})
    assert json.loads(grader_output(output.rubric, output.report, {}, output.metadata)) == tree


def test_our_own_report_in_their_form() -> None:
    rubric = parse_tree(TREE, "rubric.json")
    vote = Vote(
        judge="one", model="cheap", score=1.0, reality="there", usage=Usage(input_tokens=7, output_tokens=2)
    )
    kept = vote.model_copy(update={"cached": True})
    findings = {
        "a": passed("a file"),
        "b": Finding("partial", "half", 0.5, method="panel", votes=(vote, kept)),
        "c": error("no sandbox"),
    }
    output = json.loads(grader_output(rubric, tally(rubric, findings)))
    assert (output["judge_type"], output["num_leaf_nodes"], output["num_invalid_leaf_nodes"]) == (
        "agentkit",
        4,
        2,
    )
    assert output["score"] == output["graded_task_tree"]["score"] == pytest.approx((1 + 3 * 0.5) / 4 * 2 / 3)
    assert output["token_usage"] == {"cheap": {"in": 7, "out": 2}}
    again = parse_grader_output({"judge_type": "agentkit"}, output["graded_task_tree"], "x", PRICES.get)
    assert [(each.id, each.status) for each in again.report.verdicts] == [
        ("a", "passed"), ("b", "partial"), ("c", "error"), ("d", "error"),
    ]  # fmt: skip
    assert "finegrained_task_category" not in json.dumps(output)


@pytest.mark.parametrize(
    ("change", "key", "expected"),
    [
        ({"score": 2}, "root.score", "0 to 1"),
        ({"score": None}, "root.score", "0 to 1"),
        ({"valid_score": "yes"}, "root.valid_score", "true or false"),
        ({"explanation": None}, "root.explanation", "text"),
        ({"judge_metadata": {"token_usage": {"m": 3}}}, "root.judge_metadata.token_usage", "tokens by model"),
        ({"judge_metadata": {"token_usage": {"m": {"in": 1}}}}, "root.judge_metadata.token_usage", "tokens"),
    ],
)
def test_a_tree_that_is_not_graded_is_refused(change: dict[str, Any], key: str, expected: str) -> None:
    with pytest.raises(BadFile) as caught:
        parse_grader_output({}, graded("root", 1) | change, "graded.json")
    assert caught.value.message == f"graded.json has a mistake at '{key}'."
    assert expected in caught.value.lines[0]


def test_upstream_counts_what_is_missing_as_nothing() -> None:
    rubric = parse_tree(node("r", node("a"), node("g", node("b", weight=0), weight=3)), "x")
    assert compat_scores(rubric, {"a": 1.0, "b": 1.0}) == {"a": 1.0, "b": 1.0, "g": 0.0, "r": 0.25}
    assert compat_scores(rubric, {"a": None}) == {"a": 0.0, "b": 0.0, "g": 0.0, "r": 0.0}
    assert tally(rubric, {"a": passed("y"), "b": passed("y")}).score == 1.0  # what weighs nothing is left out


def test_listed_prices_are_the_models_own() -> None:
    assert listed_price("no-such-model-at-all") is None


PEOPLE = {
    "all-in-one": (60, 0.713935), "pinn": (588, 0.834215), "rice": (128, 0.185681),
    "semantic-self-consistency": (23, 0.91), "stay-on-topic-with-classifier-free-guidance": (39, 0.481530),
}  # fmt: skip


@pytest.mark.parametrize("name", PEOPLE)
def test_peoples_published_grades(name: str) -> None:
    papers = folder_of("AGENTKIT_FRONTIER_EVALS") / "project" / "paperbench" / "data" / "judge_eval"
    compare_with_people(papers / name / "0" / "grading" / "expected_result.json", *PEOPLE[name])


@pytest.mark.parametrize("name", ["rice", "semantic-self-consistency"])
def test_some_of_peoples_published_grades(name: str) -> None:
    path = folder_of("AGENTKIT_JUDGE_DATA") / "paperbench" / f"{name}.expected_result.json"
    compare_with_people(path, *PEOPLE[name])


def compare_with_people(path: Path, groups: int, root: float) -> None:
    """Our mean of every criterion is theirs."""
    output = read_grader_output(path)
    theirs = {}

    def visit(tree: dict[str, Any]) -> None:
        if tree["sub_tasks"]:
            theirs[tree["id"]] = tree["score"]
        for each in tree["sub_tasks"]:
            visit(each)

    visit(json.loads(path.read_text(encoding="utf-8")))
    ours = {each.id: each.score for each in output.report.groups if each.id}
    assert len(ours) == groups and ours.keys() == theirs.keys()
    assert max(abs((ours[id] or 0) - score) for id, score in theirs.items()) <= 1e-12
    assert output.report.score == pytest.approx(root, abs=5e-7)
    assert output.report.coverage == 1


def test_what_did_not_run_can_have_no_results() -> None:
    """Of two published submissions that lack `reproduce.sh`: the gate says what people said."""
    papers = folder_of("AGENTKIT_FRONTIER_EVALS") / "project" / "paperbench" / "data" / "judge_eval"
    settled = right = 0
    for name in ("rice", "all-in-one"):
        output = read_grader_output(papers / name / "0" / "grading" / "expected_result.json")
        check = {"kind": "file", "file": "reproduce.sh"}
        rubric = with_gate(output.rubric, check, ("execution", "result"))
        closed = apply_gates([(gate, Finding("failed", "no reproduce.sh", 0.0)) for gate in gates_of(rubric)])
        people = {each.id: each.score for each in output.report.verdicts}
        settled += len(closed)
        right += sum(found.score == people[id] for id, found in closed.items())
        assert {leaf.kind for leaf in leaves(rubric) if leaf.id in closed} <= {"execution", "result"}
    assert (settled, right) == (265, 264)


def test_published_outputs_of_a_judge() -> None:
    """Of one paper, with the prices of their day."""
    prices = {
        "o3-mini-2025-01-31": Price(input=1.10, output=4.40),
        "gpt-4o-2024-08-06": Price(input=2.50, output=10.0),
    }
    paths = sorted(folder_of("AGENTKIT_BENCHFLOW_PAPERBENCH").rglob("*_grader_output_0.json"))
    outputs = [read_grader_output(path, prices.get) for path in paths]
    assert sum(len(each.report.verdicts) for each in outputs) == 890
    dollars = [each.report.cost.usage.dollars or 0 for each in outputs]
    assert sorted(dollars) == pytest.approx([7.03, 9.00, 9.52, 14.56, 23.62], abs=0.01)
    for path, each in zip(paths, outputs, strict=True):
        scores = {verdict.id: verdict.score for verdict in each.report.verdicts}
        assert compat_scores(each.rubric, scores)[each.rubric.criteria[0].id] == each.header["score"]
        assert each.report.score == pytest.approx(each.header["score"], abs=1e-12)
        text = grader_output(each.rubric, each.report, each.header, each.metadata)
        assert json.loads(text) == json.loads(path.read_text(encoding="utf-8"))
