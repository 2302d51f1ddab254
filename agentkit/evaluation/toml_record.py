"""Reading a TOML file that a person wrote into a Record; a mistake is told with its key and line."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from agentkit.contracts.record import Record
from agentkit.errors import BadFile, nearest
from agentkit.models.toml_lines import line_of, written

Kind = TypeVar("Kind", bound=Record)


def read_toml_record(path: Path, kind: type[Kind]) -> Kind:
    """Raises BadFile: file, key, what was expected, what was found, the nearest known key, the line."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadFile(path, "", "a file that can be read", error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise BadFile(path, "", "UTF-8 text", f"byte {error.start} is no UTF-8") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFile(path, "", "valid TOML", str(error)) from error
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        faults = error.errors()
        # A misspelt key is also a missing one; the spelling is what helps.
        misspelt = (each for each in faults if each["type"] == "extra_forbidden")
        raise mistake(path, text, next(misspelt, faults[0]), kind) from error


def mistake(path: Path, text: str, fault: ErrorDetails, kind: type[Record]) -> BadFile:
    """A fault of a validation, in the words of the file."""
    place = fault["loc"]
    absent = fault["type"] == "missing"
    expected, hint = wanted(fault, kind)
    line = line_of(text, place[:-1] if absent else place)
    shown = text.splitlines()[line - 1].strip()[:100] if line else ""
    return BadFile(
        path,
        written(place),
        expected,
        "nothing" if absent else described(fault["input"]),
        hint,
        f"Line {line}: {shown}" if line else "",
    )


def wanted(fault: ErrorDetails, kind: type[Record]) -> tuple[str, str]:
    """What would be right, and which known key the wrong one resembles."""
    place = fault["loc"]
    if fault["type"] == "extra_forbidden":
        known = list(model_at(kind, place[:-1]).model_fields)
        near = nearest(str(place[-1]), known, 1)
        return f"one of the keys {', '.join(known)}", f"Did you mean: {near[0]}?" if near else ""
    if fault["type"] == "missing":
        return f"a value for '{place[-1]}'", ""
    return fault["msg"].removeprefix("Value error, ").removeprefix("Input should be "), ""


def model_at(kind: type[BaseModel], place: Sequence[str | int]) -> type[BaseModel]:
    """The model of the table at `place`."""
    for part in place:
        field = kind.model_fields.get(str(part))
        if field is not None:
            inner = [field.annotation, *get_args(field.annotation)]
            kind = next((each for each in inner if is_model(each)), kind)
    return kind


def is_model(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseModel)


def described(value: Any) -> str:
    """A value as a short phrase."""
    if isinstance(value, Mapping):
        return f"a table with {', '.join(map(str, value))}" if value else "an empty table"
    if isinstance(value, list | tuple):
        return f"an array of {len(value)}"
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}…"
