from __future__ import annotations

from pathlib import Path

import pytest

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


FULL = """
title = "Points"
origin = "generated"
denominator = "section_declared"
declared_points = 7
errata = ["Control is within the budget, not above it."]

[[criterion]]
id = "code"
text = "The code is there."
declared_points = 5
gate = { kind = "file", file = "reproduce.sh" }

[[criterion.child]]
id = "code.loads"
text = "It loads the data."
kind = "code"
points = 4

[[criterion.child]]
id = "code.runs"
text = "It runs."
kind = "execution"
points = 2
requires = ["code.loads"]

[[criterion]]
id = "plot"
text = "There is a plot."
kind = "visual"
weight = 3
points = 2
check = { kind = "file", file = "plot.svg" }
"""


def test_all_keys_are_read_and_written_back() -> None:
    rubric = parse_rubric(FULL)
    assert (rubric.origin, rubric.denominator, rubric.declared_points) == ("generated", "section_declared", 7)
    assert rubric.errata == ("Control is within the budget, not above it.",)
    code, plot = rubric.criteria
    assert (code.weight, code.declared_points, code.gate) == (6, 5, {"kind": "file", "file": "reproduce.sh"})
    assert [(each.kind, each.weight, each.points, each.requires) for each in code.children] == [
        ("code", 4, 4, ()),
        ("execution", 2, 2, ("code.loads",)),
    ]
    assert (plot.kind, plot.weight, plot.points) == ("visual", 3, 2)
    assert [(each.code, each.place) for each in rubric.diagnostics] == [
        ("section-sum", "code"), ("total-line", "total"),
    ]  # fmt: skip
    assert rubric_text(rubric) == FULL.lstrip()


def test_a_group_weighs_what_its_leaves_come_to_only_where_all_have_points() -> None:
    (mixed,) = parse_rubric(
        'title = "t"\n[[criterion]]\nid = "g"\ntext = "g"\n[[criterion.child]]\nid = "a"\ntext = "a"\n'
        'points = 4\n[[criterion.child]]\nid = "b"\ntext = "b"\n'
    ).criteria
    assert mixed.weight == 1


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
        ('title = "t"\ndenominator = "leaf"\n' + LEAF, "denominator", "did you mean leaf_sum?", "'leaf'"),
        ('title = "t"\nerrata = "x"\n' + LEAF, "errata", "a list of texts", "'x'"),
        ('title = "t"\nerrata = [""]\n' + LEAF, "errata", "a list of texts", "['']"),
        ('title = "t"\ndeclared_points = 0\n' + LEAF, "declared_points", "above 0", "0"),
        ('title = "t"\n' + LEAF + "weight = 1" + "0" * 400, "criterion[0].weight", "above 0", "1000"),
        ('title = "t"\n' + LEAF + "points = -2\n", "criterion[0].points", "above 0", "-2"),
        ('title = "t"\n' + LEAF + "declared_points = 2\n", "criterion[0].declared_points", "leaf", "d"),
        ('title = "t"\n' + LEAF + 'kind = "cod"\n', "criterion[0].kind", "did you mean code?", "'cod'"),
        ('title = "t"\n' + LEAF + "kind = 3\n", "criterion[0].kind", '"code" or "execution"', "3"),
        ('title = "t"\n' + LEAF + "gate = 3\n", "criterion[0].gate", "a table with a kind", "3"),
        (
            'title = "t"\n' + LEAF + 'gate = { kind = "fil", file = "a" }\n',
            "criterion[0].gate.kind", "did you mean file?", "'fil'",
        ),
        ('title = "t"\n' + LEAF + 'requires = "b"\n', "criterion[0].requires", "a list of texts", "'b'"),
        ('title = "t"\n' + LEAF + 'requires = ["aa"]\n', "criterion[0].requires", "did you mean a?", "'aa'"),
        ('title = "t"\n' + LEAF + 'requires = ["a"]\n', "criterion[0].requires", "wait for each", "a -> a"),
        (
            'title = "t"\n' + LEAF + 'points = 3\n[[criterion.child]]\nid = "b"\ntext = "t"\n',
            "criterion[0].points", "no points beside children", "3",
        ),
        (
            'title = "t"\n' + LEAF + 'requires = ["g"]\n[[criterion]]\nid = "g"\ntext = "t"\n'
            '[[criterion.child]]\nid = "b"\ntext = "t"\n',
            "criterion[0].requires", "ids of leaves", "'g'",
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
    headers = ("criterion" + ".child" * level for level in range(150))
    rows = (f'[[{header}]]\nid = "c{level}"\ntext = "t"\n' for level, header in enumerate(headers))
    with pytest.raises(BadFile, match="at most 100 levels"):
        parse_rubric('title = "t"\n' + "".join(rows))


def test_a_byte_order_mark_is_no_content() -> None:
    assert parse_rubric("\ufeff" + TEXT) == parse_rubric(TEXT)


def test_written_rubrics_are_pleasant_to_read() -> None:
    assert rubric_text(parse_rubric(TEXT)) == TEXT.lstrip().replace("\n\n  [[", "\n\n[[").replace(
        "\n  ", "\n"
    )


def test_what_toml_cannot_say_is_refused() -> None:
    leaf = Criterion(id="a", text="t", check={"kind": "figure", "name": None})
    with pytest.raises(TypeError, match="no way to write None"):
        rubric_text(Rubric(title="t", criteria=(leaf,)))
