"""The pages in docs/ are true: they name what is there, and their examples work."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

from agentkit.contracts.record import Record
from agentkit.contracts.rubric import JudgeReport, Rubric
from agentkit.contracts.summary import Summary
from agentkit.judge.checks.kinds import CHECKS
from agentkit.judge.rubrics.toml_form import CRITERION_KEYS, parse_rubric
from agentkit.judge.score import Evidence, judge
from agentkit.judge.tally import leaves
from agentkit.sandboxes.local import LocalSandbox

CHECKOUT = Path(__file__).parents[1]
SUMMARY = (CHECKOUT / "docs" / "summary_schema.md").read_text(encoding="utf-8")
RUBRIC = (CHECKOUT / "docs" / "rubric.md").read_text(encoding="utf-8")
PAGES = sorted([*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").glob("*.md")])


def section(page: str, heading: str) -> str:
    """From a heading to the next of its rank or above."""
    rank = heading.index(" ")
    found = re.search(rf"^{re.escape(heading)}$(.*?)(?=^#{{1,{rank}}} |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"the page has no '{heading}'"
    return found.group(1)


def table(text: str) -> dict[str, str]:
    """Rows of a table by the name in backticks that begins them."""
    return dict(re.findall(r"^\| `(\w+)` \|(.*)\|$", text, re.MULTILINE))


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def inside(annotation: Any) -> Iterator[Any]:
    """The annotation and what it is made of."""
    yield annotation
    for part in get_args(annotation):
        yield from inside(part)


def models(root: type[Record]) -> Iterator[type[Record]]:
    yield root
    for field in root.model_fields.values():
        for part in inside(field.annotation):
            if isinstance(part, type) and issubclass(part, Record):
                yield from models(part)


MODELS = list(dict.fromkeys(models(Summary)))


def test_the_summary_reaches_every_part_of_it() -> None:
    names = {model.__name__ for model in MODELS}
    assert names >= {"Summary", "Answer", "AttemptRow", "Cost", "ReferenceEnds", "BudgetUse", "Verdict"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_summary_page_names_the_fields_of_each_object_and_no_other(model: type[Record]) -> None:
    assert set(table(section(SUMMARY, f"## {model.__name__}"))) == set(model.model_fields)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_summary_page_says_what_may_be_null_and_which_words_there_are(model: type[Record]) -> None:
    rows = table(section(SUMMARY, f"## {model.__name__}"))
    for name, field in model.model_fields.items():
        parts = list(inside(field.annotation))
        kind = rows[name].split("|")[0]
        assert ("null" in kind) is (type(None) in parts), f"{model.__name__}.{name}"
        for part in parts:
            if get_origin(part) is Literal and field.annotation is part:
                missing = [word for word in get_args(part) if str(word) not in rows[name]]
                assert missing == [], f"{model.__name__}.{name}"


def test_the_summary_pages_version_is_the_schemas() -> None:
    version = Summary.model_fields["version"].default
    assert f"`version` is {version}." in SUMMARY


def test_the_summary_pages_example_is_one() -> None:
    (example,) = blocks(SUMMARY, "json")
    summary = Summary.model_validate_json(example)
    assert summary.model_dump(mode="json") == json.loads(example)


def test_the_summary_shows_every_field_of_every_object_in_its_example() -> None:
    (example,) = blocks(SUMMARY, "json")
    shown = set(re.findall(r'"(\w+)":', example))
    assert {name for model in MODELS for name in model.model_fields} <= shown


def test_the_rubric_page_has_each_check_with_its_arguments_and_no_other() -> None:
    checks = section(RUBRIC, "## The checks")
    assert re.findall(r"^### (\w+)$", checks, re.MULTILINE) == list(CHECKS)
    for kind, family in CHECKS.items():
        assert set(table(section(checks, f"### {kind}"))) == set(family.arguments.model_fields), kind


def test_the_rubric_page_names_the_keys_of_a_criterion() -> None:
    assert set(table(section(RUBRIC, "## The form"))) == set(CRITERION_KEYS)


def example_rubric() -> Rubric:
    (example,) = blocks(RUBRIC, "toml")
    return parse_rubric(example, "docs/rubric.md")


def judged(folder: Path, **evidence: Any) -> JudgeReport:
    return asyncio.run(judge(example_rubric(), Evidence(folder=folder, **evidence)))


def test_the_example_rubric_has_every_kind_of_check() -> None:
    kinds = {leaf.check["kind"] for leaf in leaves(example_rubric()) if leaf.check is not None}
    assert kinds == set(CHECKS)


@pytest.mark.real
def test_the_example_rubric_passes_good_work(tmp_path: Path) -> None:
    files = {
        "results.json": '{"runs": [{"loss": 2.6}, {"loss": 2.25}], "smaller": 30.5}',
        "table.csv": "method,seconds,accuracy\nbaseline,30,3.3\nours,18,6.7\n",
        "report.md": "What we did, and why it works.\n",
        "plots/a.svg": '<svg width="200" height="90"><rect/><path d="M 0 0"/></svg>',
        "plots/more/b.svg": "<svg/>",
        "train.py": "def train(step):\n    window = 64 + step\n    return window\n",
        "test_train.py": "import train\nassert train.train(1) == 65\nprint('ok')\n",
    }
    work, harness = tmp_path / "work", tmp_path / "harness"
    harness.mkdir()
    (harness / "run.log").write_text("torch 2.13\nseed =  42\n")
    for name, text in files.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(text)
    diff = "--- a/train.py\n+++ b/train.py\n@@ -2 +2 @@\n-    window = 64\n+    window = 64 + step\n"
    report = judged(
        work,
        harness=harness,
        figures={"fsr": 0.7},
        trust="verified",
        diff=diff,
        sandbox=LocalSandbox(),
    )
    outcomes = {each.id: (each.status, each.evidence) for each in report.verdicts}
    wrong = {id: found for id, found in outcomes.items() if found[0] != "passed" and id != "clear"}
    assert wrong == {}
    assert outcomes["clear"][0] == "ungraded"
    assert report.low == pytest.approx(5 / 6)
    assert (report.score, report.high) == (1.0, 1.0)


@pytest.mark.real
def test_the_example_rubric_fails_no_work_without_an_error(tmp_path: Path) -> None:
    (harness := tmp_path / "harness").mkdir()
    report = judged(tmp_path, harness=harness, figures={"fsr": 0.0}, trust="claimed", sandbox=LocalSandbox())
    statuses = {each.id: each.status for each in report.verdicts}
    assert statuses == {leaf.id: "failed" if leaf.check else "ungraded" for leaf in leaves(example_rubric())}
    assert report.score == 0.0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        if "://" in name:
            continue
        other = page.parent / name if name else page
        assert other.is_file(), f"{page.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", other.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}, target


def test_files_that_contributing_names_are_there() -> None:
    """Its rules point at what keeps them."""
    page = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:agentkit|tests|docs|benchmarks|\.ci)/[\w/.-]*)`", page))
    made_up = {"agentkit/x/y.py", "tests/agentkit/x/test_y.py"}
    assert len(named) > 5
    assert [name for name in named - made_up if not (CHECKOUT / name).exists()] == []
