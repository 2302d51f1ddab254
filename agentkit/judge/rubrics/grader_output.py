"""PaperBench's graded trees: `grader_output.json` of its judge, and people's `expected_result.json`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from agentkit.contracts.messages import Usage
from agentkit.contracts.model import Price
from agentkit.contracts.record import Record
from agentkit.contracts.rubric import Criterion, JudgeCost, JudgeReport, Method, Rubric, Verdict, Vote
from agentkit.errors import BadFile
from agentkit.judge.evidence import Finding
from agentkit.judge.rubrics.files import load_graded, quoted, read_text
from agentkit.judge.rubrics.paperbench_form import node_of, parse_tree, root_of
from agentkit.judge.tally import tally
from agentkit.models.cards import dollars_of, model_card

PriceOf = Callable[[str], Price | None]
PERSON = "person"
AGGREGATED = "Aggregated score from sub-tasks."
"""Upstream's explanation of every group."""
UNCOUNTED = "The cost leaves out what ranking the files cost, which this format does not count."


def listed_price(model: str) -> Price | None:
    return model_card(model).price


class GraderOutput(Record):
    """What the file says, of which the rubric and the report are all that most readers want."""

    rubric: Rubric
    report: JudgeReport
    header: Mapping[str, Any] = Field(default_factory=dict)
    """`judge_type`, `graded_at` …; empty where the file is the tree alone, which is a person's."""
    metadata: Mapping[str, Any] = Field(default_factory=dict)
    """`judge_metadata` by id, where there is any."""


def read_grader_output(path: Path, price_of: PriceOf = listed_price) -> GraderOutput:
    """Raises BadFile, also where there is no such file."""
    header, tree = load_graded(read_text(path), path)
    return parse_grader_output(header, tree, path, price_of)


def parse_grader_output(
    header: Mapping[str, Any], tree: Any, path: object, price_of: PriceOf = listed_price
) -> GraderOutput:
    """A leaf whose score upstream calls invalid is an error here, and no zero."""
    rubric = parse_tree(tree, path)
    nodes = dict(_nodes(rubric.criteria[0], tree))
    findings: dict[str, Finding] = {}
    for id, (leaf, node) in nodes.items():
        if not leaf.children:
            findings[id] = _finding(node, path, id, header, price_of)
    report = tally(rubric, findings)
    if header:
        report = report.model_copy(update=_facts(report, header))
    else:
        report = report.model_copy(update={"panel": (PERSON,)})
    kept = {id: node.get("judge_metadata") for id, (_, node) in nodes.items()}
    return GraderOutput(
        rubric=rubric,
        report=report,
        header=header,
        metadata={id: value for id, value in kept.items() if value is not None},
    )


def _nodes(
    criterion: Criterion, node: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[Criterion, Mapping[str, Any]]]]:
    yield criterion.id, (criterion, node)
    for child, below in zip(criterion.children, node["sub_tasks"], strict=True):
        yield from _nodes(child, below)


def _finding(
    node: Mapping[str, Any], path: object, id: str, header: Mapping[str, Any], price_of: PriceOf
) -> Finding:
    score, said = node.get("score"), node.get("explanation")
    if not isinstance(score, int | float) or isinstance(score, bool) or not 0 <= score <= 1:
        raise BadFile(path, f"{id}.score", "a number from 0 to 1", repr(score))
    if not isinstance(said, str):
        raise BadFile(path, f"{id}.explanation", "text", repr(said))
    valid = node.get("valid_score")
    if valid not in (True, False):  # as numbers too: people's files have 1.0
        raise BadFile(path, f"{id}.valid_score", "true or false", repr(valid))
    try:
        vote = _vote(node.get("judge_metadata"), header, price_of)
    except (KeyError, TypeError, ValueError) as problem:
        spot, wanted = f"{id}.judge_metadata.token_usage", "tokens by model: { in = 0, out = 0 }"
        raise BadFile(path, spot, wanted, quoted(node["judge_metadata"].get("token_usage"))) from problem
    vote = vote.model_copy(update={"score": float(score)} if valid else {"error": said or "not valid"})
    method: Method = "panel" if header else "person"
    if not valid:
        return Finding("error", said, method=method, votes=(vote,))
    status: Literal["passed", "failed", "partial"] = "partial"
    if score in (0, 1):
        status = "passed" if score else "failed"
    return Finding(status, said, float(score), method=method, votes=(vote,))


def _vote(metadata: object, header: Mapping[str, Any], price_of: PriceOf) -> Vote:
    """`judge_metadata` is null, an object, or, in one published file, an empty text."""
    judge = str(header.get("judge_type", PERSON))
    model = str(header.get("model_name", ""))
    if not isinstance(metadata, Mapping):
        return Vote(judge=judge, model=model)
    spent = _spent(metadata.get("token_usage"), price_of)
    said = metadata.get("full_judge_response")
    return Vote(judge=judge, model=model, reality=said if isinstance(said, str) else "", usage=spent)


