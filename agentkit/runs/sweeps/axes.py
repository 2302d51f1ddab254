"""Axes: what a sweep varies. A value of one is a choice: a label, and the settings that it tells a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from agentkit.errors import AgentkitError, nearest
from agentkit.runs.sweeps.file import Source
from agentkit.settings import Settings
from agentkit.settings_sources import ENTRIES, merge, resolve

TASK = "task"
LABEL = "label"
OURS: Mapping[str, str] = {
    "runs_folder": "runs lie in the sweep's folder: agentkit sweep FILE --out DIR",
    "shared_budget": "a table [budget] says what all runs may spend together",
}
"""Settings that a sweep decides itself, and what to write instead."""


class Choice(NamedTuple):
    """One value of an axis."""

    label: str
    told: Mapping[str, Any]
    """Setting to value; the task among them."""
    written: Any
    """As it stands in the file."""


Axes = Mapping[str, Sequence[Choice]]
Place = tuple[str | int, ...]


def read_axes(source: Source) -> Axes:
    """Raises BadFile for an unknown axis, an empty one, a setting of the wrong kind, a value said twice."""
    axes: dict[str, Sequence[Choice]] = {}
    for name, raw in source.file.axes.items():
        if name in ENTRIES and isinstance(raw, Mapping):
            for key, values in raw.items():  # scaffold_settings.drafts = [3, 5]
                place: Place = ("axes", name, key)
                axes[f"{name}.{key}"] = read_axis(source, place, f"{name}.{key}", values)
        else:
            axes[name] = read_axis(source, ("axes", name), name, raw)
    said: dict[str, str] = {name: "[fixed]" for name in source.file.fixed if name not in ENTRIES}
    for axis, choices in axes.items():
        for setting in {each for choice in choices for each in choice.told if each not in ENTRIES}:
            if setting in said:
                expected = "every setting in one place"
                raise source.mistake(
                    ("axes", *axis.split(".")), expected, f"'{setting}', which {said[setting]} says too"
                )
            said[setting] = f"the axis '{axis}'"
    return axes


def read_axis(source: Source, place: Place, name: str, raw: Any) -> Sequence[Choice]:
    if not isinstance(raw, list) or not raw:
        raise source.mistake(place, "an array with at least one value", repr(raw)[:80])
    choices = [read_choice(source, place, name, value) for value in raw]
    labels = [choice.label for choice in choices]
    for label in labels:
        if labels.count(label) > 1:
            raise source.mistake(
                place, "values that differ, each with a label of its own", f"'{label}' twice"
            )
    return choices


def read_choice(source: Source, place: Place, name: str, value: Any) -> Choice:
    """A table says several settings at once; so an axis of tables may have any name."""
    if isinstance(value, Mapping) and name not in ENTRIES and "." not in name:
        told = {key: each for key, each in value.items() if key != LABEL}
        for key in told:
            check_name(source, place, key)
        if not told:
            raise source.mistake(place, "at least one setting in every table", "none")
        label = str(value.get(LABEL) or ", ".join(map(show, told.values())))
        return checked(source, place, Choice(label, told, value))
    check_name(source, place, name.partition(".")[0])
    told = setting_of(name, value)
    return checked(source, place, Choice(show(value), told, value))


def check_name(source: Source, place: Place, name: str) -> None:
    """Raises BadFile unless it is a setting that a sweep may say."""
    if name in OURS:
        raise source.mistake(
            place, "a setting that a sweep leaves to its runs", f"'{name}'", f"Next: {OURS[name]}"
        )
    if name != TASK and name not in Settings.model_fields:
        known = [TASK, *Settings.model_fields]
        near = nearest(name, known)
        raise source.mistake(
            place,
            "`task` or the name of a setting; an axis of tables may have any name",
            f"'{name}'",
            f"Did you mean: {', '.join(near)}?" if near else "",
            f"Known: {', '.join(known)}",
        )


def checked(source: Source, place: Place, choice: Choice) -> Choice:
    """Raises BadFile for a value that its setting does not take."""
    check_values(source, place, choice.told)
    return choice


def check_values(source: Source, place: Place, told: Mapping[str, Any]) -> None:
    task = told.get(TASK, "any/task")
    if not isinstance(task, str) or not task:
        raise source.mistake(place, "a task as text", repr(task))
    for name, value in told.items():
        if name in ENTRIES and not isinstance(value, Mapping | list | str):
            raise source.mistake(place, f"{name} as a table", repr(value))
    try:
        resolve({name: value for name, value in told.items() if name != TASK})
    except AgentkitError as error:
        words = error.message.partition(": expected ")[2].rstrip(".")
        expected, _, found = words.partition("; found ")
        raise source.mistake(
            place, expected or "another value", found or error.message, *error.lines
        ) from error
    try:
        json.dumps(told, allow_nan=False)  # as its digest and its spec.json are made
    except (TypeError, ValueError) as problem:
        raise source.mistake(place, "no date or time, no inf or nan", show(told)) from problem


def show(value: Any) -> str:
    """How a value is shown where nobody gave it a label."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={show(each)}" for key, each in value.items()) or "none"
    if isinstance(value, list | tuple):
        return "+".join(map(show, value)) or "none"
    return str(value)


def put_together(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Later ones win; tables entry by entry."""
    told: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            told[name] = merge(name, told.get(name), value)
    return told


def setting_of(name: str, value: Any) -> dict[str, Any]:
    """`scaffold_settings.drafts`, 3 as {scaffold_settings: {drafts: 3}}."""
    setting, dot, entry = name.partition(".")
    return {setting: {entry: value} if dot else value}
