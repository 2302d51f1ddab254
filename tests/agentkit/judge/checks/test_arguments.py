from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agentkit.judge.checks.arguments import (
    CommandArguments,
    CsvArguments,
    DiffArguments,
    FigureArguments,
    FileArguments,
    GlobArguments,
    JsonArguments,
    RegexArguments,
    TrustArguments,
)

RIGHT: list[tuple[Any, dict[str, Any]]] = [
    (FileArguments, {"file": "a/b.txt"}),
    (FileArguments, {"file": "a.txt", "min_bytes": 3}),
    (GlobArguments, {"glob": "**/*.png", "at_least": 1}),
    (GlobArguments, {"glob": "*.tmp", "at_most": 0}),
    (RegexArguments, {"file": "a.py", "pattern": "^x", "absent": True}),
    (JsonArguments, {"file": "r.json", "path": ["a.b", 0], "equals": "yes"}),
    (JsonArguments, {"file": "r.json", "path": "a.0", "at_least": 1, "at_most": 2.5}),
    (CsvArguments, {"file": "r.csv", "row": -1, "column": "loss", "at_most": 2}),
    (CsvArguments, {"file": "r.csv", "row": {"method": "ours", "seed": 1}, "column": "x", "equals": 3}),
    (FigureArguments, {"name": "fsr", "at_least": 0.5}),
    (CommandArguments, {"argv": ["python", "-m", "pytest"], "pattern": "passed", "seconds": 5}),
    (TrustArguments, {"equals": "verified"}),
    (DiffArguments, {}),
]

WRONG: list[tuple[Any, dict[str, Any]]] = [
    (FileArguments, {}),
    (FileArguments, {"file": "../x"}),
    (FileArguments, {"file": "/x"}),
    (FileArguments, {"file": "x", "min_bytes": -1}),
    (FileArguments, {"file": "x", "min_bytes": "3"}),
    (FileArguments, {"file": "x", "bytes": 3}),
    (GlobArguments, {"glob": "*.png"}),
    (GlobArguments, {"glob": "a**/x", "at_least": 1}),
    (GlobArguments, {"glob": "a/**", "at_least": 1}),
    (GlobArguments, {"glob": "../*", "at_least": 1}),
    (RegexArguments, {"file": "a", "pattern": "("}),
    (RegexArguments, {"file": "a", "pattern": "x", "absent": "no"}),
    (JsonArguments, {"file": "a", "path": "x"}),
    (JsonArguments, {"file": "a", "path": "x", "at_least": "1"}),
    (JsonArguments, {"file": "a", "path": "x", "equals": float("nan")}),
    (CsvArguments, {"file": "a", "row": True, "column": "x", "equals": 1}),
    (CsvArguments, {"file": "a", "row": 0, "column": "", "equals": 1}),
    (FigureArguments, {"name": "fsr"}),
    (FigureArguments, {"name": "fsr", "at_least": float("nan")}),
    (FigureArguments, {"name": "fsr", "equals": "x"}),
    (CommandArguments, {"argv": []}),
    (CommandArguments, {"argv": "ls"}),
    (CommandArguments, {"argv": ["ls"], "seconds": 0}),
    (CommandArguments, {"argv": ["ls"], "pattern": "["}),
    (TrustArguments, {"equals": "sure"}),
    (DiffArguments, {"at_most": 1.5}),
]


@pytest.mark.parametrize(("arguments", "written"), RIGHT)
def test_what_a_rubric_may_write(arguments: Any, written: dict[str, Any]) -> None:
    read = arguments.model_validate(written)
    for name, value in written.items():
        assert getattr(read, name) == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize(("arguments", "written"), WRONG)
def test_what_it_may_not(arguments: Any, written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        arguments.model_validate(written)
