from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.rubric import Criterion, Rubric
from agentkit.errors import BadFile
from agentkit.judge.rubrics.toml_form import parse_rubric, read_rubric, rubric_text

TEXT = """
title = "Reproduce record 13"

[[criterion]]
id = "speed"
text = "The answer recovers at least half of the speed-up."
weight = 3
check = { kind = "figure", name = "fsr", at_least = 0.5 }

[[criterion]]
id = "work"
text = "The work is in order."

  [[criterion.child]]
  id = "work.diff"
  text = "Something was changed, and not everything."
  check = { kind = "diff", at_most = 200 }

  [[criterion.child]]
  id = "work.clear"
  text = "The code can be followed."
  weight = 0.5
"""


def test_the_form_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rubric.toml"
    path.write_text(TEXT)
    assert read_rubric(path) == Rubric(
        title="Reproduce record 13",
        criteria=(
            Criterion(
                id="speed",
                text="The answer recovers at least half of the speed-up.",
                weight=3,
                check={"kind": "figure", "name": "fsr", "at_least": 0.5},
            ),
            Criterion(
                id="work",
                text="The work is in order.",
                children=(
                    Criterion(
                        id="work.diff",
                        text="Something was changed, and not everything.",
                        check={"kind": "diff", "at_most": 200},
                    ),
                    Criterion(id="work.clear", text="The code can be followed.", weight=0.5),
                ),
            ),
        ),
    )


LEAF = '[[criterion]]\nid = "a"\ntext = "t"\n'


