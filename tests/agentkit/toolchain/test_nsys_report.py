"""The report is of our own making, after the manual: no GPU was at hand."""

from agentkit.toolchain.nsys_report import trace_events
from agentkit.toolchain.timeline import summary_of

REPORT = """\
Start (ns),Duration (ns),CorrId,GrdX,Bytes (MB),Device,Ctx,Strm,Name
1000,4000,11,,1.0,H200 (0),1,7,[CUDA memcpy Host-to-Device]
6000,2000,12,32,,H200 (0),1,7,"gemm(float *, int)"
108000,2000,13,32,,H200 (0),1,7,"gemm(float *, int)"
broken
"""


def test_kernels_and_copies_become_a_timeline() -> None:
    events = trace_events("Generating\n" + REPORT)
    assert [(each["cat"], each["ts"], each["dur"]) for each in events] == [
        ("gpu_memcpy", 1.0, 4.0), ("kernel", 6.0, 2.0), ("kernel", 108.0, 2.0),
    ]  # fmt: skip
    found = summary_of(events)
    assert found["gaps"]["longest_us"] == 100.0
    assert found["top"][0]["name"] == "gemm(float *, int)"
    assert found["host_bound"] is False  # launches are not in this report


def test_without_a_table_there_is_nothing() -> None:
    assert trace_events("SKIPPED: no CUDA trace data") == []
