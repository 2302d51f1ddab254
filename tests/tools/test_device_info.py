import os
from collections.abc import Callable
from pathlib import Path

from agentkit import ToolContext, ToolResult

Use = Callable[..., ToolResult]


def test_this_machine_is_described_from_within_the_sandbox(use: Use, context: ToolContext) -> None:
    result = use("device_info")
    assert result.ok
    assert result.data["cores"] == len(os.sched_getaffinity(0))
    assert f"{result.data['cores']} cores" in result.summary
    assert result.data["processor"] in result.text
    assert 0 < result.data["memory_free_gib"] <= result.data["memory_gib"]
    assert "torch" in result.text
    assert len(result.text) < 3000
    assert use("device_info") is result


def test_a_sandbox_without_a_python_is_told_in_words(use: Use, context: ToolContext, folder: Path) -> None:
    variables = {"PATH": "/nonexistent"}
    environment = context.environment.model_copy(update={"variables": variables})
    object.__setattr__(context, "environment", environment)
    result = use("device_info")
    assert not result.ok
    assert result.text


def test_a_time_limit_and_arguments_that_it_does_not_take(use: Use, context: ToolContext) -> None:
    limits = context.environment.limits.model_copy(update={"seconds": 0.01})
    object.__setattr__(context, "environment", context.environment.model_copy(update={"limits": limits}))
    late = use("device_info")
    assert not late.ok and "Stopped by the time limit" in late.text
    assert "was not called" in use("device_info", gpu=0).text
