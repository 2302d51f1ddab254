"""Every attack is held by every sandbox that claims to hold it, and gets out when its one defence is gone."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Command, CommandResult, Sandbox
from agentkit.errors import MissingRequirement
from tests.escapes.attack import ATTACKS, Attack, Verdict, lacking
from tests.escapes.backends import HELD, Runner, by_careless_harness, in_local, sandbox_of
from tests.escapes.catalogue.everything import EVERY
from tests.escapes.trial import run_attack

pytestmark = pytest.mark.real
every_attack = pytest.mark.parametrize("attack", EVERY, ids=lambda each: each.name)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, since Unix sockets lie in it."""
    path = Path(tempfile.mkdtemp(prefix="escape-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """One for all: docker keeps connections."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def sandboxes(loop: asyncio.Runner) -> Iterator[Mapping[str, tuple[Sandbox | None, str]]]:
    """Each, or why it cannot be used here."""
    found = {name: sandbox_of(name) for name in HELD}
    yield found
    for sandbox, _ in found.values():
        if sandbox:
            loop.run(sandbox.close())


def skip_without(needs: str) -> None:
    if needs:
        pytest.skip(needs)


@every_attack
@pytest.mark.parametrize("name", HELD)
def test_it_is_held(
    name: str,
    attack: Attack,
    folder: Path,
    loop: asyncio.Runner,
    sandboxes: Mapping[str, tuple[Sandbox | None, str]],
) -> None:
    sandbox, lack = sandboxes[name]
    skip_without(lack or lacking(attack.needs))
    assert sandbox is not None

    def in_sandbox(command: Command) -> tuple[Runner, Command]:
        return sandbox, command

    needs = frozenset({attack.wall} if attack.wall else ())
    if not needs <= set(sandbox.walls):
        # It says that it lacks this, and refuses a task that needs it.
        with pytest.raises(MissingRequirement, match=attack.wall):
            run_attack(attack, in_sandbox, folder, loop, needs=needs)
        return
    verdict = run_attack(attack, in_sandbox, folder, loop, needs=needs)
    assert verdict.proof == "", f"{verdict.proof}; it says: {verdict.words}"
    assert verdict.said in ("held", "tried") or ended_by_harness(verdict.result), verdict.result


def ended_by_harness(result: CommandResult) -> bool:
    """Over a limit; the kernel's own killer, for memory, is the harness's too."""
    return (
        result.status in ("timeout", "silent")
        or "[agentkit: killed" in result.output
        or result.exit_code == -9
    )


def assert_out(verdict: Verdict) -> None:
    assert verdict.proof, f"it says: {verdict.said} {verdict.words}; {verdict.result}"
    assert verdict.said in ("escaped", "tried"), verdict.result


@pytest.mark.proof
@every_attack
def test_it_gets_out_without_its_defence(attack: Attack, folder: Path, loop: asyncio.Runner) -> None:
    skip_without(lacking(attack.needs + attack.proof_need))
    careful = attack.off is not by_careless_harness
    assert_out(run_attack(attack, attack.off, folder, loop, careful=careful, needs=frozenset()))


@pytest.mark.parametrize(
    "attack",
    [each for each in EVERY if each.off is not in_local and each.local != "not tried"],
    ids=lambda each: each.name,
)
def test_local_is_as_open_as_the_table_says(attack: Attack, folder: Path, loop: asyncio.Runner) -> None:
    """For the others, the try without a defence was this one."""
    skip_without(
        lacking(
            attack.needs + attack.local_need + (attack.proof_need if attack.local == "open to root" else ())
        )
    )
    verdict = run_attack(attack, in_local, folder, loop, needs=frozenset())
    if attack.local == "stopped":
        assert verdict.proof == "", verdict
    else:
        assert_out(verdict)


def test_each_file_is_an_attack_and_each_attack_is_there() -> None:
    files = {path.stem for path in ATTACKS.iterdir() if path.suffix in (".py", ".sh")}
    assert {attack.name for attack in EVERY} == files
    assert len(files) == len(EVERY) >= 40
    assert all(attack.local.startswith("open") for attack in EVERY if attack.off is in_local)
