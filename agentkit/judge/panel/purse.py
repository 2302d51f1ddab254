"""Purse: whether a call may be made under the cap in dollars. None is whose upper bound does not fit."""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.contracts.messages import Usage
from agentkit.errors import UsageError
from agentkit.judge.ledger import Answer, Ledger
from agentkit.judge.panel.judge import Judge


class Purse:
    """Raises UsageError for a cap where a judge has no known price: nothing could then be held to it."""

    def __init__(self, ledger: Ledger, max_usd: float | None, judges: Sequence[Judge]) -> None:
        self.ledger, self.max_usd = ledger, max_usd
        self._paid = 0.0
        unpriced = [judge for judge in judges if judge.card.price is None]
        if max_usd is not None and unpriced:
            raise UsageError(
                f"A cap of ${max_usd:g} cannot be kept: the price of {unpriced[0].model.name} is not known.",
                "Expected: a price for every judge of the panel",
                f"Without one: {', '.join(each.name for each in unpriced)}",
                "Next: give its price (price_in and price_out in the model's profile in agentkit.toml),"
                " choose a judge whose price is known, or leave out --max-usd",
            )

    def pay(self, answer: Answer) -> None:
        """An answer was used. One that was taken over from another judging was paid for there."""
        if not answer.cached:
            self._paid += answer.usage.dollars or 0.0

    @property
    def left(self) -> float | None:
        """By the answers used so far, recorded ones included: a replay has the same at the same place.

        None: there is no cap.
        """
        return None if self.max_usd is None else self.max_usd - self._paid

    def refusal(self, bound: Usage) -> str:
        """Why a call of this bound may not be made; empty: it may. Calls under way count at theirs."""
        if self.max_usd is None:
            return ""
        committed = self.ledger.committed.dollars
        if committed is None or bound.dollars is None:
            return f"the cost of a call is not known, so the cap of ${self.max_usd:g} cannot be kept"
        if committed + bound.dollars <= self.max_usd:
            return ""
        return (
            f"the cap of ${self.max_usd:g} leaves no room for a call of at most ${bound.dollars:.4f};"
            f" ${committed:.4f} are spent or promised"
        )
