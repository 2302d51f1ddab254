"""Questions that an author's own graph asks a model besides the stages: on record, and under the caps."""

from __future__ import annotations

from collections.abc import Mapping

from agentkit.contracts.messages import Message
from agentkit.contracts.model import ModelRole
from agentkit.errors import AttemptSpent, BrokenPlugin
from agentkit.search.ask import ask
from agentkit.search.briefing import consult_values
from agentkit.search.context import AttemptWork
from agentkit.search.conversation import Conversation, opening
from agentkit.search.reasoning import without_reasoning
from agentkit.search.situation import told_at_start

TAKEN = ("plan", "debug", "code", "run", "review", "judge", "finalise", "calibrate")
"""Stages that are agentkit's own."""


async def consult(work: AttemptWork, name: str, nth: int, role: ModelRole, values: Mapping[str, str]) -> str:
    """The answer to the prompt file `name`, asked for the `nth` time in this attempt, from 0.

    What was answered once stays answered: a graph that begins again gets it at no cost. The prompt may have
    the places of `briefing.consult_values` and those of `values`. Where the attempt's own cap leaves no room
    it says so in parentheses; the run's cap raises BudgetSpent, which ends the search.
    """
    if name in TAKEN or not name.isidentifier():
        raise BrokenPlugin(
            f"A question of a graph cannot be called '{name}'.",
            f"Wanted: a Python identifier that is none of {', '.join(TAKEN)}",
        )
    journal, prompts = work.run.journal, work.run.prompts
    recorded = journal.state.replies.get(f"{work.id}/{name}/{nth}")
    if recorded is None:
        stage = f"{name} {nth + 1}" if nth else name
        journal.append("stage", work.id, stage=stage, **told_at_start(work, stage))
        user = prompts.fill(name, {**consult_values(work, stage), **values})
        conversation = Conversation(opening(prompts.fill("system", {}), user), prompt_files=("system", name))
        try:
            text = (await ask(work, name, nth, conversation, role)).message.text
        except AttemptSpent as spent:
            return f"({spent.message})"
    else:
        text = Message.model_validate(recorded["message"]).text
    return text if work.operator.stores == "reply" else without_reasoning(text)
