from __future__ import annotations

from tests.agentkit.runs.tables.written_runs import row


def test_a_task_of_another_size_is_another_task() -> None:
    assert row(profile="pocket").task_name == "toy/one pocket"
    assert row(profile="").task_name == "toy/one"
