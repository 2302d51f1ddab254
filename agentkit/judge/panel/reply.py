"""A judge's reply: one JSON value of a fixed form, bound to the leaf and to the nonce, or no vote at all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, ValidationError

from agentkit.contracts.record import Record
from agentkit.contracts.rubric import Citation, Criterion

LONGEST_TEXT = 20_000
MOST_CITATIONS = 40


class Span(Record):
    """Lines of a file that a judge points at, and what it says that they hold."""

    path: str
    first_line: int = Field(ge=0)
    last_line: int = Field(ge=0)
    quote: str = Field(max_length=LONGEST_TEXT)


class Absence(Record):
    """A search that a judge says finds nothing."""

    globs: tuple[str, ...]
    pattern: str = Field(max_length=1_000)


class JudgeReply(Record):
    """What a judge must answer, and nothing besides. `score` null: it cannot tell."""

    leaf: str
    nonce: str
    expectations: str = Field(max_length=LONGEST_TEXT)
    reality: str = Field(max_length=LONGEST_TEXT)
    citations: tuple[Span, ...] = Field(max_length=MOST_CITATIONS)
    absences: tuple[Absence, ...] = Field(max_length=MOST_CITATIONS)
    score: float | None
    confidence: Literal["low", "medium", "high"]

    @property
    def all_citations(self) -> tuple[Citation, ...]:
        spans = [Citation(**span.model_dump()) for span in self.citations]
        absences = [Citation(globs=each.globs, pattern=each.pattern) for each in self.absences]
        return (*spans, *absences)


class NoVote(ValueError):
    """The reply is not one that can be counted; the text says why."""


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Every field required and none besides, as providers that hold a model to a schema want it."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


_TEXT, _LINE = {"type": "string"}, {"type": "integer"}

SCHEMA: Mapping[str, Any] = _object(
    {
        "leaf": _TEXT,
        "nonce": _TEXT,
        "expectations": _TEXT,
        "reality": _TEXT,
        "citations": _list(_object({"path": _TEXT, "first_line": _LINE, "last_line": _LINE, "quote": _TEXT})),
        "absences": _list(_object({"globs": _list(_TEXT), "pattern": _TEXT})),
        "score": {"type": ["number", "null"]},
        "confidence": {"type": "string", "enum": ["low", "medium", "high"]},
    }
)
"""The same for every leaf: what differed would end the prefix that a provider keeps. The reasons come
before the score, so that it follows from them."""


def read_reply(text: str, leaf: Criterion, nonce: str) -> tuple[JudgeReply, float | None]:
    """The reply and its score from 0 to 1. Raises NoVote for all but an answer to exactly this question."""
    try:
        content = json.loads(text.strip(), object_pairs_hook=_once, parse_constant=_no_number)
        reply = JudgeReply.model_validate_json(json.dumps(content), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise NoVote(
            f"the reply is not of the form that was asked for, at {place}: {first['msg']}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise NoVote(f"the reply is no JSON: {error}") from error
    if reply.leaf != leaf.id:
        raise NoVote(f"the reply is about another leaf, {reply.leaf[:80]!r}")
    if reply.nonce != nonce:
        raise NoVote("the reply does not carry this judging's nonce")
    return reply, _share(reply.score, leaf.points)


def _share(score: float | None, points: float | None) -> float | None:
    """Of the largest mark. A leaf without marks is met or it is not."""
    if score is None:
        return None
    if points is None:
        if score not in (0, 1):
            raise NoVote(f"the score is {score:g}; of this leaf it is 0 or 1")
        return float(score)
    if not 0 <= score <= points:
        raise NoVote(f"the score is {score:g}; of this leaf it is between 0 and {points:g}")
    return score / points


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no name stands twice: the second would replace the first unseen."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")
