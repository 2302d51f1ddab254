"""Where an agent is, what of it is shown to the sandbox, and what its command line becomes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.agent import AgentCommand
from agentkit.contracts.sandbox import Environment
from agentkit.errors import MissingRequirement, UsageError
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.local import LocalSandbox
from agentkit.search.agent_place import (
    LONGEST_WORD,
    PORT,
    PROMPT_FILE,
    SOCKET,
    Address,
    address_in,
    agent_command,
    filled,
    find_program,
    unseen,
)

ADDRESS = Address(4000, "placeholder")


def make_program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def make_environment(folder: Path, python: Path) -> Path:
    """A virtual environment, as far as one can be told from outside."""
    program = make_program(folder / "bin" / "agent")
    (folder / "pyvenv.cfg").write_text("home = x\n")
    (folder / "bin" / "python").symlink_to(python)
    return program


def test_a_program_that_the_sandbox_finds_itself_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_program("sh") == ("sh", [])
    assert find_program("no-such-program-anywhere") == ("no-such-program-anywhere", [])
    name = Path(sys.executable).name
    assert find_program(name) == (name, []), "agentkit's own Python is in every sandbox"


def test_a_program_alone_is_shown_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside it, in somebody's home, there may be keys."""
    real = make_program(tmp_path / "home" / "agent.sh")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "agent").symlink_to("../home/agent.sh")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    assert find_program("agent") == (str(real), [real])
    assert find_program(str(real)) == (str(real), [real])


def test_one_in_a_virtual_environment_is_shown_with_it_and_its_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = make_program(tmp_path / "pythons" / "3.13" / "bin" / "python3.13")
    program = make_environment(tmp_path / "tools" / "agent", python)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "agent").symlink_to(program)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    called, places = find_program("agent")
    assert called == str(program), "by its real name: the link is not shown"
    assert unseen(places) == [tmp_path / "pythons" / "3.13", tmp_path / "tools" / "agent"]


def test_what_is_shown_anyway_or_inside_of_another_is_not_shown_again(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert unseen([Path("/usr/lib"), Path(sys.prefix), tmp_path / "a" / "b", tmp_path / "a"]) == [
        tmp_path / "a"
    ]
    with pytest.raises(MissingRequirement, match="no /no/such/place"):
        unseen([Path("/no/such/place")])


@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_the_instruction_is_one_word_whatever_is_in_it(instruction: str) -> None:
    words = filled(["-m", "openai/{model}", "-t", "{instruction}", "{other} {}"], ADDRESS, instruction)
    assert words == ["-m", "openai/agentkit", "-t", instruction, "{other} {}"]


def test_places_are_filled(tmp_path: Path) -> None:
    assert filled(["--url={base_url}", "{prompt_file}"], ADDRESS, "x") == [
        "--url=http://127.0.0.1:4000/v1",
        "/run/agentkit/instruction.md",
    ]


def test_an_instruction_that_no_command_line_takes_is_said_beforehand() -> None:
    long = "x" * (LONGEST_WORD + 1)
    assert filled(["{prompt_file}"], ADDRESS, long)
    with pytest.raises(UsageError, match="too long for a command line"):
        filled(["-t", "{instruction}"], ADDRESS, long)


def test_only_behind_a_network_wall_are_port_and_token_always_the_same() -> None:
    walled, shared = Environment(), Environment(network=True)
    assert address_in(BubblewrapSandbox(), walled) == Address(PORT, "placeholder")
    for sandbox, environment in ((BubblewrapSandbox(), shared), (LocalSandbox(), walled)):
        first, second = (address_in(sandbox, environment) for _ in range(2))
        assert first.token != second.token
        assert min(len(first.token), len(second.token)) >= 24


def test_limits_and_variables_are_the_agents_beside_the_tasks(tmp_path: Path) -> None:
    prompt = tmp_path / "prompt.md"
    prompt.write_text("Do it.")
    task = Environment(variables={"DATA": "/data", "OPENAI_API_KEY": "of the task"}, network=False)
    agent = AgentCommand(argv=("sh", "-c", "{instruction}"), seconds=7, variables={"A": "b"})
    files = {PROMPT_FILE: prompt, SOCKET: tmp_path / "s"}
    command = agent_command(agent, tmp_path, task, ADDRESS, files, tmp_path / "log")
    inside = command.environment
    assert (inside.limits.seconds, inside.limits.silent_seconds) == (7, None)
    assert (inside.variables["DATA"], inside.variables["A"]) == ("/data", "b")
    assert inside.variables["OPENAI_API_KEY"] == "placeholder"
    assert {each.target for each in inside.mounts if not each.writable} >= {PROMPT_FILE, SOCKET}
    assert command.argv[-3:] == ("sh", "-c", "Do it.")
    assert command.argv[4:6] == ("4000=/run/agentkit/model.sock", "--")
