from __future__ import annotations

import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agentkit.contracts.agent import AgentCommand

words = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1).map(tuple)


@given(words)
def test_a_command_is_the_same_as_a_list_and_as_a_quoted_text(argv: tuple[str, ...]) -> None:
    assert AgentCommand(argv=argv).argv == argv
    assert AgentCommand.model_validate({"argv": shlex.join(argv)}).argv == argv


@pytest.mark.parametrize("argv", ["", "  ", "agent 'half", [], [5], None])
def test_what_is_no_command_is_refused(argv: Any) -> None:
    with pytest.raises(ValidationError, match="argv"):
        AgentCommand.model_validate({"argv": argv})
