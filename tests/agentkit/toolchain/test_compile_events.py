"""Recorded from torch 2.13 with TORCH_LOGS=graph_breaks,recompiles; what differs from run to run is cut."""

from agentkit.toolchain.compile_events import compile_lines

RECORDED = """\
V1 [0/0] [__graph_breaks] Graph break in user code at /tmp/gb.py:5
V1 [0/0] [__graph_breaks] Graph Break Reason: Encountered graph break when attempting to trace CALL:
V1 [0/0] [__graph_breaks]
V1 [0/0] [__graph_breaks] Failed to trace builtin operator
V1 [0/0] [__graph_breaks]   Explanation: Dynamo does not know how to trace builtin operator `print`
V1 [0/0] [__graph_breaks]   Hint: Avoid calling builtin `print`
hi
V1 [0/1] [__recompiles] Recompiling function f in /tmp/gb.py:2
V1 [0/1] [__recompiles]     triggered by the following guard failure(s):
V1 [0/1] [__recompiles]     - 0/0: n == 2
V1 [0/1] [__graph_breaks] Graph break (user stack suppressed) in user code at /tmp/gb.py:5
V1 [0/1] [__graph_breaks] Graph Break Reason: Encountered graph break when attempting to trace CALL:
V1 [0/1] [__graph_breaks]   Explanation: Dynamo does not know how to trace builtin operator `print`
"""


def test_breaks_and_recompilations_are_counted_with_their_reasons() -> None:
    assert compile_lines(RECORDED) == [
        "torch.compile: 2 graph breaks",
        "  2x /tmp/gb.py:5: Dynamo does not know how to trace builtin operator `print`",
        "torch.compile: 1 recompilations",
        "  1x f in /tmp/gb.py:2, for n == 2",
    ]


def test_other_output_says_nothing() -> None:
    assert compile_lines("step 1 loss 2\nExplanation: none\n") == []
