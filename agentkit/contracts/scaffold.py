"""Scaffold: how an agent searches. Policy, operators, memory, finaliser and stop rule.

@scaffold
def best_of(settings: BestOfSettings) -> Scaffold:
    '''Independent drafts; the best one wins.'''
    return Scaffold(policy=…, operators={"draft": DRAFT})
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, Protocol, TypeVar, get_type_hints

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from agentkit.contracts.agent import AgentCommand
from agentkit.contracts.attempt import Attempt, AttemptTree, Expansion
from agentkit.contracts.record import Record
from agentkit.contracts.task import Metric
from agentkit.contracts.tool import Note
from agentkit.errors import BrokenPlugin, UsageError


class Policy(Protocol):
    """Reads the tree, says what to try next. A pure function, so that resume is replay."""

    def select(
        self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        """At most `room` intentions. None while nothing is pending means: finished."""


MemoryView = Callable[[AttemptTree, Expansion], Sequence[Attempt]]
"""Which earlier attempts an operator is shown, oldest first."""


class Gain(Record):
    """A parent and its child that was better by more than noise: a change that has helped once."""

    run: str = ""
    """Name of the earlier run it was found in; empty: this run."""
    task: str = ""
    """Reference of the task it was found on; empty: this run's."""
    parent: str
    attempt: str
    before: str
    """The parent's figure, as it is shown."""
    after: str
    size: float
    """By how much the figure was better, as a share of the parent's."""
    description: str
    """What the parent's version does, in the words of those who wrote it; this is what is searched."""
    change: str
    lesson: str = ""
    diff: str = ""
    """From the parent to the child. Of this run it is empty, and looked up where it is shown."""


@dataclass(frozen=True)
class Situation:
    """What a section of a prompt is made of. All of it is on record, so a stage begun again says the same."""

    tree: AttemptTree
    """As it stood when the stage began."""
    expansion: Expansion
    metric: Metric
    instructions: str
    knowledge: str
    """The hints and the user's notes."""
    left: Sequence[str]
    """What the run's caps leave, a line each."""
    gains: Sequence[Gain]
    """What has helped: in this run, oldest first, then in earlier ones."""
    diff: Callable[[str], str]
    """What the attempt of that id changed, as a unified diff."""
    fill: Callable[[str, Mapping[str, str]], str]
    """The prompt file of that name with its places filled."""
    notes: Sequence[Note] = ()
    """What attempts kept for later ones, oldest first."""


Section = Callable[[Situation], str]
"""One more section of an operator's first prompt, in Markdown; empty: it has nothing to say."""

Writer = Literal["model", "solution", "nothing"]
"""Who changes the workspace: the run's coder, the task's reference solution, or no one."""


@dataclass(frozen=True)
class Operator:
    """Carries out one expansion. What is asked of the model is in the prompt file of that name."""

    name: str
    opening: Literal["plan", "debug", "none"] = "plan"
    """Which stage comes before `code`."""
    memory: MemoryView | None = None
    writer: Writer = "model"
    prompt: str = ""
    """Name of the prompt file; empty: the operator's own name."""
    memory_tokens: int = 1500
    """What the table of `memory` may take in a prompt, at four bytes a token."""
    sections: tuple[Section, ...] = ()
    """What its first prompt says besides, before the request itself."""
    stores: Literal["reply", "answer"] = "reply"
    """What is kept of a plan and a review; `answer`: without the reasoning that a model wrote before it."""
    agent: AgentCommand | None = None
    """Who codes in place of our own coders: a program with a command line, in the attempt's sandbox."""


class Measure(Protocol):
    """Evaluates a finished attempt once more, on a seed the search has not seen."""

    def __call__(self, attempt: Attempt, seed: int) -> Awaitable[float | None]:
        """Fitness, or None where it was not valid."""


class Finaliser(Protocol):
    """Picks the answer of a run."""

    async def choose(self, tree: AttemptTree, measure: Measure) -> Attempt | None: ...


StopRule = Callable[[AttemptTree, Metric], str]
"""Why the search should end now, or "". Once it says so of a tree, it must of every later one."""


@dataclass(frozen=True)
class Scaffold:
    """What `agentkit solve --scaffold NAME` runs."""

    policy: Policy
    operators: Mapping[str, Operator]
    finaliser: Finaliser | None = None
    """None: the usual one (`search.finalise`)."""
    stop: tuple[StopRule, ...] = ()
    """Asked before each selection, besides the budget; the first reason counts (`search.stop`)."""
    attempts: int | None = None
    """How many attempts it means to make; the budget may stop it earlier."""
    width: int = 1
    """How many attempts may be under way at once."""
    barrier: bool = False
    """Wait for all siblings before selecting again, as the published forms of some scaffolds do."""
    repairs: int = 0
    """How often an attempt may mend its own crash before it is given up."""
    graph: Callable[[Any], Any] | None = None
    """An author's own LangGraph graph of an attempt: given the stages, returns a StateGraph."""


class NoSettings(Record):
    """For a scaffold without settings."""


Settings = TypeVar("Settings", bound=Record)


@dataclass(frozen=True)
class ScaffoldMaker(Generic[Settings]):
    """A scaffold that still has to be given its settings."""

    name: str
    purpose: str
    settings: type[Settings]
    make: Callable[[Settings], Scaffold]

    def build(self, values: Mapping[str, Any], *, barrier: bool | None = None) -> Scaffold:
        """`values` as a user gave them; a wrong one is named with what would be right.

        `barrier`: whether it waits for all that is under way; None: as it says itself.
        """
        if barrier is not None:
            own = {"barrier": barrier} if "barrier" in self.settings.model_fields else {}
            return replace(self.build({**values, **own}), barrier=barrier)
        try:
            return self.make(self.settings(**values))
        except ValidationError as error:
            fault = error.errors()[0]
            key = ".".join(str(part) for part in fault["loc"])
            known = ", ".join(
                f"{name} ({default_of(field)})" for name, field in self.settings.model_fields.items()
            )
            raise UsageError(
                f"Scaffold '{self.name}' cannot take {key} = {fault['input']!r}: {fault['msg']}.",
                f"Its settings, with their defaults: {known or 'none'}",
            ) from error


def default_of(field: FieldInfo) -> str:
    return "required" if field.is_required() else str(field.get_default(call_default_factory=True))


def scaffold(function: Callable[[Settings], Scaffold]) -> ScaffoldMaker[Settings]:
    """Make a scaffold from a function of its settings; its name is the function's."""
    name = getattr(function, "__name__", "scaffold")
    hints = get_type_hints(function)
    hints.pop("return", None)
    kinds: list[type[Settings]] = list(hints.values())
    one = len(inspect.signature(function).parameters) == len(kinds) == 1
    if not one or not (isinstance(kinds[0], type) and issubclass(kinds[0], Record)):
        raise BrokenPlugin(
            f"Scaffold '{name}' must take one parameter: its settings, a subclass of agentkit.Record.",
            f"Found: {inspect.signature(function)}",
        )
    return ScaffoldMaker(name, (inspect.getdoc(function) or "").split("\n")[0], kinds[0], function)
