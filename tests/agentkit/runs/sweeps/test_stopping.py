from __future__ import annotations

import os
import signal

import pytest

from agentkit.errors import Terminated
from agentkit.runs.sweeps.stopping import stopped_by_signals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_block_and_no_more(number: signal.Signals) -> None:
    former = signal.getsignal(number)
    with pytest.raises(Terminated, match=number.name), stopped_by_signals():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is former


def test_a_sweep_under_nohup_outlives_its_terminal() -> None:
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopped_by_signals():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, former)
