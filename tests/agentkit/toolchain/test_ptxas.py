from pathlib import Path

import pytest

from agentkit.toolchain.ptxas import kernel_uses


@pytest.mark.real
def test_what_ptxas_prints_of_two_kernels(compiled: Path) -> None:
    spilling, add = kernel_uses((compiled / "log").read_text())
    assert "spilling" in spilling.name
    assert "add" in add.name
    assert {spilling.arch, add.arch} == {"sm_90"}
    assert spilling.spills and not add.spills
    assert spilling.spill_loads > 100 and spilling.spill_stores > 50 and spilling.stack_bytes > 0
    assert spilling.registers == 64  # what 1024 threads leave for each
    assert spilling.shared_bytes == 4096 and spilling.barriers == 1
    assert add.registers < 20 and add.shared_bytes == 0 and add.barriers == 0


def test_constant_banks_are_added_and_device_functions_left_out() -> None:
    text = """\
ptxas info    : Compiling entry function '_Z1kv' for 'sm_80'
ptxas info    : Function properties for _Z6calledv
    48 bytes stack frame, 4 bytes spill stores, 8 bytes spill loads
ptxas info    : Function properties for _Z1kv
    16 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 40 registers, used 2 barriers, 360 bytes cmem[0], 8 bytes cmem[2]
"""
    (found,) = kernel_uses(text)
    assert (found.stack_bytes, found.spill_stores, found.spill_loads) == (16, 0, 0)
    assert (found.constant_bytes, found.barriers, found.registers) == (368, 2, 40)


def test_other_text_holds_no_kernel() -> None:
    assert kernel_uses("nvcc fatal   : Unsupported gpu architecture 'sm_3'") == []
