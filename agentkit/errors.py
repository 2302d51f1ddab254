"""Every error a user can be shown, each with its exit code.

A message answers five questions: what was wanted, what was found, where we looked,
what is known, and what to type next. `agentkit.cli.main` is the one place that prints it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class AgentkitError(Exception):
    """A mistake or a lack that a user can mend; `lines` follow the message, one fact each."""

    exit_code = 1

    def __init__(self, message: str, *lines: str) -> None:
        super().__init__(message)
        self.message = message
        self.lines = tuple(line for line in lines if line)

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  {line}" for line in self.lines)])


class UsageError(AgentkitError):
    """The words of a command do not fit together."""

    exit_code = 2


class UnknownName(UsageError):
    """There is no tool, scaffold, task, plugin, command, model or run of that name."""

    def __init__(
        self,
        kind: str,
        name: str,
        known: Iterable[str],
        looked_in: Sequence[str] = (),
        next_step: str = "",
    ) -> None:
        names = sorted(set(known))
        near = nearest(name, names)
        super().__init__(
            f"There is no {kind} '{name}'.",
            f"Did you mean: {', '.join(near)}?" if near else "",
            f"Known: {', '.join(names[:40])}{' …' if len(names) > 40 else ''}" if names else "None is known.",
            f"Looked in: {'; '.join(looked_in)}" if looked_in else "",
            f"Next: {next_step}" if next_step else "",
        )
        self.near = near


class BadFile(AgentkitError):
    """A file a person wrote (task, rubric, settings, transcript) has a mistake in it."""

    def __init__(self, path: object, key: str, expected: str, found: str, *lines: str) -> None:
        super().__init__(
            f"{path} has a mistake" + (f" at '{key}'." if key else "."),
            f"Expected: {expected}",
            f"Found: {found}",
            *lines,
        )


class BrokenPlugin(AgentkitError):
    """A file in somebody's kit fails when it is imported or called."""


class MissingRequirement(AgentkitError):
    """This machine lacks something: a sandbox, torch, a key, a GPU, a data file."""

    exit_code = 3


class RunProblem(AgentkitError):
    """A run folder cannot be used: not there, not writable, held by another process, damaged."""

    exit_code = 4


class RunFailed(AgentkitError):
    """A run ended without an answer."""

    exit_code = 5


class ModelProblem(AgentkitError):
    """A model gave no usable reply and trying again will not help."""

    exit_code = 6
    usage: object | None = None
    """A contracts.messages.Usage: what the failed call has cost, or at most; None: nothing."""


class CutOff(ModelProblem):
    """A call was begun and never answered; it may have been billed, and it may be made again."""


class ContextOverflow(ModelProblem):
    """The conversation is longer than the model takes; a shorter one may be tried once."""


class TranscriptEnded(ModelProblem):
    """A scripted model has no more replies for what it is asked."""


class Terminated(AgentkitError):
    """Somebody asked the process to end; what was done until then is kept."""

    exit_code = 143


class BudgetSpent(AgentkitError):
    """The next action could pass a cap, so it was not begun."""

    exit_code = 7


class AttemptSpent(BudgetSpent):
    """A cap of one attempt is reached; the run goes on."""


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names most like `name`, best first; also matches on the last path part."""
    names = list(known)
    tails = {each.rsplit("/", 1)[-1]: each for each in names}
    close = [each for each in names if each.casefold() == name.casefold()]
    close += difflib.get_close_matches(name, names, n=count, cutoff=0.5)
    tail = name.rsplit("/", 1)[-1]
    close += [tails[each] for each in difflib.get_close_matches(tail, tails, n=count, cutoff=0.5)]
    return list(dict.fromkeys(close))[:count]
