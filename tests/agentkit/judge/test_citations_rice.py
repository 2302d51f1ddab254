"""The places that people cited when they graded RICE (PaperBench's JudgeEval, rice/0), and mutants of them.

Needs two folders: AGENTKIT_JUDGE_DATA with `paperbench/rice.expected_result.json`, and AGENTKIT_RICE, a clone
of chengzelei/RICE (a bare one will do).
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest

from agentkit.contracts.rubric import Citation, Criterion
from agentkit.judge.citations import verify
from agentkit.judge.evidence import Evidence
from agentkit.judge.snapshot import Snapshot, take_snapshot
from tests.agentkit.judge.rubrics.forms import folder_of

COMMIT = "4962aeb"
CITED = re.compile(r"\bL(\d+) ([\w/]+\.py)")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    clone = folder_of("AGENTKIT_RICE")
    archive = subprocess.run(
        ["git", "-C", clone, "archive", COMMIT, "--", ":(glob)**/*.py", ":(glob)**/*.md"],
        capture_output=True, check=True,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("rice")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return take_snapshot(Evidence(folder=folder))


@pytest.fixture(scope="module")
def cited(work: Snapshot) -> list[tuple[Criterion, Citation]]:
    graded = json.loads(
        (folder_of("AGENTKIT_JUDGE_DATA") / "paperbench" / "rice.expected_result.json").read_text()
    )
    found = []
    for leaf in leaves_of(graded):
        for line, path in CITED.findall(leaf.get("explanation") or ""):
            quote = work.files[path].lines[int(line) - 1]
            citation = Citation(path=path, first_line=int(line), last_line=int(line), quote=quote)
            found.append((Criterion(id=leaf["id"], text=leaf["requirements"], kind="code"), citation))
    return found


def leaves_of(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if not node["sub_tasks"]:
        yield node
    for each in node["sub_tasks"]:
        yield from leaves_of(each)


def test_every_place_that_people_cited_holds(work: Snapshot, cited: list[tuple[Criterion, Citation]]) -> None:
    assert (len(cited), len({leaf.id for leaf, _ in cited})) == (78, 74)
    assert [
        (each.path, each.first_line) for leaf, each in cited if verify(each, leaf, work).status != "verified"
    ] == []


def test_no_mutant_of_them_holds(work: Snapshot, cited: list[tuple[Criterion, Citation]]) -> None:
    held = []
    for leaf, each in cited:
        for mutant in mutants(each, work):
            if verify(mutant, leaf, work).status in ("verified", "moved"):
                held.append(mutant)
    assert held == []


def mutants(citation: Citation, work: Snapshot) -> Iterator[Citation]:
    """The next file in order, a line past the end, one letter of the quote changed."""
    code = [path for path in work.files if path.endswith(".py")]
    start = code.index(citation.path)
    # Some files are copies of one another, in which the same line stands with right.
    others = (
        path
        for path in code[start + 1 :] + code[:start]
        if citation.quote.strip() not in (work.files[path].text or "")
    )
    yield citation.model_copy(update={"path": next(others)})
    past = len(work.files[citation.path].lines) + 1
    yield citation.model_copy(update={"first_line": past, "last_line": past})
    at = max(place for place, letter in enumerate(citation.quote) if letter.isalnum())
    letter = "q" if citation.quote[at] != "q" else "w"
    yield citation.model_copy(update={"quote": citation.quote[:at] + letter + citation.quote[at + 1 :]})
