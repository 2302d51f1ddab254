"""`agentkit judge replay FOLDER`: the same report from the recorded calls; nothing is asked."""

from __future__ import annotations

import argparse
from pathlib import Path

CHANGED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", help="of a judging")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.epilog = "Exit code 1: the report differs from the one in the folder, which stays as it is."


def run(arguments: argparse.Namespace) -> int:
    from agentkit.judge.reports.outline import headline
    from agentkit.runs.judging.place import REPORT
    from agentkit.runs.judging.replay import replay
    from agentkit.runs.solve import run_to_end

    folder = Path(arguments.folder)
    text, report = run_to_end(replay(folder))
    same = (folder / REPORT).read_text(encoding="utf-8") == text
    if arguments.json:
        print(text, end="")
    elif same:
        print(f"{report.rubric}: {headline(report)}, byte for byte the report in {folder}.")
    else:
        print(f"{report.rubric}: {headline(report)}; it differs from {folder / REPORT}.")
        print("This version of agentkit, or its prompts, judge the same answers otherwise.")
    return 0 if same else CHANGED
