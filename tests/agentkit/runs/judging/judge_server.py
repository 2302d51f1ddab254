"""A judge behind a real HTTP server: it reads the prompt as a careful reader would."""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.contracts.messages import CallPosition, Message, ModelRequest
from tests.agentkit.judge.panel.scene import asked_in, honest
from tests.agentkit.models.fault_server import Faults, FaultServer

POSITION = CallPosition(attempt="", operator="", nth=0, stage="judge", index=0)
RUBRIC = """\
title = "A line is fitted"
[[criterion]]
id = "report"
text = "There is a report."
check = { kind = "file", file = "report.md" }
[[criterion]]
id = "fit"
text = "`fit_line` is defined."
kind = "code"
weight = 2
[[criterion]]
id = "plot"
text = "`draw_plot` is defined."
kind = "code"
"""
WORK = {
    "fit.py": "import numpy as np\n\n\ndef fit_line(rows):\n    return np.polyfit(*rows.T, 1)\n",
    "report.md": "# Fit\n",
}


def judge_server(faults: Faults | None = None) -> FaultServer:
    return FaultServer(faults, says=say)


def say(texts: Sequence[str]) -> str:
    messages = tuple(Message(role="user", text=text) for text in texts)
    return honest(asked_in(ModelRequest(position=POSITION, messages=messages)))
