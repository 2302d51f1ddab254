"""The line of a value in a TOML file."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentkit.models.toml_lines import line_of, written

TEXT = """\
title = "x"   # 1

[settings]    # 3
drafts = 1

[[attempt]]   # 6
operator = "draft"
  [[attempt.reply]]   # 8
  stage = "code"
  text = '''
[[attempt]]
operator = "this is text"
'''
[[attempt]]   # 14
operator = "improve"
"""


def test_the_line_a_value_begins_on() -> None:
    assert line_of(TEXT, ["title"]) == 1
    assert line_of(TEXT, ["settings", "drafts"]) == 4
    assert line_of(TEXT, ["attempt", 0, "reply", 0]) == 8
    assert line_of(TEXT, ["attempt", 0, "reply", 0, "text"]) == 10
    assert line_of(TEXT, ["attempt", 1]) == 14, "a header within a string is no header"
    assert line_of(TEXT, ["attempt", 1, "operator"]) == 15
    assert line_of(TEXT, ["attempt", 2]) is None
    assert line_of(TEXT, ["title", 0]) is None


def test_a_path_as_a_person_reads_it() -> None:
    assert written(["attempt", 2, "reply", 0, "stage"]) == "attempt[2].reply[0].stage"
    assert written([]) == ""


@given(st.lists(st.text("ab[]'=#\n", max_size=12).filter(lambda text: "'''" not in text), max_size=6))
def test_every_value_is_on_the_line_where_it_was_written(texts: list[str]) -> None:
    lines: list[str] = []
    begins: list[int] = []
    for text in texts:
        lines += ["[[attempt]]", ""]
        begins.append(sum(line.count("\n") + 1 for line in lines) + 1)
        lines.append(f"text = '''\n{text} '''")
    whole = "\n".join(lines)
    document: dict[str, Any] = tomllib.loads(whole)
    for index, text in enumerate(texts):
        assert document["attempt"][index]["text"] == f"{text} "
        # The empty line before a statement is valid by itself, so the statement's own line is exact.
        assert line_of(whole, ["attempt", index, "text"]) == begins[index]
