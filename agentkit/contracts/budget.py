"""Budget: the caps of a run, and those that several runs share. None: no cap."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from agentkit.contracts.record import Record


class Budget(Record):
    """Checked before a spend, never after it."""

    attempts: int | None = 20
    dollars: float | None = None
    tokens: int | None = None
    minutes: float | None = None
    """Wall clock of the whole run."""
    gpu_seconds: float | None = None
    attempt_dollars: float | None = None
    """Of one attempt; then its coding ends, not the run."""
    attempt_tokens: int | None = None
    turns: int = 40
    """Model turns in one coding stage."""
    attempt_minutes: float = 60.0
    """Wall clock of one evaluation."""

    @property
    def limits_calls(self) -> bool:
        """Whether a cap stands on what models may cost."""
        caps = (self.dollars, self.tokens, self.attempt_dollars, self.attempt_tokens)
        return any(cap is not None for cap in caps)


class SharedCaps(Record):
    """What several runs may spend together; a file of the user's says it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    dollars: float | None = Field(default=None, ge=0)
    tokens: int | None = Field(default=None, ge=0)
    attempts: int | None = Field(default=None, ge=0)
    gpu_seconds: float | None = Field(default=None, ge=0)
