from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit.contracts.rubric import Diagnostic, Rubric
from agentkit.errors import BadFile
from agentkit.judge.rubrics.read import form_of, parse_any, read_rubric, sound
from agentkit.judge.tree import leaves
from tests.agentkit.judge.rubrics.forms import FORM, TREE

TOML = '# **A comment**\ntitle = "ours"\n[[criterion]]\nid = "a"\ntext = "* like this: _/4"\n'


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (TOML, "toml"),
        ("\ufeff" + TOML, "toml"),
        ("# a comment\n[[criterion]]\n", "toml"),
        ("[owner]\n", "toml"),
        ("nothing in particular", "toml"),
        (FORM, "end2end"),
        ("\ufeff" + FORM, "end2end"),
        ("# A heading\n\nand words\n", "end2end"),
        ("* a: _/4\n", "end2end"),
        (json.dumps(TREE), "paperbench"),
        ("\n\ufeff{}", "paperbench"),
        ("[]", "paperbench"),
        ('[{"id": "a"}]', "paperbench"),
    ],
)
def test_the_content_tells_the_form(text: str, form: str) -> None:
    assert form_of(text) == form


@pytest.mark.parametrize("name", ["rubric.toml", "rubric.md", "rubric.json", "rice.rubric.json", "any"])
@pytest.mark.parametrize("form", ["toml", "end2end", "paperbench"])
def test_whatever_it_is_called(tmp_path: Path, name: str, form: str) -> None:
    text = {"toml": TOML, "end2end": FORM, "paperbench": json.dumps(TREE)}[form]
    (tmp_path / name).write_text(text, encoding="utf-8")
    rubric = read_rubric(tmp_path / name)
    assert rubric.format == form
    assert len(leaves(rubric)) == {"toml": 1, "end2end": 6, "paperbench": 4}[form]


@pytest.mark.parametrize(
    ("name", "title"),
    [("rice/rubric.json", "rice"), ("rice.rubric.json", "rice"), ("tree.json", "tree"), ("x.y.json", "x.y")],
)
def test_a_tree_is_titled_by_its_file(tmp_path: Path, name: str, title: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(json.dumps(TREE))
    assert read_rubric(tmp_path / name).title == title


def test_a_folder_will_do(tmp_path: Path) -> None:
    (tmp_path / "rubric.md").write_text(FORM)
    assert read_rubric(tmp_path) == read_rubric(tmp_path / "rubric.md")


def test_mistakes_are_told_by_the_reader_of_the_form() -> None:
    with pytest.raises(BadFile, match="did you mean criterion"):
        parse_any('# x\ntitle = "t"\n[[criterio]]\n', "rubric.toml")
    with pytest.raises(BadFile, match="at least one leaf"):
        parse_any("# A heading\n", "rubric.md")
    with pytest.raises(BadFile, match="sub_tasks"):
        parse_any("[1, 2]", "rubric.json")


def test_the_strict_refuse_what_disagrees() -> None:
    first = Diagnostic(code="section-sum", place="s7", text="18 and not 20")
    second = Diagnostic(code="total-line", place="total", text="100 and not 104")
    rubric = Rubric(title="t", criteria=(), diagnostics=(first, second))
    assert sound(rubric, "x", ("section-sum", "total-line")) is rubric
    with pytest.raises(BadFile) as caught:
        sound(rubric, "rubric.md")
    assert str(caught.value).splitlines() == [
        "rubric.md has a mistake at 's7'.",
        "  Expected: a rubric that agrees with itself",
        "  Found: section-sum at s7: 18 and not 20",
        "  total-line at total: 100 and not 104",
    ]
