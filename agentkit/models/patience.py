"""Patience: how often and how long a call is tried again."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import Field
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
)

from agentkit.contracts.record import Record
from agentkit.models.failures import Failure

Answer = TypeVar("Answer")


class Patience(Record):
    """Waits grow twofold with full jitter, unless the provider says how long to wait."""

    tries: int = Field(default=6, ge=1)
    seconds: float = Field(default=1800.0, gt=0)
    """From the first try; a wait that would end later is not begun."""
    first_wait: float = Field(default=1.0, ge=0)
    longest_wait: float = Field(default=60.0, ge=0)
    """Of our own choosing; a provider may ask for more."""


class Transient(Exception):
    """A call failed in a way that time may mend."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


async def call_patiently(call: Callable[[], Awaitable[Answer]], name: str, patience: Patience) -> Answer:
    """The first answer. The last Transient becomes ModelProblem; other errors pass through."""
    began, tries = time.monotonic(), 0

    async def once() -> Answer:
        nonlocal tries
        tries += 1
        return await call()

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(Transient),
        stop=stop_after_attempt(patience.tries) | stop_before_delay(patience.seconds),
        wait=lambda state: wait_before(state, patience),
        reraise=True,
    )
    try:
        return await retrying(once)
    except Transient as error:
        raise error.failure.problem(name, tries, time.monotonic() - began) from error


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
