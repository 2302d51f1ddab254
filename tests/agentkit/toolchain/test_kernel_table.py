from agentkit.toolchain.kernel_table import MOST_ROWS, kernel_rows, kernel_table
from agentkit.toolchain.ptxas import KernelUse


def test_what_spills_comes_first_with_its_occupancy() -> None:
    uses = [
        KernelUse("_a", "sm_90", registers=200),
        KernelUse("_b", "sm_90", registers=64, spill_loads=8, shared_bytes=4096),
        KernelUse("_c", "sm_61", registers=10),
    ]
    rows = kernel_rows(uses, {"_b": "b<1>"}, (128, 1024))
    assert [row["kernel"] for row in rows] == ["b<1>", "_a", "_c"]
    lines = kernel_table(rows, (128, 1024))
    assert lines[0].endswith("128, 1024 threads a block")
    assert lines[1] == "b<1> | sm_90 | 64 | 4,096 | 0 | 0/8 | 0 | 50% (registers), 50% (registers)"
    assert "does not fit" in lines[2]
    assert "not known for this architecture" in lines[3]


def test_a_long_table_is_cut_and_says_so() -> None:
    rows = kernel_rows([KernelUse(f"k{number}", "sm_90", 8) for number in range(50)], {}, ())
    lines = kernel_table(rows, ())
    assert len(lines) == MOST_ROWS + 2
    assert "20 more kernels" in lines[-1]
    assert kernel_table([], ()) == []
