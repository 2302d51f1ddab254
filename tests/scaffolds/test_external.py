from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.contracts.scaffold import Scaffold
from agentkit.errors import UsageError


def test_it_is_started_once_from_the_start_files(build: Callable[..., Scaffold], play: Any) -> None:
    scaffold = build("external")
    assert [(each.operator, each.parents) for each in play(scaffold, [1.0])] == [("external", ())]
    assert scaffold.attempts == 1
    assert scaffold.operators["external"].opening == "none", "no plan of ours comes before its work"


def test_every_further_round_begins_at_the_best(build: Callable[..., Scaffold], play: Any) -> None:
    chosen = play(build("external", rounds=5), [None, 2.0, 1.0, 3.0, 0.0])
    assert [each.parents for each in chosen] == [(), (), ("a2",), ("a2",), ("a4",)]


def test_the_command_is_split_into_words_as_a_shell_would(build: Callable[..., Scaffold]) -> None:
    command = "aider --message-file {prompt_file} --model 'openai/{model}' --note 'a b'"
    agent = build("external", command=command, minutes=2, silent_minutes=0.5).operators["external"].agent
    assert agent is not None
    assert agent.argv[1:] == ("--message-file", "{prompt_file}", "--model", "openai/{model}", "--note", "a b")
    assert (agent.seconds, agent.silent_seconds) == (120.0, 30.0)
    listed = build("external", command=["sh", "-c", "echo {instruction}"]).operators["external"].agent
    assert listed is not None and listed.argv == ("sh", "-c", "echo {instruction}")


@pytest.mark.parametrize("command", ["", "aider 'without an end", [], 5])
def test_a_command_that_is_none_is_refused_by_name(command: Any) -> None:
    with pytest.raises(UsageError, match="Scaffold 'external' cannot take command"):
        open_catalog().load("scaffold", "external").build({"command": command})