@pytest.mark.parametrize(
    ("text", "key", "expected", "found"),
    [
        ("title = ", "", "TOML", "Invalid value"),
        (LEAF, "title", "text in quotes", "nothing"),
        ('title = ""\n' + LEAF, "title", "text in quotes", "''"),
        ('title = "t"\n', "criterion", "at least one [[criterion]]", "nothing"),
        ('title = "t"\ncriterion = 3\n', "criterion", "at least one", "3"),
        ('title = "t"\ncriterion = [3]\n', "criterion[0]", "a table", "3"),
        ('title = "t"\ncriteria = 3\n' + LEAF, "criteria", "did you mean criterion?", "criteria"),
        ('title = "t"\norigin = "me"\n' + LEAF, "origin", '"author" or "derived"', "'me'"),
        ('title = "t"\n[[criterion]]\ntext = "t"\n', "criterion[0].id", "text in quotes", "nothing"),
        ('title = "t"\n[[criterion]]\nid = "a b"\ntext = "t"\n', "criterion[0].id", "letters", "'a b'"),
        ('title = "t"\n[[criterion]]\nid = "a"\n', "criterion[0].text", "text in quotes", "nothing"),
        ('title = "t"\n' + LEAF + LEAF, "criterion[1].id", "criterion[0] has this one", "'a'"),
        ('title = "t"\n' + LEAF + "wieght = 1\n", "criterion[0].wieght", "did you mean weight?", "wieght"),
        ('title = "t"\n' + LEAF + "weight = 0\n", "criterion[0].weight", "above 0", "0"),
        ('title = "t"\n' + LEAF + "weight = true\n", "criterion[0].weight", "above 0", "True"),
        ('title = "t"\n' + LEAF + "weight = inf\n", "criterion[0].weight", "above 0", "inf"),
        ('title = "t"\n' + LEAF + "weight = nan\n", "criterion[0].weight", "above 0", "nan"),
        ('title = "t"\n' + LEAF + 'check = "file"\n', "criterion[0].check", "a table with a kind", "'file'"),
        ('title = "t"\n' + LEAF + "check = {}\n", "criterion[0].check.kind", "one of file, glob", "no kind"),
        (
            'title = "t"\n' + LEAF + 'check = { kind = "figur", name = "fsr" }\n',
            "criterion[0].check.kind", "did you mean figure?", "'figur'",
        ),
        (
            'title = "t"\n' + LEAF + 'check = { kind = "figure", name = "fsr" }\n',
            "criterion[0].check", "at least one of at_least, at_most, equals", "fsr",
        ),
        (
            'title = "t"\n' + LEAF + 'check = { kind = "regex", file = "a", pattern = "(" }\n',
            "criterion[0].check.pattern", "a regular expression", "'('",
        ),
        (
            'title = "t"\n' + LEAF + '[[criterion.child]]\nid = "b"\ntext = "t"\ncheck = { kind = "file" }\n',
            "criterion[0].child[0].check.file", "file needs 'file'", "nothing",
        ),
        (
            'title = "t"\n' + LEAF + 'check = { kind = "diff" }\n[[criterion.child]]\nid = "b"\ntext = "t"\n',
            "criterion[0].check", "no check beside children", "diff",
        ),
        ('title = "t"\n' + LEAF + "child = []\n", "criterion[0].child", "[[criterion.child]]", "[]"),
        (
            'title = "t"\n' + LEAF + '[[criterion.child]]\nid = "a"\ntext = "t"\n',
            "criterion[0].child[0].id", "criterion[0] has this one", "'a'",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_where_it_is(text: str, key: str, expected: str, found: str) -> None:
    with pytest.raises(BadFile) as caught:
        parse_rubric(text, "rubric.toml")
    first, *lines = str(caught.value).splitlines()
    assert first == ("rubric.toml has a mistake" + (f" at '{key}'." if key else "."))
    assert lines[0].startswith("  Expected: ") and expected in lines[0]
    assert lines[1].startswith("  Found: ") and found in lines[1]


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="No such file"):
        read_rubric(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadFile, match="UTF-8"):
        read_rubric(tmp_path / "binary.toml")


def test_absurd_nesting_is_a_mistake_and_no_crash() -> None:
    with pytest.raises(BadFile):
        parse_rubric("title = " + "[" * 50_000)


WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(str.strip)
CHECKS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(
        lambda name, bound: {"kind": "figure", "name": name, "at_least": bound},
        WORDS,
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    st.builds(lambda words: {"kind": "command", "argv": words}, st.lists(WORDS, min_size=1, max_size=3)),
    st.builds(
        lambda cells, wanted: {"kind": "csv", "file": "a.csv", "row": cells, "column": "x", "equals": wanted},
        st.dictionaries(WORDS, st.one_of(WORDS, st.integers(-(2**63), 2**63 - 1)), max_size=3),
        st.one_of(st.booleans(), WORDS),
    ),
)


@st.composite
def written(draw: st.DrawFn) -> Rubric:
    names = iter(range(1000))

    def siblings(depth: int) -> tuple[Criterion, ...]:
        found = []
        for _ in range(draw(st.integers(1, 2))):
            children = siblings(depth - 1) if depth and draw(st.booleans()) else ()
            check = None if children else draw(st.none() | CHECKS)
            weight = draw(st.floats(0, exclude_min=True, allow_infinity=False))
            found.append(
                Criterion(
                    id=f"c{next(names)}", text=draw(WORDS), weight=weight, check=check, children=children
                )
            )
        return tuple(found)

    origin = draw(st.sampled_from(["author", "derived"]))
    return Rubric.model_validate({"title": draw(WORDS), "origin": origin, "criteria": siblings(2)})


@given(written())
def test_what_is_written_is_read_back(rubric: Rubric) -> None:
    assert parse_rubric(rubric_text(rubric)) == rubric


def test_written_rubrics_are_pleasant_to_read() -> None:
    assert rubric_text(parse_rubric(TEXT)) == TEXT.lstrip().replace("\n\n  [[", "\n\n[[").replace(
        "\n  ", "\n"
    )


def test_what_toml_cannot_say_is_refused() -> None:
    leaf = Criterion(id="a", text="t", check={"kind": "figure", "name": None})
    with pytest.raises(TypeError, match="no way to write None"):
        rubric_text(Rubric(title="t", criteria=(leaf,)))
