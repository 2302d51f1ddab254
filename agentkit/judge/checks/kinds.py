"""The deterministic checks: one function a kind, and the table that names them.

A check ends in one of three ways: it returns what it found; it raises `CandidateFault`, and the leaf
has failed; or it raises `JudgeFault`, and the leaf stays without a score.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from agentkit.contracts.record import Record
from agentkit.contracts.sandbox import Command, CommandResult
from agentkit.errors import AgentkitError, nearest
from agentkit.judge.checks.arguments import (
    CommandArguments,
    CsvArguments,
    DiffArguments,
    FigureArguments,
    FileArguments,
    GlobArguments,
    GrimArguments,
    ImageArguments,
    JsonArguments,
    MetricArguments,
    RegexArguments,
    SpanArguments,
    TrustArguments,
)
from agentkit.judge.checks.diff_size import changed_lines
from agentkit.judge.checks.measured import check_grim, check_metric, figure_of
from agentkit.judge.checks.pattern_search import find_pattern
from agentkit.judge.checks.places import check_image, check_span
from agentkit.judge.checks.tables import check_csv, check_json, compare
from agentkit.judge.evidence import (
    CandidateFault,
    Evidence,
    Finding,
    JudgeFault,
    decide,
    error,
    failed,
    find_file,
    find_files,
    one_line,
    passed,
    quote_line,
    read_text,
)

Arguments = TypeVar("Arguments", bound=Record)
Check = Callable[[Arguments, Evidence], Awaitable[Finding]]


@dataclass(frozen=True)
class CheckKind(Generic[Arguments]):
    """A check with the arguments it takes."""

    arguments: type[Arguments]
    check: Check[Arguments]


class ArgumentFault(Exception):
    """A check that cannot be made as it is written: where, what was expected, what is there."""

    def __init__(self, key: str, expected: str, found: str) -> None:
        super().__init__(f"{key}: expected {expected}; found {found}")
        self.key = key
        self.expected = expected
        self.found = found


def read_arguments(written: Mapping[str, Any]) -> tuple[CheckKind[Any], Record]:
    """Raises ArgumentFault for the first mistake."""
    kind = written.get("kind")
    if not isinstance(kind, str) or kind not in CHECKS:
        near = nearest(kind, CHECKS) if isinstance(kind, str) else []
        known = f"one of {', '.join(CHECKS)}" + (f"; did you mean {near[0]}?" if near else "")
        raise ArgumentFault("kind", known, repr(kind) if kind is not None else "no kind")
    family = CHECKS[kind]
    try:
        return family, family.arguments.model_validate({k: v for k, v in written.items() if k != "kind"})
    except ValidationError as problem:
        fault = problem.errors()[0]
        # The first part names the argument; further ones are members of a union and say nothing to a user.
        key = str(fault["loc"][0]) if fault["loc"] else ""
        allowed = ", ".join(family.arguments.model_fields)
        if fault["type"] == "extra_forbidden":
            raise ArgumentFault(key, f"for {kind} only: {allowed}", f"'{key}'") from problem
        if fault["type"] == "missing":
            raise ArgumentFault(key, f"{kind} needs '{key}'", "nothing") from problem
        expected = fault["msg"].removeprefix("Value error, ")
        raise ArgumentFault(key, expected, repr(fault["input"])) from problem


async def run_check(written: Mapping[str, Any], evidence: Evidence) -> Finding:
    """Never raises for what a rubric or a candidate did."""
    try:
        family, arguments = read_arguments(written)
        return await family.check(arguments, evidence)
    except CandidateFault as fault:
        return failed(str(fault))
    except JudgeFault as fault:
        return error(str(fault))
    except ArgumentFault as fault:
        return error(f"check.{fault}")


async def check_file(asked: FileArguments, evidence: Evidence) -> Finding:
    size = find_file(evidence, asked.file).stat().st_size
    wanted = f"; asked: at least {asked.min_bytes}" if asked.min_bytes else ""
    return decide(size >= asked.min_bytes, f"{asked.file}: {size} bytes{wanted}")


async def check_glob(asked: GlobArguments, evidence: Evidence) -> Finding:
    """Counts regular files; a link counts only if it stays in the work."""
    names = find_files(evidence, asked.glob)
    least, most = asked.at_least, asked.at_most
    ok = (least is None or len(names) >= least) and (most is None or len(names) <= most)
    shown = f" ({one_line(', '.join(names[:5]))}{', …' if len(names) > 5 else ''})" if names else ""
    bounds = [f"at least {least}"] * (least is not None) + [f"at most {most}"] * (most is not None)
    return decide(ok, f"{len(names)} files match {asked.glob}{shown}; asked: {' and '.join(bounds)}")


async def check_regex(asked: RegexArguments, evidence: Evidence) -> Finding:
    """A file that is not there fails either way: nothing can be said of its text."""
    text = read_text(evidence, asked.file)
    start = await find_pattern(asked.pattern, text)
    if start is None:
        return decide(asked.absent, f"{asked.file}: nothing matches {one_line(asked.pattern)}")
    return decide(not asked.absent, quote_line(asked.file, text, start))


async def check_figure(asked: FigureArguments, evidence: Evidence) -> Finding:
    return compare(figure_of(evidence, asked.name), asked, asked.name)


async def check_command(asked: CommandArguments, evidence: Evidence) -> Finding:
    """A command that does not end in time has failed; one that could not be started is the judge's lack."""
    if evidence.sandbox is None:
        raise JudgeFault("there is no sandbox to run a command in")
    limits = evidence.environment.limits.model_copy(update={"seconds": asked.seconds})
    environment = evidence.environment.model_copy(update={"limits": limits})
    with tempfile.TemporaryDirectory(prefix="agentkit-judge-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch) / "work"
        command = Command(argv=asked.argv, folder=folder, environment=environment)
        try:
            shutil.copytree(evidence.folder, folder, symlinks=True)
            result = await evidence.sandbox.run(command)
        except (AgentkitError, OSError) as problem:
            raise JudgeFault(f"{asked.argv[0]} could not be run: {one_line(str(problem))}") from problem
    return await _judge_result(asked, result)


async def _judge_result(asked: CommandArguments, result: CommandResult) -> Finding:
    said = one_line(" ".join(asked.argv))
    if result.status in ("timeout", "silent"):
        raise CandidateFault(f"`{said}` did not end within {asked.seconds:g} s")
    if result.status == "stopped" or result.exit_code is None:
        raise JudgeFault(f"`{said}` was stopped before it ended")
    lines = [line for line in result.output.splitlines() if line.strip()]
    ending = f"; last line: {one_line(lines[-1])}" if lines else ""
    if result.exit_code != asked.exit_code:
        return failed(f"`{said}` ended with {result.exit_code}, asked: {asked.exit_code}{ending}")
    if asked.pattern is None:
        return passed(f"`{said}` ended with {result.exit_code}{ending}")
    start = await find_pattern(asked.pattern, result.output)
    if start is None:
        return failed(f"`{said}`: nothing in its output matches {one_line(asked.pattern)}{ending}")
    return passed(quote_line(f"output of `{said}`", result.output, start))


async def check_trust(asked: TrustArguments, evidence: Evidence) -> Finding:
    if not evidence.trust:
        raise JudgeFault("the answer's trust is not known")
    return decide(evidence.trust == asked.equals, f"trust = {evidence.trust}; asked: {asked.equals}")


async def check_diff(asked: DiffArguments, evidence: Evidence) -> Finding:
    count = changed_lines(evidence.diff)
    ok = count >= asked.at_least and (asked.at_most is None or count <= asked.at_most)
    most = "" if asked.at_most is None else f" and at most {asked.at_most}"
    return decide(ok, f"{count} changed lines; asked: at least {asked.at_least}{most}")


CHECKS: dict[str, CheckKind[Any]] = {
    "file": CheckKind(FileArguments, check_file),
    "glob": CheckKind(GlobArguments, check_glob),
    "regex": CheckKind(RegexArguments, check_regex),
    "json": CheckKind(JsonArguments, check_json),
    "csv": CheckKind(CsvArguments, check_csv),
    "figure": CheckKind(FigureArguments, check_figure),
    "command": CheckKind(CommandArguments, check_command),
    "trust": CheckKind(TrustArguments, check_trust),
    "diff": CheckKind(DiffArguments, check_diff),
    "metric": CheckKind(MetricArguments, check_metric),
    "grim": CheckKind(GrimArguments, check_grim),
    "image": CheckKind(ImageArguments, check_image),
    "span": CheckKind(SpanArguments, check_span),
}
