"""What a sandbox is told about its own side."""

from __future__ import annotations

import ast
from pathlib import Path

from agentkit.sandboxes.allow_list import inside


def test_a_program_is_started_behind_the_forwarder() -> None:
    words = inside.forwarded(("sh", "-c", "true"), {3128: Path("/run/a"), 9: Path("/run/b")}, "python3")
    assert words[:4] == ("python3", "-I", "-S", str(inside.SCRIPT))
    assert words[4:] == ("3128=/run/a", "9=/run/b", "--", "sh", "-c", "true")


def test_the_script_needs_nothing_but_the_standard_library() -> None:
    names = {
        each.name.partition(".")[0]
        for node in ast.walk(ast.parse(inside.forwarder_source()))
        if isinstance(node, ast.Import)
        for each in node.names
    }
    assert names == {"contextlib", "os", "signal", "socket", "sys", "threading"}


def test_programs_are_told_in_both_spellings() -> None:
    variables = inside.proxy_variables()
    assert variables["HTTPS_PROXY"] == variables["https_proxy"] == "http://127.0.0.1:3128"
    assert len(variables) == 6
