"""Patience: how often and how long a call is tried again, by what went wrong, and what the tries cost."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, Literal, TypeVar

from pydantic import Field
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from agentkit.contracts.messages import Usage
from agentkit.contracts.record import Record
from agentkit.errors import ModelProblem
from agentkit.models.bounds import usage_of, with_usage
from agentkit.models.concurrency import Endpoint, Slot, TooLong
from agentkit.models.failures import Failure

Answer = TypeVar("Answer")
Sort = Literal["busy", "cut", "fault"]


class Patience(Record):
    """Waits grow twofold with full jitter, unless the provider says how long to wait."""

    tries: int = Field(default=6, ge=1)
    """Tries that may end in a fault of any sort but a rate limit."""
    busy_tries: int = Field(default=100, ge=1)
    """Tries that may meet a rate limit: they cost nothing, so time is what bounds them."""
    cut_tries: int = Field(default=3, ge=1)
    """Of these, tries that may be cut off; each may be billed, so a call costs up to as many bounds."""
    seconds: float = Field(default=1800.0, gt=0)
    """From the first try; a wait that would end later is not begun, and a try that lasts longer is ended."""
    first_wait: float = Field(default=1.0, ge=0)
    longest_wait: float = Field(default=60.0, ge=0)
    """Of our own choosing; a provider may ask for more."""

    def within(self, seconds_left: float | None) -> Patience:
        """The same, but no longer than a budget leaves; None: there is no such bound."""
        if seconds_left is None or seconds_left >= self.seconds:
            return self
        return self.model_copy(update={"seconds": max(0.0, seconds_left)})

    def is_over(self, failed: Mapping[Sort, int]) -> bool:
        """Whether so many failed tries are enough."""
        return (
            failed["busy"] >= self.busy_tries
            or failed["cut"] >= self.cut_tries
            or failed["cut"] + failed["fault"] >= self.tries
        )


class Transient(Exception):
    """A try failed in a way that time may mend. `usage`: what it may have been billed, if anything."""

    def __init__(self, failure: Failure, usage: Usage | None = None) -> None:
        super().__init__(failure.detail)
        self.failure = failure
        self.usage = usage

    @property
    def sort(self) -> Sort:
        if self.failure.kind == "busy":
            return "busy"
        return "cut" if self.failure.cut else "fault"


async def call_patiently(
    call: Callable[[], Awaitable[Answer]],
    name: str,
    patience: Patience,
    *,
    endpoint: Endpoint | None = None,
    bound: Usage | None = None,
    lost: list[Usage] | None = None,
) -> Answer:
    """The first answer. The last Transient becomes a ModelProblem; other errors pass through.

    `endpoint`: each try waits for one of its slots. `bound`: what a try that is cut off may be billed at
    most, where the Transient does not say it. What cut tries may have cost is appended to `lost`; if there
    is no answer, the error's `usage` is their sum. A cancelled call raises before it can say either.
    """
    tries = _Tries(call, patience, endpoint, bound, [] if lost is None else lost)
    try:
        return await tries.until_answered()
    except Transient as error:
        asked = sum(tries.failed.values())
        raise tries.priced(error.failure.problem(name, asked, tries.elapsed())) from error
    except ModelProblem as problem:
        tries.priced(problem)
        raise


class _Tries(Generic[Answer]):
    """The tries of one call so far."""

    def __init__(
        self,
        call: Callable[[], Awaitable[Answer]],
        patience: Patience,
        endpoint: Endpoint | None,
        bound: Usage | None,
        lost: list[Usage],
    ) -> None:
        self.call, self.patience, self.endpoint = call, patience, endpoint
        self.bound, self.lost = bound, lost
        self.failed: Counter[Sort] = Counter()
        self.began = time.monotonic()

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    async def until_answered(self) -> Answer:
        """The first try stands alone: tenacity's objects cost more than a call of a healthy server."""
        try:
            return await self.once()
        except Transient as error:
            first = error
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Transient), stop=self.are_over, wait=self.wait, reraise=True
        )

        waiting = [first]

        async def again() -> Answer:
            if waiting:
                raise waiting.pop()
            return await self.once()

        return await retrying(again)

    async def once(self) -> Answer:
        try:
            return await self._in_time()
        except Transient as error:
            self.failed[error.sort] += 1
            usage = error.usage or (self.bound if error.failure.cut else None)
            if usage is not None:
                self.lost.append(usage)
            raise

    async def _in_time(self) -> Answer:
        """One try, ended when the time for the whole call is over."""
        left = self.patience.seconds - self.elapsed()
        began = False
        try:
            if left <= 0:
                raise TimeoutError
            async with asyncio.timeout(left) as clock:
                if self.endpoint is None:
                    began = True
                    return await self.call()
                async with self.endpoint.slot(left) as slot:
                    began = True
                    return await self._in_slot(slot)
        except TooLong as error:
            raise Transient(Failure("busy", str(error), error.seconds)) from error
        except TimeoutError as error:
            if left > 0 and not clock.expired():
                raise
            if began:
                detail = f"the {self.patience.seconds:.4g} s that this call may take are over"
                raise Transient(Failure("timeout", detail)) from error
            why = "no time is left for it" if self.endpoint is None else self.endpoint.standing()
            raise Transient(Failure("busy", why)) from error

    async def _in_slot(self, slot: Slot) -> Answer:
        try:
            answer = await self.call()
        except Transient as error:
            if error.failure.kind == "busy" or error.failure.retry_after is not None:
                slot.limited(error.failure.retry_after)
            raise
        slot.answered()
        return answer

    def are_over(self, state: RetryCallState) -> bool:
        """Whether the next try is not made: there were enough, or its wait would end too late."""
        return (
            self.patience.is_over(self.failed)
            or self.elapsed() + state.upcoming_sleep >= self.patience.seconds
        )

    def wait(self, state: RetryCallState) -> float:
        return wait_before(state, self.patience)

    def priced(self, problem: ModelProblem) -> ModelProblem:
        """With what the call may have cost, its last try included."""
        own = usage_of(problem)
        usages = self.lost if own is None else [*self.lost, own]
        return with_usage(problem, total(usages)) if usages else problem


def total(usages: Sequence[Usage]) -> Usage:
    """Their sum: an upper bound if one of them is, and of unknown price if one is."""
    dollars = [each.dollars for each in usages]
    known = [each for each in dollars if each is not None]
    return Usage(
        input_tokens=sum(each.input_tokens for each in usages),
        output_tokens=sum(each.output_tokens for each in usages),
        cached_tokens=sum(each.cached_tokens for each in usages),
        reasoning_tokens=sum(each.reasoning_tokens for each in usages),
        dollars=sum(known) if len(known) == len(dollars) else None,
        upper_bound=any(each.upper_bound for each in usages),
    )


def wait_before(state: RetryCallState, patience: Patience) -> float:
    """Seconds until the next try."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.failure.retry_after if isinstance(error, Transient) else None
    # Doubling stops at 2**30: far past any longest wait, and no overflow of a float.
    ceiling = min(patience.longest_wait, patience.first_wait * 2.0 ** min(state.attempt_number - 1, 30))
    jitter = random.uniform(0.0, ceiling)
    if asked is None:
        return jitter
    return asked + min(jitter, 0.1 * asked)  # no sooner than asked, and not all callers at one instant
