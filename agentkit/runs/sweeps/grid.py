"""Grid: from the axes of a sweep to its cells, in order."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from agentkit.contracts.sweep import RunSpec
from agentkit.errors import UnknownName, UsageError
from agentkit.runs.sweeps.axes import (
    TASK,
    Axes,
    Choice,
    Place,
    check_name,
    check_values,
    put_together,
    read_axes,
    setting_of,
    show,
)
from agentkit.runs.sweeps.file import Source
from agentkit.settings_sources import ENTRIES

MOST_CELLS = 10_000


def read_grid(source: Source, most: int = MOST_CELLS) -> list[RunSpec]:
    """Every cell once, in the order in which they are begun.

    Raises BadFile for a mistake in the file, UsageError for more than `most` combinations.
    """
    axes = in_order(source, read_axes(source))
    fixed = dict(source.file.fixed)
    for name in fixed:
        check_name(source, ("fixed", name), name)
        check_values(source, ("fixed", name), {name: fixed[name]})
    included = [included_axes(source, axes, number) for number in range(len(source.file.include))]
    refuse_too_many(source, [axes, *(theirs for theirs, _ in included)], most)
    excluded = [exclusion(source, axes, number) for number in range(len(source.file.exclude))]
    cells = [
        cell(source, combination, fixed)
        for combination in combinations(axes)
        if not any(matches(combination, each) for each in excluded)
    ]
    for theirs, told in included:
        besides = {name: show(value) for name, value in flat(told).items()}
        cells += [cell(source, each, put_together([fixed, told]), besides) for each in combinations(theirs)]
    found = {each.digest: each for each in reversed(cells)}
    kept = [each for each in dict.fromkeys(each.digest for each in cells)]
    if not kept:
        raise source.mistake(("exclude",), "at least one run left", "none: all are excluded")
    return [found[digest] for digest in kept]


def in_order(source: Source, axes: Axes) -> Axes:
    """The slowest first."""
    for number, name in enumerate(source.file.order):
        if name not in axes:
            raise unknown_axis(source, ("order", number), name, axes)
    names = dict.fromkeys([*source.file.order, *axes])
    return {name: axes[name] for name in names}


def unknown_axis(source: Source, place: Place, name: str, axes: Axes) -> Exception:
    near = UnknownName("axis", name, axes).near
    return source.mistake(
        place,
        f"one of the axes {', '.join(axes)}",
        f"'{name}'",
        f"Did you mean: {', '.join(near)}?" if near else "",
    )


def refuse_too_many(source: Source, grids: Sequence[Axes], most: int) -> None:
    """Before anything is multiplied out: a million runs by mistake would fill memory first."""
    counts = [math.prod(len(choices) for choices in axes.values()) for axes in grids]
    if sum(counts) <= most:
        return
    sizes = " × ".join(f"{len(choices)} ({name})" for name, choices in grids[0].items())
    more = f", and {sum(counts[1:]):,} by [[include]]" if len(counts) > 1 else ""
    raise UsageError(
        f"{source.path} asks for {sum(counts):,} runs; unless told so, agentkit makes at most {most:,}.",
        f"Found: {sizes} = {counts[0]:,}{more}",
        f"Next: take values out of an axis; or, if all are meant: --most-runs {sum(counts)}",
    )


def combinations(axes: Axes) -> list[Mapping[str, Choice]]:
    return [dict(zip(axes, each, strict=True)) for each in itertools.product(*axes.values())]


def cell(
    source: Source, choices: Mapping[str, Choice], fixed: Mapping[str, Any], besides: Mapping[str, str] = {}
) -> RunSpec:
    """`besides`: labels for what is no axis."""
    told = put_together([fixed, *(choice.told for choice in choices.values())])
    if TASK not in told:
        raise source.mistake(("axes",), "a task: as an axis, or under [fixed]", "none")
    labels = {**besides, **{axis: choice.label for axis, choice in choices.items()}}
    return RunSpec(task=told.pop(TASK), settings=told, labels=labels)


def included_axes(source: Source, axes: Axes, number: int) -> tuple[Axes, Mapping[str, Any]]:
    """The axes of an [[include]], and the other settings that it says."""
    table = flat(source.file.include[number])
    theirs: dict[str, Sequence[Choice]] = {}
    told: dict[str, Any] = {}
    for name, value in table.items():
        place: Place = ("include", number, *name.split("."))
        if name in axes:
            theirs[name] = [
                include_choice(source, place, axes, name, each) for each in several(axes, name, value)
            ]
            continue
        check_name(source, place, name.partition(".")[0])
        added = setting_of(name, value)
        check_values(source, place, added)
        told = put_together([told, added])
    # A setting said here is not also left to an axis of tables.
    rest = {axis: choices for axis, choices in axes.items() if axis not in theirs}
    for axis, choices in rest.items():
        if told.keys() & {name for choice in choices for name in choice.told if name not in ENTRIES}:
            raise source.mistake(
                ("include", number), f"the axis '{axis}' by its own name", f"a setting that '{axis}' varies"
            )
    return {axis: theirs.get(axis, choices) for axis, choices in axes.items()}, told


def include_choice(source: Source, place: Place, axes: Axes, name: str, value: Any) -> Choice:
    """One of the axis, or a new value where the axis is a setting."""
    for choice in axes[name]:
        if value in (choice.label, choice.written):
            return choice
    check_name(source, place, name.partition(".")[0])
    told = setting_of(name, value)
    check_values(source, place, told)
    return Choice(show(value), told, value)


def exclusion(source: Source, axes: Axes, number: int) -> Mapping[str, frozenset[str]]:
    """Axis to the labels that are left out together."""
    found: dict[str, frozenset[str]] = {}
    for name, value in flat(source.file.exclude[number]).items():
        place: Place = ("exclude", number, *name.split("."))
        if name not in axes:
            raise unknown_axis(source, place, name, axes)
        labels = set()
        for each in several(axes, name, value):
            matching = [choice.label for choice in axes[name] if each in (choice.label, choice.written)]
            if not matching:
                known = ", ".join(choice.label for choice in axes[name])
                raise source.mistake(place, f"values of the axis: {known}", repr(each))
            labels.update(matching)
        found[name] = frozenset(labels)
    if not found:
        raise source.mistake(("exclude", number), "at least one axis", "none")
    return found


def matches(combination: Mapping[str, Choice], excluded: Mapping[str, frozenset[str]]) -> bool:
    return all(combination[axis].label in labels for axis, labels in excluded.items())


def several(axes: Axes, name: str, value: Any) -> list[Any]:
    """An array means any of its values, unless it is itself a value of the axis."""
    if not isinstance(value, list) or any(value == choice.written for choice in axes[name]):
        return [value]
    return value


def flat(table: Mapping[str, Any]) -> dict[str, Any]:
    """`{scaffold_settings: {drafts: 3}}` as `{scaffold_settings.drafts: 3}`, as axes are named."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if name in ENTRIES and isinstance(value, Mapping):
            found.update({f"{name}.{key}": each for key, each in value.items()})
        else:
            found[name] = value
    return found


def pick(specs: Sequence[RunSpec], wanted: Sequence[str]) -> list[RunSpec]:
    """Cells that `--only AXIS=VALUE` names: of one axis any of the values given, of several axes all.

    Raises UsageError for what no cell has.
    """
    asked: dict[str, set[str]] = {}
    known: dict[str, dict[str, None]] = {}
    for spec in specs:
        for axis, label in spec.labels.items():
            known.setdefault(axis, {})[label] = None
    for text in wanted:
        axis, equals, label = text.partition("=")
        if not equals:
            raise UsageError(f"--only: expected AXIS=VALUE, found '{text}'.", f"Axes: {', '.join(known)}")
        if axis not in known:
            raise UnknownName("axis", axis, known, next_step="--only AXIS=VALUE")
        if label not in known[axis]:
            raise UnknownName(f"value of the axis {axis}", label, known[axis])
        asked.setdefault(axis, set()).add(label)
    return [spec for spec in specs if all(spec.labels.get(axis) in labels for axis, labels in asked.items())]
