"""Spending: what a call may cost at most, and whether a cap leaves room for it. Asked before the call."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext

from agentkit.contracts.attempt import Cost
from agentkit.contracts.messages import Usage
from agentkit.contracts.model import ModelCard, Price
from agentkit.errors import AttemptSpent, BudgetSpent
from agentkit.journal.shared_budget import Share, SharedBudget, total_share
from agentkit.search.context import AttemptWork, RunContext
from agentkit.search.conversation import Conversation
from agentkit.search.finalise import expected_measurements

LONGEST_REPLY = 16_384
"""Tokens of a reply where a cap is set and neither the user nor the model's card says how many."""
SHORTEST_REPLY = 256
"""A call whose reply could not even be this long is not worth its input."""
MILLION = 1_000_000


def bound_of(price: Price | None, input_tokens: int, output_tokens: int) -> Usage:
    """The most that a call of these sizes is billed; dollars None where the price is not known."""
    dollars = None
    if price is not None:
        dollars = (input_tokens * price.input + output_tokens * price.output) / MILLION
    return Usage(input_tokens=input_tokens, output_tokens=output_tokens, dollars=dollars, upper_bound=True)


def reserve(
    work: AttemptWork, card: ModelCard, conversation: Conversation, key: str
) -> tuple[Usage, int | None]:
    """The call's upper bound, and the `max_tokens` that keeps it one (None where no cap needs it).

    Raises BudgetSpent or AttemptSpent where no useful call fits under the caps any more.
    """
    run, budget, input_tokens = work.run, work.run.budget, conversation.most_tokens
    check_time(run)

    def room_of_attempt() -> int | None:
        if not (budget.attempt_dollars or budget.attempt_tokens):
            return None
        committed = run.journal.state.ledger.committed_by(work.id)
        return _room(work, committed, budget.attempt_dollars, budget.attempt_tokens, card.price, input_tokens)

    return hold(run, work.id, card, input_tokens, key, room_of_attempt)


def hold(
    run: RunContext,
    account: str,
    card: ModelCard,
    input_tokens: int,
    key: str,
    further: Callable[[], int | None] = lambda: None,
) -> tuple[Usage, int | None]:
    """As `reserve`, for any call of the run. `account`: the attempt that it is for; empty: the run itself.
    `further`: output tokens that a cap besides the run's leaves.

    The bound is held in the ledger at once, as others may ask before it is in the journal.
    """
    budget, ledger, price = run.budget, run.journal.state.ledger, card.price
    known = [each for each in (run.longest_reply, card.output_tokens) if each is not None]
    with run.shared.change() if run.shared else nullcontext(Share()) as others:
        room = [_room(run, ledger.committed, budget.dollars, budget.tokens, price, input_tokens), further()]
        if run.shared is not None:
            caps, committed = run.shared.caps, total_share([others, run.shared.own])
            room.append(_room(run.shared, committed, caps.dollars, caps.tokens, price, input_tokens))
        left = [each for each in room if each is not None]
        most = min([*left, *(known or [LONGEST_REPLY])])
        bound = bound_of(price, input_tokens, most)
        ledger.asked(account, key, bound)
    # Without a cap a reply is as long as the model's maker thinks fit, and only the bound is ours.
    return bound, most if left or run.longest_reply else None


def _room(
    whose: RunContext | AttemptWork | SharedBudget,
    committed: Cost | Share,
    dollars: float | None,
    tokens: int | None,
    price: Price | None,
    input_tokens: int,
) -> int | None:
    """Output tokens that these caps leave for one more call; None without a cap."""
    left: list[tuple[float, str, str]] = []
    if tokens is not None:
        left.append((tokens - committed.tokens - input_tokens, "tokens", f"{tokens:,}"))
    if dollars is not None:
        left.append((_affordable(dollars, committed, price, input_tokens), "dollars", f"{dollars:g}"))
    if not left:
        return None
    fewest, cap, amount = min(left)
    if fewest < SHORTEST_REPLY:
        raise _spent(whose, cap, amount)
    return int(fewest)


def _affordable(dollars: float, committed: Cost | Share, price: Price | None, input_tokens: int) -> float:
    """Output tokens that the rest of a dollar cap pays for."""
    if price is None or committed.dollars is None:
        return -1.0  # such a run is refused before it starts; if it got here, nothing is known to fit
    spare = dollars - committed.dollars - input_tokens * price.input / MILLION
    if spare < 0:
        return -1.0
    return min(MILLION, spare * MILLION / price.output) if price.output else MILLION


def _spent(whose: RunContext | AttemptWork | SharedBudget, cap: str, amount: str) -> BudgetSpent:
    if isinstance(whose, SharedBudget):
        return whose.spent(cap)
    if isinstance(whose, AttemptWork):
        return AttemptSpent(
            f"The cap of {amount} {cap} for attempt {whose.id} leaves no room for another call."
        )
    return BudgetSpent(
        f"The run's cap of {amount} {cap} leaves no room for another call.",
        f"Next: raise it with `agentkit resume {whose.folder} --{cap} …`.",
    )


def check_time(run: RunContext) -> None:
    """Raise BudgetSpent once the search's share of the wall clock, or the GPU-seconds, are used."""
    left = seconds_left(run)
    if left is not None and left <= 0:
        raise BudgetSpent(
            f"The run's cap of {run.budget.minutes:g} minutes is reached, but for measuring the answer.",
            f"Next: raise it with `agentkit resume {run.folder} --minutes …`.",
        )
    cap, used = run.budget.gpu_seconds, run.journal.state.ledger.spent.gpu_seconds
    if cap is not None and used >= cap:
        raise BudgetSpent(
            f"The run's cap of {cap:g} GPU-seconds is reached ({used:.4g} used).",
            f"Next: raise it with `agentkit resume {run.folder} --gpu-seconds …`.",
        )
    if run.shared is not None:
        run.shared.check_gpu_seconds()


def seconds_left(run: RunContext, *, reserve_for_answer: bool = True) -> float | None:
    """Wall seconds until the search must end, or the run; None without a cap.

    The reserve is what measuring the answer again will take, judged by the longest evaluation so far, and
    never more than half of the cap.
    """
    if run.budget.minutes is None:
        return None
    state = run.journal.state
    cap = 60 * run.budget.minutes
    left = cap - state.seconds_worked(time.time())
    if not reserve_for_answer:
        return left
    longest = max((each.outcome.seconds for each in state.tree.attempts.values()), default=0.0)
    return left - min(cap / 2, 1.2 * longest * expected_measurements(run))
