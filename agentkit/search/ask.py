"""Asking a model: a recorded reply if there is one, else the budget, the call, the journal."""

from __future__ import annotations

import time
from typing import Literal

from agentkit.contracts.messages import CallPosition, Message, Reply, Usage
from agentkit.contracts.model import Model, ModelRole
from agentkit.errors import BudgetSpent
from agentkit.search.context import AttemptWork, RunContext
from agentkit.search.conversation import Conversation

Stage = Literal["plan", "debug", "code", "review"]

_ROLE_OF: dict[Stage, ModelRole] = {
    "plan": "planner",
    "debug": "planner",
    "code": "coder",
    "review": "reviewer",
}


def model_for(run: RunContext, stage: Stage) -> Model:
    return run.models[_ROLE_OF[stage]]


async def ask(work: AttemptWork, stage: Stage, index: int, conversation: Conversation) -> Reply:
    """The reply is in the journal before it is returned; on a resumed run it is not asked for again.

    Raises BudgetSpent before a call that a cap forbids, and ModelProblem if the model cannot answer.
    """
    run = work.run
    position = CallPosition(
        attempt=work.id,
        operator=work.selected.expansion.operator,
        nth=work.selected.nth,
        stage=stage,
        index=index,
    )
    recorded = run.journal.state.replies.get(position.key)
    if recorded is not None:
        if recorded["digest"] == conversation.digest:
            return Reply(
                message=Message.model_validate(recorded["message"]),
                usage=Usage.model_validate(recorded["usage"]),
                model=recorded["model"],
            )
        run.journal.append(
            "note",
            work.id,
            text=f"The prompt of {position.key} is not the recorded one, so the model is asked again.",
        )
    check_budget(run)
    began = time.monotonic()
    reply = await model_for(run, stage).reply(conversation.request(position))
    run.journal.append(
        "reply",
        work.id,
        key=position.key,
        digest=conversation.digest,
        stage=stage,
        index=index,
        message=reply.message.model_dump(mode="json", exclude_defaults=True),
        usage=reply.usage.model_dump(mode="json"),
        model=reply.model,
        finish_reason=reply.finish_reason,
        seconds=round(time.monotonic() - began, 4),
    )
    return reply


def check_budget(run: RunContext) -> None:
    """Raise BudgetSpent if a cap is reached; the attempts' cap is the driver's."""
    spent, budget = run.journal.state.spent, run.budget
    minutes = run.minutes_used()
    over: tuple[tuple[str, float | None, float | None], ...] = (
        ("dollars", spent.dollars, budget.dollars),
        ("tokens", float(spent.tokens), budget.tokens),
        ("minutes", minutes, budget.minutes),
    )
    for what, used, cap in over:
        if cap is not None and used is not None and used >= cap:
            raise BudgetSpent(
                f"The run's cap of {cap:g} {what} is reached ({used:.4g} used).",
                f"Next: raise it with `agentkit resume {run.folder} --{what} …`.",
            )


def standing(work: AttemptWork) -> str:
    """What is known and what is left, in a few lines for the model."""
    run = work.run
    state, budget, metric = run.journal.state, run.budget, run.task.metric
    best = state.tree.best()
    lines = [run.reference] if run.reference else []
    direction = "lower" if metric.lower_is_better else "higher"
    if best is None:
        lines.append(f"No attempt is valid yet. {metric.name}: {direction} is better.")
    else:
        value = best.outcome.metrics[metric.name]
        lines.append(f"Best so far: {value:.4g} {metric.unit} (attempt {best.id}); {direction} is better.")
    if budget.attempts is not None:
        left = max(0, budget.attempts - len(state.selected))
        lines.append(f"Attempts left after this one: {left}.")
    if budget.minutes is not None:
        lines.append(f"Minutes left: {max(0.0, budget.minutes - run.minutes_used()):.0f}.")
    if budget.dollars is not None and state.spent.dollars is not None:
        lines.append(f"Dollars left: {max(0.0, budget.dollars - state.spent.dollars):.2f}.")
    return "\n".join(lines)
