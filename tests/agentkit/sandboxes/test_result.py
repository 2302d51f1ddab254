from __future__ import annotations

import pytest

from agentkit.contracts.sandbox import Limits
from agentkit.sandboxes.result import notes, settle, status_of


def test_status() -> None:
    assert status_of(None, 0) == "ok"
    assert status_of(None, 1) == "failed"
    assert status_of(None, None) == "failed"
    assert status_of("memory", 0) == "failed"
    # A command that ends well within the grace after its time was up was still too late.
    assert status_of("timeout", 0) == "timeout"
    assert status_of("stopped", -9) == "stopped"


@pytest.mark.parametrize(
    ("counted", "sampled", "settled"),
    [(10.0, 10.02, 10.0), (10.0, 9.0, 10.0), (1.0, 5.0, 5.0), (0.0, 3.0, 3.0), (0.01, 0.05, 0.01)],
)
def test_the_count_decides_unless_it_missed_something(counted: float, sampled: float, settled: float) -> None:
    assert settle(counted, sampled) == settled


def test_notes() -> None:
    assert notes(None, Limits(), 0) == []
    assert "1,000 bytes" in notes("memory", Limits(memory_bytes=1000), 0)[0]
    assert "5 processes" in notes("processes", Limits(processes=5), 0)[0]
    assert "2 processes could not be killed" in notes(None, Limits(), 2)[0]
