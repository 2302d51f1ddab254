"""Attack: one try to get out, what the host lays out for it, and how the host finds out whether it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from agentkit.contracts.sandbox import CommandResult, Wall

if TYPE_CHECKING:
    from tests.escapes.backends import Off
    from tests.escapes.scene import Scene

ATTACKS = Path(__file__).parent / "attacks"

Proof = Callable[[CommandResult], str]
"""What the host found that got out; empty: nothing. It looks for itself and never takes the attack's word."""

Need = Callable[[], str]
"""Why an attack cannot be made on this host; empty: it can."""

Local = Literal["open", "open to root", "open without control groups", "stopped", "not tried"]


@dataclass(frozen=True)
class Attack:
    """A file below attacks/, with what it needs around it."""

    name: str
    title: str
    wall: Wall | None
    """None: it aims at what the harness reads afterwards, in front of every sandbox."""
    prepare: Callable[[Scene], Proof]
    off: Off
    """How its one defence is taken away, to show that it works then."""
    local: Local = "open"
    needs: tuple[Need, ...] = ()
    """For the try itself."""
    proof_need: tuple[Need, ...] = ()
    """For the try without a defence, besides."""
    local_need: tuple[Need, ...] = ()
    """For it to get out of `local`, where that is open."""
    by_word: bool = False
    """The kernel leaves no trace of the call: what it answered is all there is to see."""

    @property
    def file(self) -> Path:
        shell = ATTACKS / f"{self.name}.sh"
        return shell if shell.exists() else ATTACKS / f"{self.name}.py"


class Verdict(NamedTuple):
    """What came of a try."""

    proof: str
    said: str
    """The attack's last word: `escaped`, `held`, `tried` (only the host can tell), or empty."""
    words: str
    result: CommandResult


def lacking(needs: tuple[Need, ...]) -> str:
    return "; ".join(lack for need in needs if (lack := need()))
