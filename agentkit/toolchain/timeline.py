"""Timeline: what a trace of operations and kernels says about where the time went. Times are microseconds.

Needs only the standard library: its text is also run inside a sandbox, where a whole trace would be too large
to bring out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

KERNELS = frozenset({"kernel"})
COPIES = frozenset({"gpu_memcpy", "gpu_memset"})
LAUNCHES = frozenset({"cuda_runtime", "cuda_driver"})
OPERATIONS = frozenset({"cpu_op", "user_annotation"})
GAP = 5.0
"""A shorter pause between two kernels is the cost of any launch."""
TOP = 12
IDLE_SHARE, SHORT_QUEUE = 0.1, 20.0
"""Host-bound is a device that idles more than this while kernels start sooner than so after their launch."""

Event = Mapping[str, Any]
"""`name`, `cat`, `ts`, `dur`, `tid`, `args`, as in a Chrome trace."""


def summary_of(events: Iterable[Event]) -> dict[str, Any]:
    """Plain numbers and lists, as JSON takes them. `top` holds kernels if there are any, else operations."""
    spans = [each for each in events if each.get("ph", "X") == "X" and float(each.get("dur", 0)) >= 0]
    kernels = [each for each in spans if each.get("cat") in KERNELS]
    copies = [each for each in spans if each.get("cat") in COPIES]
    operations = [each for each in spans if each.get("cat") in OPERATIONS]
    timed = [*kernels, *copies, *operations]
    if not timed:
        return {"window_us": 0.0, "top": [], "kernels": 0}
    first = min(float(each["ts"]) for each in timed)
    window = max(end(each) for each in timed) - first
    found: dict[str, Any] = {"window_us": window, "kernels": len(kernels)}
    found["of"] = "kernels" if kernels else "operations"
    if not kernels:
        return {**found, "top": top(self_times(operations), window)}
    found["top"] = top(((each["name"], float(each["dur"])) for each in kernels), window)
    busy = merged((float(each["ts"]), end(each)) for each in [*kernels, *copies])
    found["idle_share"] = 1 - sum(until - since for since, until in busy) / window if window else 0.0
    found["copies"] = top(((each["name"], float(each["dur"])) for each in copies), window)
    found["gaps"] = gaps([(before[1], after[0]) for before, after in pairwise(busy)])
    delays = launch_delays(spans, kernels)
    found["launch_delay_us"] = middle(delays)
    found["host_bound"] = found["idle_share"] > IDLE_SHARE and bool(delays) and middle(delays) < SHORT_QUEUE
    return found


def end(event: Event) -> float:
    return float(event["ts"]) + float(event.get("dur", 0))


def top(costs: Iterable[tuple[str, float]], window: float) -> list[dict[str, Any]]:
    """The names that took most, with how often and how long."""
    sums: dict[str, list[float]] = defaultdict(list)
    for name, duration in costs:
        sums[name].append(duration)
    order = sorted(sums.items(), key=lambda item: -sum(item[1]))
    return [
        {"name": name, "total_us": sum(each), "count": len(each), "mean_us": sum(each) / len(each),
         "share": sum(each) / window if window else 0.0}
        for name, each in order[:TOP]
    ]  # fmt: skip


def self_times(operations: Sequence[Event]) -> Iterable[tuple[str, float]]:
    """Of each operation the time in which no other one ran that it had called, on its own thread."""
    threads: dict[Any, list[Event]] = defaultdict(list)
    for each in operations:
        threads[each.get("pid"), each.get("tid")].append(each)
    for spans in threads.values():
        stack: list[tuple[Event, list[float]]] = []
        for each in sorted(spans, key=lambda span: (float(span["ts"]), -float(span["dur"]))):
            while stack and end(stack[-1][0]) <= float(each["ts"]):
                yield finished(stack.pop())
            if stack:
                stack[-1][1].append(float(each["dur"]))
            stack.append((each, []))
        while stack:
            yield finished(stack.pop())


def finished(frame: tuple[Event, list[float]]) -> tuple[str, float]:
    event, inside = frame
    return event["name"], max(float(event["dur"]) - sum(inside), 0.0)


def merged(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without overlaps, in order."""
    found: list[tuple[float, float]] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def gaps(pauses: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Of pauses (from, to) of the device, those that are longer than a launch takes anyway."""
    long = sorted(to - since for since, to in pauses if to - since > GAP)
    longest = long[-1] if long else 0.0
    return {"count": len(long), "total_us": sum(long), "median_us": middle(long), "longest_us": longest}


def launch_delays(spans: Sequence[Event], kernels: Sequence[Event]) -> list[float]:
    """From the end of each launch on the host to the start of its kernel: short where the host is behind."""
    launched = {
        each["args"]["correlation"]: end(each)
        for each in spans
        if each.get("cat") in LAUNCHES and "aunch" in each["name"] and "correlation" in each.get("args", {})
    }
    return [
        max(float(each["ts"]) - launched[number], 0.0)
        for each in kernels
        if (number := each.get("args", {}).get("correlation")) in launched
    ]


def middle(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else 0.0


def table(found: Mapping[str, Any], steps: int = 0) -> list[str]:
    """For a model."""
    window = found["window_us"]
    each_step = f", {steps} steps of {window / steps / 1e3:.3g} ms" if steps else ""
    lines = [f"window {window / 1e3:.4g} ms{each_step}"]
    if found["kernels"]:
        gap = found["gaps"]
        bound = "host-bound: kernels start as soon as they are launched, and the device waits for more"
        lines += [
            f"device idle {found['idle_share']:.1%} of it; {found['kernels']:,} kernels",
            f"{gap['count']:,} gaps over {GAP:g} us, {gap['total_us'] / 1e3:.3g} ms together, median "
            f"{gap['median_us']:.3g} us, longest {gap['longest_us']:.3g} us",
            f"median delay from launch to start {found['launch_delay_us']:.3g} us: "
            + (bound if found["host_bound"] else "not host-bound"),
        ]
        lines += [f"copy {row(each)}" for each in found["copies"][:4]]
    lines.append(f"top {found.get('of', 'costs')}: share, total ms, count, mean us, name")
    lines += [row(each) for each in found["top"]]
    return lines


def row(each: Mapping[str, Any]) -> str:
    return (
        f"{each['share']:6.1%} {each['total_us'] / 1e3:9.3f} {each['count']:6,} {each['mean_us']:9.1f}  "
        f"{each['name'][:110]}"
    )
