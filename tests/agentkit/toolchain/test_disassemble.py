import asyncio
import shutil
from pathlib import Path

import pytest

from agentkit import ToolContext
from agentkit.source.paths import Refused
from agentkit.toolchain.disassemble import disassemble
from agentkit.toolchain.programs import find_programs


@pytest.mark.real
def test_a_cubin_and_a_text_without_code(context: ToolContext, compiled: Path) -> None:
    if not asyncio.run(find_programs(context)).first("nvdisasm"):
        pytest.skip("there is no nvdisasm here")
    cubin = context.workspace.folder / "k.cubin"
    shutil.copy(compiled / "k.cubin", cubin)
    functions, ran = asyncio.run(disassemble(context, cubin, "k.cubin"))
    assert len(functions) == 2 and ran is not None
    assert {each.arch for each in functions} == {"sm_90"}
    assert any(each.line == 3 for function in functions for each in function.instructions)
    text = context.workspace.folder / "k.txt"
    text.write_text("no code")
    with pytest.raises(Refused, match="could not be disassembled"):
        asyncio.run(disassemble(context, text, "k.txt"))


def test_a_file_that_is_not_there(context: ToolContext) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        asyncio.run(disassemble(context, context.workspace.folder / "none.cubin", "none.cubin"))
