"""The report is of our own making, after the manual: no GPU was at hand."""

import pytest

from agentkit.toolchain.ncu_report import counter_table, counters, limited_by

HEAD = (
    '"ID","Process ID","Process Name","Kernel Name","Section Name","Metric Name","Metric Unit","Metric Value"'
)


def row(number: int, kernel: str, metric: str, unit: str, value: str) -> str:
    return f'"{number}","1","a.out","{kernel}","GPU Speed Of Light Throughput","{metric}","{unit}","{value}"'


REPORT = "\n".join(
    [
        "==PROF== Connected to process 1",
        HEAD,
        row(0, "gemm(float*, int)", "Duration", "usecond", "1,200.5"),
        row(0, "gemm(float*, int)", "Compute (SM) Throughput", "%", "82.1"),
        row(0, "gemm(float*, int)", "Memory Throughput", "%", "40"),
        row(0, "gemm(float*, int)", "Memory Throughput", "Gbyte/second", "900"),
        row(0, "gemm(float*, int)", "Registers Per Thread", "register/thread", "168"),
        row(0, "gemm(float*, int)", "Achieved Occupancy", "%", "n/a"),
        row(1, "copy", "Duration", "msecond", "2"),
        row(1, "copy", "Compute (SM) Throughput", "%", "10"),
        row(1, "copy", "Memory Throughput", "%", "91"),
        row(2, "copy", "Duration", "msecond", "1"),
    ]
)


def test_counters_by_kernel_in_one_unit() -> None:
    found = counters(REPORT)
    assert found["gemm(float*, int)"]["Duration"] == [pytest.approx(1200.5)]
    assert found["gemm(float*, int)"]["Memory Throughput"] == [40.0]
    assert found["copy"]["Duration"] == [2000.0, 1000.0]


def test_the_table_has_the_longest_first_and_what_limits_it() -> None:
    lines = counter_table(counters(REPORT))
    assert lines[1] == "copy | 2 | 3000.0 | 10 | 91 | - | - | - | - | - | memory"
    assert lines[2].startswith("gemm(float*, int) | 1 | 1200.5 | 82 | 40 |")
    assert lines[2].endswith("| 168 | arithmetic")
    assert limited_by({"Memory Throughput": [20.0]}) == "latency"


def test_a_program_without_kernels_has_no_counters() -> None:
    assert counters("==WARNING== No kernels were profiled.") == {}
