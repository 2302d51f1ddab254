"""Small rubrics of our own in the forms that others use, and the folders where the published ones are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

FORM = """\
# **Evaluation Rubric for "Sorting (Large) Files" Task (16 points)**

## **1. Reading (9 points)**

* Reads a file (e.g. CSV) of any size: _/2 [Confidence: L/M/H]
* Splitting (6 points):
    * Cuts at line ends, see (3 points of view): _/4 [Confidence: L/M/H]
    * Keeps the header: _/2 [Confidence: L/M/H]
* Ratio of reads: writes is logged: _/1 [Confidence: L/M/H]

<!-- **Evaluator Time Required:** _ minutes -->
**Milestone Completion:** Not Started / Partial / Complete
* Reading is "Complete" when a file of 1 GB is read
  and its header kept: _/3

**Evidence for your scores:**

**Comments:**

## **Overall Results (7 points) - Not a Milestone**

* The output is sorted: _/5 [Confidence: L/M/H]
* It is fast: _/2 [Confidence: L/M/H]

<!-- a comment
* that holds a leaf: _/9 [Confidence: L/M/H]
-->
**Evidence for your scores:**

**Comments:**

---

**TOTAL SCORE:** _ / 16 points 

<!-- **TOTAL EVALUATOR TIME:** _ minutes -->

**OVERALL COMMENTS:**"""


def node(id: str, *below: dict[str, Any], weight: float = 1, **more: Any) -> dict[str, Any]:
    """Of a PaperBench rubric; a leaf is about code unless `task_category` says otherwise."""
    category = None if below else "Code Development"
    facts = {"task_category": category, "finegrained_task_category": None} | more
    return {"id": id, "requirements": f"text of {id}", "weight": weight, "sub_tasks": list(below)} | facts


TREE = node(
    "root",
    node("code", node("a"), node("b", weight=3), weight=2),
    node("ran", node("c", task_category="Code Execution"), node("d", task_category="Result Analysis")),
)


def folder_of(variable: str) -> Path:
    """The folder that the environment variable names; without it the test is skipped."""
    name = os.environ.get(variable)
    if not name:
        pytest.skip(f"{variable} names no folder")
    return Path(name)
