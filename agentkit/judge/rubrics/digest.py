"""Names for the content of rubrics: a rubric or a leaf that is reworded is another one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from agentkit.contracts.rubric import Criterion, Rubric


def normalised(text: str) -> str:
    """Without differences of white space, which no reader sees."""
    return " ".join(text.split())


def leaf_digest(criterion: Criterion) -> str:
    """By what a judge is asked: id, text, kind, largest mark and check. Weights may change under it."""
    return _sha256(
        {
            "id": criterion.id,
            "text": normalised(criterion.text),
            "kind": criterion.kind,
            "points": criterion.points,
            "check": criterion.check,
        }
    )


def rubric_digest(rubric: Rubric) -> str:
    """By everything that the score depends on; not by diagnostics or what only its format says."""
    whole = rubric.model_dump(mode="json", exclude={"diagnostics", "criteria", "format"})
    return _sha256({**whole, "criteria": [_counted(each) for each in rubric.criteria]})


def _counted(criterion: Criterion) -> Mapping[str, Any]:
    own = criterion.model_dump(mode="json", exclude={"children", "source"})
    return {**own, "children": [_counted(each) for each in criterion.children]}


def _sha256(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
