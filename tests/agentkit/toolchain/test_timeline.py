"""The trace of kernels is of our own making, in the Chrome format that torch writes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.toolchain.timeline import merged, self_times, summary_of, table

Span = dict[str, Any]


def kernel(name: str, ts: float, dur: float, number: int) -> Span:
    return {
        "ph": "X",
        "cat": "kernel",
        "name": name,
        "ts": ts,
        "dur": dur,
        "tid": 7,
        "args": {"correlation": number},
    }


def launch(ts: float, number: int) -> Span:
    return {"ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "ts": ts, "dur": 4.0, "tid": 1,
            "args": {"correlation": number}}  # fmt: skip


def test_a_device_that_waits_for_its_host() -> None:
    spans = [
        span for n in range(10) for span in (launch(n * 100.0, n), kernel("gemm", n * 100.0 + 9, 40.0, n))
    ]
    found = summary_of(spans)
    assert found["host_bound"] is True
    assert found["idle_share"] == pytest.approx(1 - 400 / 940)
    assert (found["gaps"]["count"], found["gaps"]["median_us"]) == (9, 60.0)
    assert found["launch_delay_us"] == pytest.approx(5.0)
    assert found["top"][0] == {"name": "gemm", "total_us": 400.0, "count": 10, "mean_us": 40.0,
                               "share": pytest.approx(400 / 940)}  # fmt: skip
    assert "host-bound" in "\n".join(table(found, 10))


def test_a_device_that_is_busy() -> None:
    spans = [
        span for n in range(10) for span in (launch(n * 5.0, n), kernel("gemm", 100 + n * 40.0, 40.0, n))
    ]
    copy = {"ph": "X", "cat": "gpu_memcpy", "name": "Memcpy HtoD", "ts": 500.0, "dur": 30.0, "tid": 8}
    found = summary_of([*spans, copy, {"ph": "M", "name": "process_name"}])
    assert found["host_bound"] is False
    assert found["idle_share"] == pytest.approx(0.0)
    assert found["gaps"]["count"] == 0
    assert found["copies"][0]["name"] == "Memcpy HtoD"
    assert "not host-bound" in "\n".join(table(found))


def operation(name: str, ts: float, dur: float, tid: int = 1) -> Span:
    return {"ph": "X", "cat": "cpu_op", "name": name, "ts": ts, "dur": dur, "tid": tid}


def test_an_operation_counts_without_what_it_calls() -> None:
    spans = [operation("linear", 0, 100), operation("addmm", 10, 60), operation("copy", 20, 5),
             operation("relu", 100, 10), operation("linear", 50, 20, tid=2)]  # fmt: skip
    times = sorted(self_times(spans))
    assert times == [("addmm", 55.0), ("copy", 5.0), ("linear", 20.0), ("linear", 40.0), ("relu", 10.0)]
    found = summary_of(spans)
    assert (found["of"], found["kernels"], found["window_us"]) == ("operations", 0, 110.0)
    assert "top operations" in "\n".join(table(found))


def test_nothing_recorded_is_told() -> None:
    assert summary_of([])["window_us"] == 0
    assert table(summary_of([]))


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.integers(0, 20)).map(lambda each: (each[0], each[0] + each[1]))
    )
)
def test_merged_spans_cover_the_same_and_never_touch(spans: list[tuple[int, int]]) -> None:
    found = merged(spans)
    covered = {point for since, until in spans for point in range(since, until)}
    assert {point for since, until in found for point in range(int(since), int(until))} == covered
    assert all(before[1] < after[0] for before, after in zip(found, found[1:], strict=False))
