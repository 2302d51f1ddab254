"""Asking a model: a recorded reply if there is one, else the budget, the call, the journal."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal

from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply, Usage
from agentkit.contracts.model import Model, ModelCard, ModelRole
from agentkit.errors import CutOff, ModelProblem
from agentkit.search.context import AttemptWork, RunContext
from agentkit.search.conversation import Conversation
from agentkit.search.spending import reserve, seconds_left

Stage = Literal["plan", "debug", "code", "review"]

_ROLE_OF: dict[str, ModelRole] = {
    "plan": "planner",
    "debug": "planner",
    "code": "coder",
    "review": "reviewer",
}


def model_for(run: RunContext, stage: str, role: ModelRole = "planner") -> Model:
    """The stage's own model; of a stage that is an author's, the one of the role."""
    return run.models[_ROLE_OF.get(stage, role)]


CUT_TRIES = 3
"""Under a cap, calls begun for one reply that may be cut off: each is reserved, as it may be billed.

Without a cap the client itself tries again.
"""


async def ask(
    work: AttemptWork, stage: str, index: int, conversation: Conversation, role: ModelRole = "planner"
) -> Reply:
    """The reply is in the journal before it is returned; on a resumed run it is not asked for again.

    Reserved before the call, settled after it. Raises BudgetSpent before a call that could pass a cap, and
    ModelProblem if the model cannot answer. The reply becomes part of the conversation.
    """
    run = work.run
    position = CallPosition(
        attempt=work.id,
        operator=work.selected.expansion.operator,
        nth=work.selected.nth,
        stage=stage,
        index=index,
    )
    reply = await _recorded(work, position.key, conversation)
    cut = 0
    while reply is None:
        try:
            reply = await _call(run, model_for(run, stage, role), position, conversation, work)
        except CutOff:
            cut += 1
            if cut == CUT_TRIES or not (run.budget.limits_calls or run.shared):
                raise
    conversation.add_reply(reply)
    return reply


async def _recorded(work: AttemptWork, key: str, conversation: Conversation) -> Reply | None:
    recorded = work.run.journal.state.replies.get(key)
    if recorded is None:
        return None
    if recorded["digest"] != conversation.digest:
        text = f"The prompt of {key} is not the recorded one, so the model is asked again."
        await work.run.journal.record("note", work.id, text=text)
        return None
    return recorded_reply(recorded)


async def _call(
    run: RunContext, model: Model, position: CallPosition, conversation: Conversation, work: AttemptWork
) -> Reply:
    bound, most = reserve(work, run.cards.get(model.name, ModelCard()), conversation, position.key)
    prompt = {} if conversation.answered else keep_prompt(run, conversation)
    request = conversation.request(position, most, seconds_left(run))
    return await call_on_record(run, model, request, bound, work.id, position.key, prompt)


async def call_on_record(
    run: RunContext,
    model: Model,
    request: ModelRequest,
    bound: Usage,
    account: str,
    key: str,
    prompt: Mapping[str, Any],
) -> Reply:
    """A call whose bound is held: in the journal before it is made, and whatever comes of it. `prompt`: what
    the journal keeps of what was asked."""
    journal, position = run.journal, request.position
    await journal.record("asked", account, key=key, bound=bound.model_dump(mode="json"), **prompt)
    began = time.monotonic()
    try:
        reply = await model.reply(request)
    except ModelProblem as problem:
        # What a call that failed has cost is known at best as a bound; none means it was not billed.
        usage = problem.usage if isinstance(problem.usage, Usage) else Usage(dollars=0.0)
        seconds = round(time.monotonic() - began, 4)
        data = no_more_than(usage, bound).model_dump(mode="json")
        await journal.record("cut", account, key=key, usage=data, seconds=seconds, reason=problem.message)
        raise
    if reply.lost is not None:
        await journal.record("cut", account, key=f"{key} tries", usage=reply.lost.model_dump(mode="json"))
    event = await journal.record(
        "reply",
        account,
        key=key,
        digest=request.digest,
        stage=position.stage,
        index=position.index,
        message=reply.message.model_dump(mode="json", exclude_defaults=True),
        usage=reply.usage.model_dump(mode="json"),
        model=reply.model,
        finish_reason=reply.finish_reason,
        seconds=round(time.monotonic() - began, 4),
    )
    return recorded_reply(event.data)


def no_more_than(usage: Usage, bound: Usage) -> Usage:
    """A client's bound knows less of the conversation than the reservation, which holds in any case."""
    if not usage.upper_bound:
        return usage
    dollars = [each for each in (usage.dollars, bound.dollars) if each is not None]
    return usage.model_copy(
        update={
            "input_tokens": min(usage.input_tokens, bound.input_tokens),
            "output_tokens": min(usage.output_tokens, bound.output_tokens),
            "dollars": min(dollars, default=None),
        }
    )


