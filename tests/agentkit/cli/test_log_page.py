from __future__ import annotations

import io

from agentkit.cli.log_page import print_log

ENTRIES = [
    {"time": "2025-10-09T08:53:20.250Z", "level": "info", "event": "stage", "attempt": "a1", "stage": "plan"},
    {"time": "odd", "level": "error", "event": "fault", "exception": "Traceback:\n  \x1b[31mline 3"},
    {},
]


def test_a_line_an_entry_and_the_traceback_below() -> None:
    stream = io.StringIO()
    print_log(ENTRIES, stream)
    lines = stream.getvalue().splitlines()
    assert lines[0].endswith("[info     ] stage        attempt=a1 stage=plan")
    assert lines[0][:5] == "2025-"
    assert lines[1].startswith("odd [error    ] fault")
    assert lines[2:4] == ["Traceback:", "   [31mline 3"]


def test_no_control_code_reaches_the_terminal() -> None:
    stream = io.StringIO()
    print_log([{"event": "x\x1b[2J", "text": "a\rb\x07", "logger": "\x9b1m"}], stream)
    assert not {"\x1b", "\r", "\x07", "\x9b"} & set(stream.getvalue())
