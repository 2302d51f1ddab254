from __future__ import annotations

import difflib

from hypothesis import given
from hypothesis import strategies as st

from agentkit.judge.checks.diff_size import changed_lines

LINES = st.lists(st.sampled_from(["a", "b", "-- x", "++ y", "@@ -1 +1 @@", "Binary file z", ""]), max_size=12)


def test_headers_and_context_do_not_count() -> None:
    diff = "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n same\n-old\n+new\n same\n"
    assert changed_lines(diff) == 2
    assert changed_lines("") == 0


def test_lines_that_look_like_headers_count_within_a_hunk() -> None:
    diff = (
        "--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n--- gone\n-also\n+++ here\n--- a/y\n+++ b/y\n@@ -0,0 +1 @@\n+one\n"
    )
    assert changed_lines(diff) == 4


def test_the_note_on_a_missing_line_end_does_not_count() -> None:
    note = "\\ No newline at end of file"
    assert changed_lines(f"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n{note}\n+new\n{note}\n") == 2


def test_a_binary_file_counts_as_one() -> None:
    assert changed_lines("Binary file model.pt changed\n--- a/x\n+++ b/x\n@@ -1 +0,0 @@\n-x\n") == 2


@given(LINES, LINES, LINES)
def test_counts_what_difflib_wrote(before: list[str], after: list[str], more: list[str]) -> None:
    first = list(difflib.unified_diff(before, after, "a/x", "b/x", lineterm=""))
    second = list(difflib.unified_diff(after, more, "a/y", "b/y", lineterm=""))
    changed = sum(
        line.startswith(("+", "-"))
        for part in (first, second)
        for line in part[2:]
        if not line.startswith("@@ ")
    )
    # In a hunk every line has its sign first, so "@@ …" at a line's start is a hunk's own header.
    assert changed_lines("\n".join([*first, *second])) == changed