def recorded_reply(data: Mapping[str, Any]) -> Reply:
    """As recorded, so that a live reply and a replayed one are the same, redactions included."""
    return Reply(
        message=Message.model_validate(data["message"]),
        usage=Usage.model_validate(data["usage"]),
        model=data["model"],
        finish_reason=data.get("finish_reason", "stop"),
    )


def keep_prompt(run: RunContext, conversation: Conversation) -> dict[str, Any]:
    """What a conversation began with, for later: a blob's digest, and the prompt files it is made of."""
    text = "\n\n".join(f"[{each.role}]\n{each.text}" for each in conversation.messages)
    return {"prompt": run.blobs.put(text.encode()), "prompt_files": list(conversation.prompt_files)}


def standing(work: AttemptWork, stage: str) -> str:
    """What is known and what is left, in a few lines for the model.

    Of a stage that has begun before, what was said then: a replayed prompt must be the same.
    """
    told = work.run.journal.state.results.get((work.id, f"began {stage}"))
    if told is not None and "standing" in told:
        return str(told["standing"])
    run = work.run
    state, metric = run.journal.state, run.task.metric
    best = state.tree.best()
    lines = [run.reference] if run.reference else []
    direction = "lower" if metric.lower_is_better else "higher"
    if best is None:
        lines.append(f"No attempt is valid yet. {metric.name}: {direction} is better.")
    else:
        value = best.outcome.metrics[metric.name]
        lines.append(f"Best so far: {value:.4g} {metric.unit} (attempt {best.id}); {direction} is better.")
    return "\n".join([*lines, *left(run)])


def left(run: RunContext) -> list[str]:
    """What the run's caps still leave, one line each; nothing where there is no cap.

    Of a cap that is shared with other runs too, the smaller of what the two leave.
    """
    budget, state = run.budget, run.journal.state
    committed, lines = state.ledger.committed, []
    shared = {} if run.shared is None else run.shared.left()

    def least(name: str, cap: float | None, used: float) -> float | None:
        own = {} if cap is None else {name: max(0, cap - used)}
        return min((each[name] for each in (own, shared) if name in each), default=None)

    attempts = least("attempts", budget.attempts, len(state.selected))
    if attempts is not None:
        lines.append(f"Attempts left after this one: {attempts}.")
    seconds = seconds_left(run)
    if seconds is not None:
        lines.append(f"Minutes left: {max(0.0, seconds / 60):.1f}.")
    dollars = least("dollars", budget.dollars, committed.dollars or 0.0)
    if dollars is not None:
        lines.append(f"Dollars left: {dollars:.2f}.")
    tokens = least("tokens", budget.tokens, committed.tokens)
    if tokens is not None:
        lines.append(f"Tokens left: {tokens:,}.")
    gpu_seconds = least("gpu_seconds", budget.gpu_seconds, committed.gpu_seconds)
    if gpu_seconds is not None:
        lines.append(f"GPU-seconds left: {gpu_seconds:.0f}.")
    return lines
