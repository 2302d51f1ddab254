"""The arguments of each check kind, as a rubric writes them. A wrong one is met when the rubric is read."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from agentkit.contracts.record import Record
from agentkit.judge.evidence import path_fault


def _check_path(name: str) -> str:
    if fault := path_fault(name):
        raise ValueError(f"a path inside the work; this one {fault}")
    return name


def _check_glob(pattern: str) -> str:
    parts = _check_path(pattern).split("/")
    # What a last `**` matches differs between Python versions.
    if parts[-1] == "**" or any("**" in part and part != "**" for part in parts):
        raise ValueError("a glob where '**' stands alone before a slash")
    return pattern


def _check_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as problem:
        raise ValueError(f"a regular expression; this one has: {problem}") from problem
    return pattern


Inside = Annotated[str, AfterValidator(_check_path)]
Glob = Annotated[str, AfterValidator(_check_glob)]
Pattern = Annotated[str, AfterValidator(_check_pattern)]
Count = Annotated[int, Field(strict=True, ge=0)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1)]
Scalar = bool | int | Number | str


class FileArguments(Record):
    """The work holds this file."""

    file: Inside
    min_bytes: Count = 0


class GlobArguments(Record):
    """So many regular files match."""

    glob: Glob
    at_least: Count | None = None
    at_most: Count | None = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("at least one of at_least, at_most")
        return self


class RegexArguments(Record):
    """A file holds a match; with `absent`, it holds none. `^` and `$` are the ends of a line."""

    file: Inside
    pattern: Pattern
    absent: Annotated[bool, Field(strict=True)] = False


class Bounds(Record):
    """What a number, or a value, is compared with."""

    at_least: Number | None = None
    at_most: Number | None = None
    equals: Scalar | None = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.at_least is None and self.at_most is None and self.equals is None:
            raise ValueError("at least one of at_least, at_most, equals")
        return self


class JsonArguments(Bounds):
    """A value in a JSON file."""

    file: Inside
    path: str | tuple[str | int, ...]
    """`results.0.loss`; as a list where a key holds a dot."""


class CsvArguments(Bounds):
    """A cell of a CSV file with a header."""

    file: Inside
    row: Annotated[int, Field(strict=True)] | dict[str, str | int | float]
    """Counted from 0, from the end if negative; or the cells that tell the one row meant."""
    column: Text


class FigureArguments(Bounds):
    """A figure of the run, measured by the harness."""

    name: Text
    equals: Number | None = None


class CommandArguments(Record):
    """A command in a copy of the work, in the run's sandbox."""

    argv: Annotated[tuple[Text, ...], Field(min_length=1)]
    exit_code: Annotated[int, Field(strict=True)] = 0
    pattern: Pattern | None = None
    """Must be found in the output, of which long ones keep head, error lines and tail."""
    seconds: Annotated[Number, Field(gt=0)] = 60.0


class TrustArguments(Record):
    """How the answer's figures came about."""

    equals: Literal["verified", "claimed"]


class DiffArguments(Record):
    """How many lines were changed: those added and those taken away, a binary file as one."""

    at_least: Count = 1
    at_most: Count | None = None


class MetricArguments(Record):
    """A figure beside the one that it should come to: of the run by `name`, or out of a file."""

    name: Text | None = None
    file: Inside | None = None
    path: str | tuple[str | int, ...] | None = None
    row: Annotated[int, Field(strict=True)] | dict[str, str | int | float] | None = None
    column: Text | None = None
    value: Number
    rel_tol: Annotated[Number, Field(ge=0, lt=1)] = 0.05
    """Of `value`."""
    op: Literal["near", "at_least", "at_most"] = "near"

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        in_file = (self.path is not None) + (self.row is not None and self.column is not None)
        if (self.name is not None) + in_file != 1 or (self.file is not None) != bool(in_file):
            raise ValueError("either name, or file with path, or file with row and column")
        return self


class GrimArguments(Record):
    """Percentages that so many yes-or-no outcomes can come to: the granularity test."""

    file: Inside
    n: Annotated[int, Field(strict=True, ge=1)]
    path: str | tuple[str | int, ...] | None = None
    """A step `*` stands for each element."""
    column: Text | None = None
    pattern: Pattern | None = None
    """Its group, or all that it matches, is the percentage."""

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if sum(each is not None for each in (self.path, self.column, self.pattern)) != 1:
            raise ValueError("exactly one of path, column, pattern")
        return self


class ImageArguments(Record):
    """A PNG, JPEG or SVG picture with something on it."""

    file: Inside
    min_width: Count = 1
    min_height: Count = 1
    not_blank: Annotated[bool, Field(strict=True)] = True


class SpanArguments(Record):
    """A text stands in these lines of a file, whatever white space is between its words."""

    file: Inside
    text: Text
    first_line: Annotated[int, Field(strict=True, ge=1)] = 1
    last_line: Annotated[int, Field(strict=True, ge=1)] | None = None

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if not self.text.split():
            raise ValueError("a text with a word in it")
        if self.last_line is not None and self.last_line < self.first_line:
            raise ValueError("last_line not before first_line")
        return self
