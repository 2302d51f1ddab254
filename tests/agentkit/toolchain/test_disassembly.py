import re
from pathlib import Path

import pytest

from agentkit.toolchain.disassembly import chosen, ptx_functions, sass_functions, windows, without_padding

SASS = """\
	.target	sm_90
.text._Z1kPf:
	//## File "/tmp/k.cu", line 3
        /*0000*/                   LDC R1, c[0x0][0x28] ;
	//## File "/tmp/k.cu", line 4 inlined at "/tmp/k.cu", line 9
        /*0010*/               @!P0 LDG.E.64 R2, desc[UR4][R2.64] ;
.L_x_0:
        /*0020*/                   FFMA R0, R2, R3, R0 ;
        /*0030*/               @P1 BRA `(.L_x_0) ;
        /*0040*/                   EXIT ;
.L_x_1:
        /*0050*/                   BRA `(.L_x_1);
        /*0060*/                   NOP;
"""


def test_sass_with_guards_lines_and_labels() -> None:
    (found,) = sass_functions(SASS)
    assert (found.name, found.arch, len(found.instructions)) == ("_Z1kPf", "sm_90", 7)
    load = found.instructions[1]
    assert (load.opcode, load.guarded, load.line, load.file) == ("LDG.E.64", True, 4, "/tmp/k.cu")
    assert found.instructions[2].label == ".L_x_0"
    assert [each.opcode for each in without_padding(found)] == ["LDC", "LDG.E.64", "FFMA", "BRA", "EXIT"]


def test_a_window_shows_what_fits_with_its_neighbours_and_no_more_lines_than_asked() -> None:
    (found,) = sass_functions(SASS)
    numbers = chosen(found, re.compile("FFMA"), 0)
    lines, held = windows(found, numbers, 10, context=1)
    assert lines == [
        "…",
        "     1 @!P0 LDG.E.64 R2, desc[UR4][R2.64]   // k.cu:4",
        ">    2 .L_x_0: FFMA R0, R2, R3, R0",
        "     3 @P1 BRA `(.L_x_0)",
    ]
    assert held == 1
    assert windows(found, numbers, 3, context=1) == ([], 0)
    assert chosen(found, None, 3) == [0]
    assert chosen(found, re.compile("EXIT"), 3) == []


@pytest.mark.real
def test_ptx_as_nvcc_writes_it(compiled: Path) -> None:
    found = {each.name: each for each in ptx_functions((compiled / "k.ptx").read_text())}
    add = next(each for name, each in found.items() if "add" in name)
    loads = [each for each in add.instructions if each.opcode == "ld.global.f32"]
    assert add.arch == "sm_90"
    assert {each.line for each in loads} == {3}
    assert loads[0].file.endswith("k.cu")
    assert add.instructions[-1].opcode == "ret"
    assert any(each.guarded and each.opcode == "bra" for each in add.instructions)


def test_text_that_is_no_code_has_no_function() -> None:
    assert sass_functions("nvdisasm fatal: bad file") == []
    assert ptx_functions("") == []
