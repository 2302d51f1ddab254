import asyncio
import shutil
from pathlib import Path

import pytest

from agentkit import ToolContext
from agentkit.contracts.jobs import NO_GPUS
from agentkit.source.paths import Refused
from agentkit.toolchain.declared_work import Work, read_work
from agentkit.toolchain.static_rungs import by_artefact, by_roofline


@pytest.mark.real
def test_the_instructions_of_an_artefact(context: ToolContext, compiled: Path) -> None:
    shutil.copy(compiled / "k.ptx", context.workspace.folder / "k.ptx")
    found = asyncio.run(by_artefact(context, "k.ptx"))
    assert found.rung == "static (instructions)"
    assert found.lines[0].startswith("spilling<72> (sm_90): ")
    for name, why in (("", "no artefact"), ("none.cubin", "no file")):
        with pytest.raises(Refused, match=why):
            asyncio.run(by_artefact(context, name))


@pytest.mark.real
def test_the_least_time_of_declared_work(context: ToolContext) -> None:
    found = asyncio.run(by_roofline(context, read_work("bytes=1e9 flops=1"), 60.0, NO_GPUS))
    assert "for its bandwidth" in found.lines[0]
    assert found.data["bytes_a_second"] > 1e8
    with pytest.raises(Refused, match="no work"):
        asyncio.run(by_roofline(context, Work(), 60.0, NO_GPUS))
