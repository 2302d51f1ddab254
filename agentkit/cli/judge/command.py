"""`agentkit judge`: score any folder, or a run's answer, by a rubric; and all that follows from a report."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from importlib import import_module
from typing import cast

from agentkit.cli.main import Command, Parser

WORDS: Mapping[str, tuple[str, str]] = {
    "run": ("agentkit.cli.judge.run", "Judge a folder, or a run's answer, and write the report."),
    "lint": ("agentkit.cli.judge.lint", "Say what is wrong with a rubric before it is used."),
    "explain": ("agentkit.cli.judge.explain", "Why a leaf got its verdict: votes, citations, lines."),
    "replay": ("agentkit.cli.judge.replay", "Judge again from the recorded calls: offline, to the byte."),
    "diff": ("agentkit.cli.judge.diff", "What differs between two reports, and by how much."),
    "calibrate": ("agentkit.cli.judge.calibrate", "How well a judge agrees with people."),
    "render": ("agentkit.cli.judge.render", "Write a report as JSON, Markdown, HTML or a filled form."),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True, parser_class=Parser)
    for word, (module, purpose) in WORDS.items():
        command = words.add_parser(
            word, help=purpose, description=purpose, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        # Seven small modules; what is heavy in them is imported by their `run`.
        cast(Command, import_module(module)).add_arguments(command)


def run(arguments: argparse.Namespace) -> int:
    module, _ = WORDS[arguments.word]
    return cast(Command, import_module(module)).run(arguments)
