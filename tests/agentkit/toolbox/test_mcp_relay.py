"""What runs between an MCP server and us."""

from __future__ import annotations

import struct
import subprocess
import sys

from agentkit.toolbox import mcp_relay


def relayed(*argv: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    words = [sys.executable, mcp_relay.__file__, *argv]
    return subprocess.run(words, input=given, capture_output=True, check=False, timeout=120)


def test_each_line_comes_with_its_length_and_the_exit_code_is_the_servers() -> None:
    echo = "import sys; [print(line, end='', flush=True) for line in sys.stdin]; sys.exit(7)"
    done = relayed(sys.executable, "-c", echo, given=b'{"a": 1}\n\xc3\xa9\n')
    assert done.stdout == struct.pack(">I", 9) + b'{"a": 1}\n' + struct.pack(">I", 3) + b"\xc3\xa9\n"
    assert done.returncode == 7


def test_a_program_that_is_not_there_is_named() -> None:
    done = relayed("/nonexistent/server")
    assert done.returncode == 127
    assert done.stderr == b"/nonexistent/server cannot be started: No such file or directory\n"
