"""Simulated model: draws from a task's known edits, with the chances of its profile."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply, ToolCall, Usage
from agentkit.contracts.model import ModelCard, Price
from agentkit.errors import ModelProblem
from agentkit.models.scripted import call_id, characters
from agentkit.models.simulated.edits import KnownEdit, KnownEdits, applied
from agentkit.models.simulated.profiles import Profile
from agentkit.models.simulated.shown import plan_line, planned, shown_files, shown_hints
from agentkit.source.edit_blocks import Edit

EDITOR = "editor"
SUBMIT = "submit"
REVIEW = "(A simulated model has no review: what this attempt shows is in its figures.)"
NOTHING_LEFT = "(Simulated) Nothing that is known of this task fits here any more."
AGAIN = 0.5
"""Chance of each further edit, up to the habit's most."""


@dataclass(frozen=True)
class Simulation:
    """What of a run a simulated model needs beside what it is asked."""

    known: KnownEdits
    start: Mapping[str, str]
    """Workspace path to the text of the task's start files, for prompts that show no files."""
    luck: str
    """Seeds every draw, with the place in the run: two runs that are told the same draw the same."""


class SimulatedModel:
    """A reply depends on its place in the run, what the prompt shows, and the run's luck; so a resumed run
    gets the same."""

    offers_tools = True
    card = ModelCard(price=Price(input=0.0, output=0.0, source="simulated"))

    def __init__(self, name: str, profile: Profile, simulation: Simulation) -> None:
        self.name = name
        self.profile = profile
        self.simulation = simulation

    async def reply(self, request: ModelRequest) -> Reply:
        """Raises ModelProblem where it is offered tools, and none that changes files as it does."""
        message = self.message(request)
        return Reply(
            message=message,
            usage=Usage(
                input_tokens=sum(map(characters, request.messages)) // 4,
                output_tokens=-(-characters(message) // 4),
                dollars=0.0,
            ),
            model=self.name,
            finish_reason="tool_calls" if message.tool_calls else "stop",
        )

    def message(self, request: ModelRequest) -> Message:
        stage = request.position.stage
        if stage in ("plan", "debug"):
            return Message(role="assistant", text=self._plan(request))
        if stage == "code":
            return self._code(request)
        text = REVIEW if stage == "review" else "(A simulated model has no answer to this.)"
        return Message(role="assistant", text=text)

    def _plan(self, request: ModelRequest) -> str:
        prompt, position = last_prompt(request), request.position
        files, levels = self._files(prompt), shown_hints(prompt)
        rng = self._draws(position, levels)
        broken = self.simulation.known.slipped(files)
        if position.stage == "debug" and broken and rng.random() < self.profile.repair:
            names = [broken[0].name]
            return told(f"Mend what was miswritten. {broken[0].says}", plan_line(names, repair=True))
        edits = self._choose(rng, position.operator, levels, files)
        if not edits:
            return NOTHING_LEFT
        return told(" ".join(each.says for each in edits), plan_line([each.name for each in edits]))

    def _choose(
        self, rng: random.Random, operator: str, levels: Sequence[str], files: Mapping[str, str]
    ) -> list[KnownEdit]:
        """Edits to make one after the other; empty: none fits."""
        chosen: list[KnownEdit] = []
        most, texts = self.profile.habit(operator).edits, dict(files)
        while len(chosen) < most and (not chosen or rng.random() < AGAIN):
            edit = self._draw(rng, operator, levels, self.simulation.known.fitting(texts))
            if edit is None:
                break
            chosen.append(edit)
            texts = applied(texts, edit.blocks()) or texts
        return chosen

    def _draw(
        self, rng: random.Random, operator: str, levels: Sequence[str], fitting: Sequence[KnownEdit]
    ) -> KnownEdit | None:
        good = [each for each in fitting if each.helps]
        others = [each for each in fitting if not each.helps]
        telling = [level for level in levels if any(level in each.hints for each in good)]
        pool = good if rng.random() < self.profile.chance(operator, telling) else others
        pool = pool or good or others
        if not pool:
            return None
        given_away = [any(level in each.hints for level in levels) for each in pool]
        shares = [
            each.weight * (self.profile.told if given else 1.0)
            for each, given in zip(pool, given_away, strict=True)
        ]
        return rng.choices(pool, shares)[0]

    def _code(self, request: ModelRequest) -> Message:
        position = request.position
        offered = {each.name for each in request.tools}
        if offered and EDITOR not in offered:
            raise ModelProblem(
                f"{self.name} changes files with the tool '{EDITOR}', which it is not offered here.",
                f"Offered: {', '.join(sorted(offered))}",
                f"Next: --tools {EDITOR},{SUBMIT}, or --coder edit",
            )
        blocks = [] if any(each.role == "assistant" for each in request.messages) else self._write(request)
        words = f"(Simulated) Changes: {len(blocks)}." if blocks else NOTHING_LEFT
        if not offered:
            return Message(role="assistant", text="\n\n".join([words, *map(as_block, blocks)]))
        calls = [as_call(block, position, number) for number, block in enumerate(blocks)]
        if SUBMIT in offered:
            id = call_id(position, len(calls))
            calls.append(ToolCall(id=id, name=SUBMIT, arguments={"summary": words}))
        return Message(role="assistant", text=words, tool_calls=tuple(calls))

    def _write(self, request: ModelRequest) -> list[Edit]:
        """The blocks of what was planned; of an own choice where no plan names an edit."""
        prompt, position = last_prompt(request), request.position
        files, levels = self._files(prompt), shown_hints(prompt)
        rng = self._draws(position, levels)
        broken = self.simulation.known.slipped(files)
        plan = planned(prompt)
        if broken and (plan is None or plan[0] or any(each.name in plan[1] for each in broken)):
            # A plan of a repair was drawn already; a pass that mends its own crash is drawn here.
            sure = plan is not None and plan[0]
            return list(broken[0].repair()) if sure or rng.random() < self.profile.repair else []
        if plan is None:
            edits = self._choose(rng, position.operator, levels, files)
        else:
            edits = [each for each in map(self.simulation.known.named, plan[1]) if each is not None]
        blocks: list[Edit] = []
        for edit in edits:
            slipped = rng.random() < self.profile.slip and edit.slip is not None
            written = edit.blocks(slipped)
            after = applied(files, written)
            if after is not None:
                files, blocks = after, [*blocks, *written]
        return blocks

    def _files(self, prompt: str) -> dict[str, str]:
        """As the prompt shows them; those of the start where it shows none."""
        start = self.simulation.start
        return {**start, **shown_files(prompt, start)}

    def _draws(self, position: CallPosition, levels: Sequence[str]) -> random.Random:
        parts = (self.simulation.luck, self.name, position.operator, position.key, "+".join(levels))
        return random.Random("/".join(parts))


def last_prompt(request: ModelRequest) -> str:
    """The first user message: what the stage was opened with."""
    return next((each.text for each in request.messages if each.role == "user"), "")


def told(words: str, line: str) -> str:
    """A plan; its first line is what tables of attempts show."""
    return f"(Simulated) {words}\n\n{line}"


def as_block(edit: Edit) -> str:
    """For the `edit` coder."""
    return f"{edit.path}\n<<<<<<< SEARCH\n{edit.old}=======\n{edit.new}>>>>>>> REPLACE"


def as_call(edit: Edit, position: CallPosition, number: int) -> ToolCall:
    """For the `tools` coder."""
    arguments = {"command": "str_replace", "path": edit.path, "old_str": edit.old, "new_str": edit.new}
    return ToolCall(id=call_id(position, number), name=EDITOR, arguments=arguments)
