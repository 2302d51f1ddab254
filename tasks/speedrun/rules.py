"""The rules of a pocket task: what makes a run valid, and the limits it runs under."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import PositiveInt

from agentkit.contracts.record import Record
from agentkit.evaluation.examination import Patience
from agentkit.evaluation.language_model import LossRules


class PocketRules(Record):
    """Every field decides a score, so all belong to the task's digest."""

    target_loss: float
    """Nats a byte on the held-out windows."""
    loss: LossRules = LossRules()
    train_seconds: float = 300.0
    """Wall clock of the training run."""
    answer_cpu_seconds: float = 5.0
    """CPU seconds for loading the model and answering; what goes beyond counts as training."""
    patience: Patience = Patience()
    floor_cpu_seconds: float = 0.5
    """What no training here can be under: importing its library takes more."""
    program_bytes: int = 64 * 1024
    """Of all Python files together: a program, not weights in the shape of one."""
    checkpoint_bytes: int = 64 * 1024**2
    checkpoint_least_bytes: int = 0
    """A model of the record's sizes takes more, in single precision; a smaller one does not."""
    sizes: Mapping[str, PositiveInt] = {}
    """Fields of class Recipe in the script, and the least value of each."""
    memory_bytes: int = 4 * 1024**3
    processes: int = 64
    file_bytes: int = 1024**3
