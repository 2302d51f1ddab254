from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agentkit import ToolContext, ToolResult
from agentkit.catalog.catalog import open_catalog
from agentkit.sandboxes.choose import check_docker
from agentkit.sandboxes.docker.sandbox import DockerSandbox
from agentkit.toolchain.programs import find_programs

Use = Callable[..., ToolResult]

SPIN = """\
import sys, time
def hot(n):
    s = 0
    for i in range(n): s += i * i
    return s
until = time.monotonic() + float(sys.argv[1])
while time.monotonic() < until: hot(10000)
print("x" * 50000)
"""
TRAIN = """\
import torch
m = torch.nn.Linear(256, 256)
o = torch.optim.SGD(m.parameters(), lr=0.1)
while True:
    m(torch.ones(64, 256)).sum().backward(); o.step(); o.zero_grad()
"""


@pytest.mark.real
def test_py_spy_on_a_real_loop(use: Use, folder: Path, context: ToolContext) -> None:
    if not asyncio.run(find_programs(context)).first("py-spy"):
        pytest.skip("there is no py-spy here")
    (folder / "spin.py").write_text(SPIN)
    result = use("profile", command="python spin.py 3")
    assert result.ok, result.text
    # Where ptrace is forbidden, a thread of the same process took the samples.
    assert "py-spy" in result.data["rung"] or "py-spy" in result.data["lacking"][0]
    assert "hot (spin.py:4)" in result.text
    assert len(result.text) < 8000
    assert result.truncated is not None and result.truncated.from_chars > 50000
    late = use("profile", command="python spin.py 300", timeout_seconds=5)
    assert late.ok and "hot (spin.py" in late.text and late.seconds < 60


@pytest.mark.real
def test_in_docker_whose_filter_forbids_ptrace_the_process_samples_itself(
    context: ToolContext, folder: Path
) -> None:
    report = check_docker()
    if not report.usable:
        pytest.skip(report.detail)
    (folder / "spin.py").write_text(SPIN)

    async def go() -> ToolResult:
        own = replace(context, sandbox=DockerSandbox())
        try:
            return await open_catalog().load("tool", "profile").call(own, {"command": "python spin.py 2"})
        finally:
            await own.sandbox.close()

    result = asyncio.run(go())
    assert result.ok, result.text
    assert result.data["rung"] == "sampling (a thread of the same process)"
    assert "[not py-spy: " in result.text and "hot (spin.py:4)" in result.text


@pytest.mark.real
def test_a_real_torch_profile_of_steps_without_end(use: Use, folder: Path) -> None:
    pytest.importorskip("torch")
    (folder / "train.py").write_text(TRAIN)
    result = use("profile", command="python train.py")
    assert result.ok, result.text
    assert result.data["rung"] == "operations on the CPU (torch profiler)"
    assert "10 steps of" in result.text and "aten::addmm" in result.text and "peak memory" in result.text


def test_each_rung_says_why_it_was_not_had(use: Use) -> None:
    result = use("profile", command="./a.out", gpus=1)
    assert not result.ok
    for rung in ("counters", "torch", "nsys", "static", "roofline"):
        assert f"- {rung}: " in result.text
    sampled = use("profile", command="true", rung="sampling")
    assert not sampled.ok and "Python script" in sampled.text


@pytest.mark.real
def test_the_lowest_rung_needs_only_what_was_declared(use: Use) -> None:
    result = use("profile", command="", rung="static", work="bytes=1e9 flops=1e9")
    assert result.ok and result.data["rung"] == "roofline"
    assert "[not static: no artefact was named" in result.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"command": ""}, "needs a command"),
        ({"command": "python none.py"}, "There is no none.py"),
        ({"command": "echo 'open"}, "cannot be taken apart"),
        ({"command": "true", "work": "much"}, "bytes=2e9"),
        ({"command": "true", "timeout_seconds": -1}, "timeout_seconds"),
        ({"command": "true", "rung": "guess"}, "was not called"),
    ],
)
def test_bad_input_is_a_result(use: Use, arguments: dict[str, object], said: str) -> None:
    result = use("profile", **arguments)
    assert not result.ok
    assert said in result.text
