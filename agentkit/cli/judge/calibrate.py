"""`agentkit judge calibrate --human F… --judge R…`: how far a judge may be believed."""

from __future__ import annotations

import argparse
from pathlib import Path

NOT_GOOD_ENOUGH = 1
GRADES = "a filled rubric.md, PaperBench's grader_output.json or expected_result.json, or a report.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--human", nargs="+", required=True, metavar="FILE", help=f"a person's grades: {GRADES}"
    )
    parser.add_argument(
        "--judge", nargs="+", required=True, metavar="FILE", help="the judge's, in the same forms"
    )
    parser.add_argument("--min-kappa", type=float, metavar="K", help="less ends with exit code 1")
    parser.add_argument(
        "--min-code-tnr",
        type=float,
        metavar="T",
        help="failing code that is failed, at least this share; likewise",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.epilog = "As many --judge as --human: one by one; else each with the grades of the same leaves."


def run(arguments: argparse.Namespace) -> int:
    from agentkit.judge.calibration.calibrate import calibrate, shortfalls
    from agentkit.judge.calibration.lines import calibration_lines
    from agentkit.judge.calibration.pairs import pair_all
    from agentkit.runs.judging.graded import read_graded

    humans = [read_graded(Path(each)) for each in arguments.human]
    judged = [read_graded(Path(each)) for each in arguments.judge]
    report = calibrate(pair_all(humans, judged))
    short = shortfalls(report, min_kappa=arguments.min_kappa, min_code_tnr=arguments.min_code_tnr)
    if arguments.json:
        print(report.model_dump_json(indent=2))
    else:
        print("\n".join([*calibration_lines(report), *(f"Not good enough: {each}" for each in short)]))
    return NOT_GOOD_ENOUGH if short else 0
