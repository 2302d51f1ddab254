import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from agentkit import Environment, ToolContext
from agentkit.source.paths import Refused
from agentkit.toolchain.programs import find_programs


def test_a_program_is_found_by_cuda_home_and_asked_for_once(context: ToolContext, tmp_path: Path) -> None:
    program = tmp_path / "cuda" / "bin" / "compute-sanitizer"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    own = replace(context, environment=Environment(variables={"CUDA_HOME": str(tmp_path / "cuda")}))
    found = asyncio.run(find_programs(own))
    assert found["compute-sanitizer"] == str(program)
    assert asyncio.run(find_programs(own)) is found
    assert list(own.logs.iterdir()) == []


def test_what_is_nowhere_is_refused_with_where_it_comes_from(context: ToolContext) -> None:
    found = replace(asyncio.run(find_programs(context)), paths={})
    with pytest.raises(Refused, match="There is no ncu .* Nsight Compute"):
        found["ncu"]
    assert found.first("ncu", "nsys") is None


def test_a_sandbox_without_python_is_told(context: ToolContext, tmp_path: Path) -> None:
    nowhere = replace(context, environment=Environment(variables={"PATH": str(tmp_path)}))
    with pytest.raises(Refused, match="No Python runs"):
        asyncio.run(find_programs(nowhere))
