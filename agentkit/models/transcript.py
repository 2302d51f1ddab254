"""Transcript: the model's side of a run, as a person wrote it down in TOML.

    title = "A draft, a crash, its repair"
    scaffold = "aide"
    attempts = 3
    [settings]                  # of the scaffold
    drafts = 1

    [[attempt]]                 # the first `draft` of the run
    operator = "draft"
      [[attempt.reply]]
      stage = "plan"
      text = "Warm the learning rate up."
      [[attempt.reply]]
      stage = "code"
        [[attempt.reply.call]]
        tool = "editor"
        arguments = { command = "create", path = "train.py", text = '''
    print("code goes between three single quotes, where a backslash is itself")
    ''' }

The nth `[[attempt]]` with an operator answers the nth attempt of the run that uses it, and the replies
of a stage are given in their order. Python names are the file's keys, so that an error names both.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self, get_args

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from agentkit.contracts.record import Record
from agentkit.errors import BadFile, nearest
from agentkit.models.toml_lines import line_of, written

Stage = Literal["plan", "debug", "code", "review", "judge"]


class TranscriptCall(Record):
    """A tool call within a reply."""

    tool: str = Field(min_length=1)
    arguments: Mapping[str, Any] = Field(default_factory=dict)


class TranscriptReply(Record):
    """One answer of the model: text, calls, or both."""

    stage: Stage
    text: str = ""
    call: tuple[TranscriptCall, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text.strip() and not self.call:
            raise ValueError("a text, or at least one [[attempt.reply.call]]")
        if self.call and self.stage != "code":
            raise ValueError(f"no [[attempt.reply.call]] in stage '{self.stage}': only 'code' offers tools")
        return self


class TranscriptAttempt(Record):
    """Everything that is said during one attempt."""

    operator: str = Field(min_length=1)
    reply: tuple[TranscriptReply, ...] = Field(min_length=1)


class Transcript(Record):
    """A whole conversation, and the scaffold it was written for."""

    title: str = Field(min_length=1)
    """Said on screen."""
    scaffold: str = Field(min_length=1)
    """The default when the transcript is used, with `attempts` and `settings`."""
    attempts: int | None = Field(default=None, ge=1)
    settings: Mapping[str, Any] = Field(default_factory=dict)
    attempt: tuple[TranscriptAttempt, ...] = Field(min_length=1)


def read_transcript(path: Path) -> Transcript:
    """Raises BadFile, with the key and its line, for anything that is not a transcript."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadFile(path, "", "a transcript (TOML) that can be read", str(error.strerror)) from error
    except UnicodeDecodeError as error:
        raise BadFile(path, "", "UTF-8 text", f"byte {error.start} is no UTF-8") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFile(path, "", "valid TOML", str(error), syntax_hint(str(error))) from error
    if not document.get("attempt"):
        found = "an empty file" if not document else f"only {', '.join(document)}"
        raise BadFile(
            path,
            "attempt",
            "at least one [[attempt]] with its operator and its [[attempt.reply]]",
            found,
            "Next: copy the shape from a transcript of a built-in task, or record a live run.",
        )
    try:
        return Transcript.model_validate(document)
    except ValidationError as error:
        raise mistake(path, text, error.errors()[0]) from error


def syntax_hint(message: str) -> str:
    if "escape" in message or "\\" in message:
        return "Hint: code goes between ''' and ''', where a backslash is itself."
    return ""


def mistake(path: Path, text: str, fault: ErrorDetails) -> BadFile:
    """The first fault of a validation, in the words of the file."""
    place = fault["loc"]
    absent = fault["type"] == "missing"
    line = line_of(text, place[:-1] if absent else place)
    expected, hint = wanted(fault, place)
    return BadFile(
        path,
        written(place),
        expected,
        "nothing" if absent else described(fault["input"]),
        hint,
        f"Line {line}: {text.splitlines()[line - 1].strip()[:100]}" if line else "",
    )


def wanted(fault: ErrorDetails, place: Sequence[str | int]) -> tuple[str, str]:
    """What would be right, and which known key or stage the wrong one resembles."""
    if fault["type"] == "extra_forbidden":
        known = list(model_at(place[:-1]).model_fields)
        near = nearest(str(place[-1]), known, 1)
        return f"one of the keys {', '.join(known)}", f"Did you mean: {near[0]}?" if near else ""
    if place[-1] == "stage" and fault["type"] == "literal_error":
        near = nearest(str(fault["input"]), get_args(Stage), 1)
        return f"one of {', '.join(get_args(Stage))}", f"Did you mean: {near[0]}?" if near else ""
    if fault["type"] == "missing":
        return f"a value for '{place[-1]}'", ""
    message = fault["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return message, ""


def model_at(place: Sequence[str | int]) -> type[Record]:
    """The model whose table stands at `place`."""
    depth = sum(1 for part in place if isinstance(part, int))
    return (Transcript, TranscriptAttempt, TranscriptReply, TranscriptCall)[depth]


def described(value: Any) -> str:
    """A value as a short phrase."""
    if isinstance(value, Mapping):
        return f"a table with {', '.join(value)}" if value else "an empty table"
    if isinstance(value, (list, tuple)):
        return f"an array of {len(value)}"
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}…"
