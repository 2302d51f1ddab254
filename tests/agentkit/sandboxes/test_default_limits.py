"""The smaller of the task's and the settings' limits."""

from __future__ import annotations

from agentkit.contracts.sandbox import Environment, Limits
from agentkit.sandboxes.default_limits import default_limits, limited, tighten
from agentkit.settings import Settings


def test_each_limit_by_itself() -> None:
    ours = Limits(seconds=None, memory_bytes=100, processes=5)
    theirs = Limits(seconds=60.0, memory_bytes=200, processes=None, disk_bytes=7)
    both = Limits(seconds=60.0, memory_bytes=100, processes=5, disk_bytes=7)
    assert tighten(ours, theirs) == tighten(theirs, ours) == both


def test_a_machine_keeps_some_memory_and_the_task_its_own_figures() -> None:
    found = default_limits(Settings())
    assert found.memory_bytes
    assert found.processes and found.processes >= 512
    assert (found.disk_bytes, found.cpu_cores, found.seconds) == (20 * 2**30, None, None)
    task = Environment(limits=Limits(seconds=9.0, processes=64), variables={"A": "1"})
    held = limited(task, Settings(memory_gib=0.5, cpu_cores=2.0, disk_gib=1.0))
    assert held.variables == {"A": "1"}
    assert held.limits == Limits(
        seconds=9.0, processes=64, memory_bytes=2**29, cpu_cores=2.0, disk_bytes=2**30
    )
