"""Transcripts: what a person may write, and what they are told about a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.errors import BadFile
from agentkit.models.transcript import read_transcript

GOOD = '''\
title = "A draft that works"
scaffold = "aide"
attempts = 2
[settings]
drafts = 1

[[attempt]]
operator = "draft"
  [[attempt.reply]]
  stage = "plan"
  text = """
Train longer.
"""
  [[attempt.reply]]
  stage = "code"
    [[attempt.reply.call]]
    tool = "editor"
    arguments = { command = "create", path = "train.py", text = \'\'\'
print("a\\n", r"\\d")
\'\'\' }
    [[attempt.reply.call]]
    tool = "submit"
[[attempt]]
operator = "improve"
  [[attempt.reply]]
  stage = "code"
  text = "Nothing to do."
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "demo.toml"


def mistake(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(BadFile) as caught:
        read_transcript(path)
    assert str(path) in caught.value.message
    return str(caught.value)


def test_a_good_one_is_read_whole(path: Path) -> None:
    path.write_text(GOOD)
    read = read_transcript(path)
    assert (read.title, read.scaffold, read.attempts) == ("A draft that works", "aide", 2)
    assert read.settings == {"drafts": 1}
    plan, code = read.attempt[0].reply
    assert (plan.stage, plan.text) == ("plan", "Train longer.\n")
    assert [call.tool for call in code.call] == ["editor", "submit"]
    assert code.call[0].arguments["text"] == 'print("a\\n", r"\\d")\n', "code is taken literally"
    assert read.attempt[1].operator == "improve"


@pytest.mark.parametrize("text", ["", "# nothing here\n", 'title = "x"\nscaffold = "aide"\n'])
def test_an_empty_one_says_what_belongs_into_it(path: Path, text: str) -> None:
    said = mistake(path, text)
    assert "at 'attempt'" in said
    assert "at least one [[attempt]]" in said
    assert ("title" in said) == bool(text.startswith("title"))


def test_bad_toml_gives_the_line(path: Path) -> None:
    said = mistake(path, GOOD.replace('scaffold = "aide"', "scaffold = aide"))
    assert "valid TOML" in said
    assert "line 2" in said


def test_a_backslash_in_a_basic_string_earns_a_hint(path: Path) -> None:
    said = mistake(path, GOOD.replace("Train longer.", "Match \\d."))
    assert "'''" in said


def test_a_key_given_twice(path: Path) -> None:
    assert "line 3" in mistake(path, GOOD.replace("attempts = 2", 'scaffold = "flat"'))


def test_an_unknown_key(path: Path) -> None:
    said = mistake(path, GOOD.replace('tool = "submit"', 'tool = "submit"\n    argument = {}'))
    assert "'attempt[0].reply[1].call[1].argument'" in said
    assert "one of the keys tool, arguments" in said
    assert "Did you mean: arguments?" in said
    assert "Line 23: argument = {}" in said


def test_an_unknown_stage(path: Path) -> None:
    said = mistake(path, GOOD.replace('stage = "plan"', 'stage = "plam"'))
    assert "'attempt[0].reply[0].stage'" in said
    assert "one of plan, debug, code, review, judge" in said
    assert "Found: 'plam'" in said
    assert "Did you mean: plan?" in said
    assert 'Line 10: stage = "plam"' in said


def test_a_missing_key_points_to_its_table(path: Path) -> None:
    said = mistake(path, GOOD.replace('operator = "improve"\n', ""))
    assert "'attempt[1].operator'" in said
    assert "Found: nothing" in said
    assert "Line 23: [[attempt]]" in said


def test_a_wrong_type(path: Path) -> None:
    said = mistake(path, GOOD.replace("attempts = 2", 'attempts = "two"'))
    assert "'attempts'" in said
    assert "integer" in said
    assert "Found: 'two'" in said


def test_a_reply_that_says_nothing(path: Path) -> None:
    said = mistake(path, GOOD.replace('text = "Nothing to do."', ""))
    assert "'attempt[1].reply[0]'" in said
    assert "a text, or at least one [[attempt.reply.call]]" in said
    assert "Found: a table with stage" in said


def test_a_call_where_no_tool_is_on_offer(path: Path) -> None:
    said = mistake(path, GOOD.replace('stage = "code"\n    [[', 'stage = "review"\n    [['))
    assert "'attempt[0].reply[1]'" in said
    assert "only 'code' offers tools" in said


def test_an_attempt_without_replies(path: Path) -> None:
    said = mistake(path, GOOD + '[[attempt]]\noperator = "debug"\n')
    assert "'attempt[2].reply'" in said


def test_a_file_that_is_not_there_or_no_text(path: Path) -> None:
    with pytest.raises(BadFile, match="No such file"):
        read_transcript(path)
    path.write_bytes(b"title = '\xff'")
    with pytest.raises(BadFile, match="byte 9 is no UTF-8"):
        read_transcript(path)