def _spent(usage: object, price_of: PriceOf) -> Usage:
    """Over all models. No usage, or no price for one of them: no sum in dollars."""
    if not isinstance(usage, Mapping):
        return Usage()
    total = Usage(dollars=0.0)
    for model, counts in usage.items():
        one = Usage(input_tokens=int(counts["in"]), output_tokens=int(counts["out"]))
        total = _sum(total, one.model_copy(update={"dollars": dollars_of(one, price_of(model))}))
    return total


def _sum(one: Usage, other: Usage) -> Usage:
    known = one.dollars is not None and other.dollars is not None
    return Usage(
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        dollars=(one.dollars or 0.0) + (other.dollars or 0.0) if known else None,
    )


def _facts(report: JudgeReport, header: Mapping[str, Any]) -> dict[str, Any]:
    votes = [vote for verdict in report.verdicts for vote in verdict.votes]
    spent = Usage(dollars=0.0)
    for vote in votes:
        spent = _sum(spent, vote.usage)
    cost = JudgeCost(
        calls=sum(vote.usage.input_tokens > 0 for vote in votes),
        failed_calls=sum(bool(vote.error) for vote in votes),
        usage=spent,
    )
    panel = str(header.get("model_name") or header.get("judge_type") or "")
    return {"panel": (panel,), "cost": cost, "notes": (UNCOUNTED,) if cost.calls else ()}


def compat_scores(rubric: Rubric, scores: Mapping[str, float | None]) -> dict[str, float]:
    """Upstream's own score of every criterion, by id: a leaf without a score is 0, and so is a criterion
    whose children weigh nothing. Floats, but no sum depends on the order or on the Python."""
    found: dict[str, float] = {}

    def score(criterion: Criterion) -> float:
        if criterion.children:
            parts = [(score(each), each.weight) for each in criterion.children]
            total = math.fsum(weight for _, weight in parts)
            found[criterion.id] = math.fsum(part * weight for part, weight in parts) / total if total else 0.0
        else:
            found[criterion.id] = scores.get(criterion.id) or 0.0
        return found[criterion.id]

    score(root_of(rubric))
    return found


def grader_output(
    rubric: Rubric,
    report: JudgeReport,
    header: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> str:
    """`grader_output.json`; with an empty `header` the tree alone. A leaf that nobody graded is written as
    upstream writes it: score 0, not valid."""
    verdicts = {each.id: each for each in report.verdicts}
    scores = compat_scores(rubric, {id: each.score for id, each in verdicts.items()})
    root = root_of(rubric)

    def graded(criterion: Criterion) -> dict[str, Any]:
        node = node_of(criterion.model_copy(update={"children": ()}), rubric.format == "paperbench")
        verdict = verdicts.get(criterion.id)
        node.pop("finegrained_task_category", None)
        said = (metadata or {}).get(criterion.id)
        whole = bool(criterion.children)
        return node | {
            "score": scores[criterion.id],
            "valid_score": whole or (verdict is not None and verdict.score is not None),
            "task_category": None if whole else node.get("task_category"),
            "explanation": AGGREGATED if whole else (verdict.evidence if verdict else "not yet graded"),
            "judge_metadata": said if metadata is not None or verdict is None else _metadata(verdict),
            "sub_tasks": [graded(each) for each in criterion.children],
        }

    tree = graded(root)
    if header is not None and not header:
        return json.dumps(tree, indent=4)
    invalid = sum(each.score is None for each in report.verdicts)
    facts = {
        "judge_type": "agentkit",
        "score": scores[root.id],
        "num_leaf_nodes": len(report.verdicts),
        "num_invalid_leaf_nodes": invalid,
        "graded_at": "",
        "completer_config": None,
        "token_usage": _token_usage(report),
    }
    return json.dumps({**(header or facts), "graded_task_tree": tree}, indent=4)


def _metadata(verdict: Verdict) -> dict[str, Any] | None:
    """What the judges said, where there were any."""
    if not verdict.votes:
        return None
    said = [f"{vote.judge}: {vote.reality or vote.error}" for vote in verdict.votes]
    return {"full_judge_response": "\n\n".join(said), "token_usage": _used(verdict.votes)}


def _token_usage(report: JudgeReport) -> dict[str, dict[str, int]]:
    return _used([vote for verdict in report.verdicts for vote in verdict.votes])


def _used(votes: Iterator[Vote] | list[Vote] | tuple[Vote, ...]) -> dict[str, dict[str, int]]:
    """By model. Cached votes were paid for elsewhere."""
    found: dict[str, dict[str, int]] = {}
    for vote in votes:
        if vote.model and not vote.cached:
            counts = found.setdefault(vote.model, {"in": 0, "out": 0})
            counts["in"] += vote.usage.input_tokens
            counts["out"] += vote.usage.output_tokens
    return found
