"""A real child that is asked, in every way it may fail to answer; its words are kept back once it knows."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Environment, Limits
from agentkit.evaluation.asked_child import AskedChild, BadAnswer, start_child
from agentkit.sandboxes.local import LocalSandbox

FAILS = "import sys, struct; m = b'Traceback\\nValueError: seven'; out = sys.stdout.buffer\n"
PROGRAMS = {
    "answers": ("print(end='R', flush=True); import time; time.sleep(60)", None),
    "fails": (FAILS + "out.write(b'E' + struct.pack('<I', len(m)) + m)", ("crash", "ValueError: seven")),
    "babbles": ("print('hello', flush=True)", ("protocol", "no answer")),
    "ends": ("import sys; sys.exit(3)", ("crash", "exit code 3")),
    "is silent": ("import time; time.sleep(60)", ("timeout", "within 1.5 s")),
}


def ask(folder: Path, program: str, *, secret: bool = False, seconds: float = 1.5) -> AskedChild:
    (folder / "program.py").write_text(program)
    place = folder / "place"
    place.mkdir()

    async def waited() -> AskedChild:
        environment = Environment(limits=Limits(seconds=30))
        child = AskedChild(
            await start_child(LocalSandbox(), place, folder / "program.py", ("word",), environment)
        )
        child.secret = secret
        try:
            await child.wait_ready(seconds, "the child")
        finally:
            await child.close()
        return child

    return asyncio.run(waited())


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_no_answer_is_said_as_what_it_is(tmp_path: Path, name: str) -> None:
    program, wanted = PROGRAMS[name]
    seconds = 1.5 if name == "is silent" else 30
    if wanted is None:
        child = ask(tmp_path, program, seconds=seconds)
        assert child.result is not None and child.result.status == "stopped", "nothing of it is left"
        return
    with pytest.raises(BadAnswer) as caught:
        ask(tmp_path, program, seconds=seconds)
    fault, words = wanted
    assert caught.value.fault == fault
    assert words in caught.value.reason


def test_a_child_that_knows_a_secret_is_not_quoted(tmp_path: Path) -> None:
    with pytest.raises(BadAnswer) as caught:
        ask(tmp_path, PROGRAMS["fails"][0], secret=True, seconds=30)
    assert "seven" not in caught.value.reason + caught.value.text


def test_it_gets_its_arguments_and_no_file_of_ours(tmp_path: Path) -> None:
    program = "import sys; assert sys.argv[1:] == ['word'] and sys.argv[0] == '-c'; print(end='R')"
    child = ask(tmp_path, program, seconds=30)
    assert child.result is not None
    assert not any((tmp_path / "place").iterdir())
