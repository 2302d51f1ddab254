"""The rules of a task with a real script: what is launched, what it must reach, how long it may take."""

from __future__ import annotations

from agentkit.contracts.record import Record

from .printed import TimingRule

SCRIPT = "train.py"
ARGUMENTS = "arguments.json"
"""Words for the script's command line, where a record's script takes any: a list of strings."""


class SmokeRules(Record):
    """A few steps on made-up tokens, before anything that costs."""

    ranks: int = 1
    steps: int = 3
    """Training steps that have to be printed; then it is stopped, and has passed."""
    seconds: float = 2400.0
    """Wall clock until then: some scripts compile for a quarter of an hour."""
    shards: int = 3
    tokens: int = 12_000_000
    """In a shard for training. Loaders look for the beginnings of documents in the first six million."""
    validation_tokens: int = 12_000_000
    """Scripts validate before their first step, on 10,485,760 of them."""


class OriginalRules(Record):
    """Every field decides a score, so all belong to the task's digest."""

    metric: str = "train_ms"
    target_loss: float
    """Nats a token at the last validation."""
    ranks: int
    on_gpus: bool = True
    """False: ranks on processors, for trying the machinery with a small script."""
    timing: TimingRule
    shards: int
    """For training, from the first one on."""
    seconds: float
    """Wall clock of the run: its start, compilation and validation included."""
    smoke: SmokeRules = SmokeRules()
    program_bytes: int = 1024 * 1024
    """Of all Python files together."""
    printed_bytes: int = 64 * 1024**2
    """Of output that is read."""
