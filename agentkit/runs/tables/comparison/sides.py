"""Sides of a comparison: which runs each holds, and whether they may be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from agentkit.errors import UsageError
from agentkit.runs.tables.columns import configuration
from agentkit.runs.tables.filters import is_filter, select_some
from agentkit.runs.tables.row import RunRow

Key = tuple[str, ...]
MOST_SHOWN = 6
SCAFFOLD_OWN = "settings.scaffold_settings."


@dataclass(frozen=True)
class Side:
    name: str
    rows: Sequence[RunRow]
    chosen: Mapping[str, frozenset[str]] = field(init=False)
    """Setting to its values in these runs."""

    def __post_init__(self) -> None:
        told = [configuration(row) for row in self.rows]
        names = dict.fromkeys(name for each in told for name in each)
        values = {name: frozenset(each.get(name, "") for each in told) for name in names}
        object.__setattr__(self, "chosen", values)


def read_sides(
    words: Sequence[str], rows: Callable[[], Sequence[RunRow]], of_folder: Callable[[Path], Sequence[RunRow]]
) -> list[Side]:
    """Each word is a folder, or a filter of `rows`. Raises UsageError for what is neither, or has no run."""
    sides = []
    for word in words:
        if Path(word).expanduser().is_dir():
            found = of_folder(Path(word))
            if not found:
                raise UsageError(f"There is no run in {word}.", "Next: agentkit table --runs FOLDER")
        elif is_filter(word):
            found = select_some(rows(), word)
        else:
            raise UsageError(
                f"'{word}' is no side of a comparison.",
                "Expected: a filter such as scaffold=aide,hints=text, or a folder of runs",
                "Found: neither a folder of that name, nor a condition",
                "Next: agentkit table --columns",
            )
        sides.append(Side(word, found))
    return sides


def refuse_overlap(sides: Sequence[Side]) -> None:
    """Raises UsageError where a run stands on two sides, or two sides have one name."""
    for one, other in combinations(sides, 2):
        # Cells without a run are of no folder, and of one digest in every sweep of the same file.
        here, there = ({row.folder or id(row) for row in side.rows} for side in (one, other))
        if here & there:
            raise UsageError(
                f"{len(here & there):,} of the runs are on both sides, {one.name} and {other.name}.",
                "Expected: sides without a run in common",
                "Next: say more of each, such as scaffold=aide,hints=none and scaffold=aide,hints=text",
            )


def refuse_mixture(sides: Sequence[Side]) -> list[str]:
    """What is compared with its unlike, in words; empty: nothing."""
    rows = [row for side in sides for row in side.rows if row.score is not None or row.trust is not None]
    mixed = []
    if len({live_or_not(row) for row in rows} - {""}) > 1:
        mixed.append("simulated runs with runs of a live model: " + counted(sides, live_or_not))
    if len({row.trust for row in rows if row.trust}) > 1:
        mixed.append("claimed figures with verified ones: " + counted(sides, lambda row: row.trust or ""))
    return mixed


def live_or_not(row: RunRow) -> str:
    """Empty: it asks no model at all, and may stand beside any."""
    if row.model == "none":
        return ""
    return "simulated" if row.simulated else "live"


def counted(sides: Sequence[Side], word: Callable[[RunRow], str]) -> str:
    """`A 3 claimed, B 2 verified`."""
    parts = []
    for side in sides:
        counts = Counter(word(row) for row in side.rows if word(row))
        parts.append(
            f"{side.name} has {' and '.join(f'{count} {each}' for each, count in counts.items()) or 'none'}"
        )
    return "; ".join(parts)


def differing(first: Side, second: Side) -> dict[str, tuple[str, str]]:
    """Setting to its values on either side, where these are not the same."""
    names = dict.fromkeys([*first.chosen, *second.chosen])
    empty = frozenset([""])
    values = {name: (first.chosen.get(name, empty), second.chosen.get(name, empty)) for name in names}
    found = {name: (listed(one), listed(other)) for name, (one, other) in values.items() if one != other}
    if "scaffold" not in found:
        return found
    # What only one scaffold knows differs because the scaffold does.
    own = {name for name in found if name.startswith(SCAFFOLD_OWN) and empty in values[name]}
    return {name: each for name, each in found.items() if name not in own}


def listed(values: frozenset[str]) -> str:
    ordered = sorted(each or "none" for each in values)
    return " | ".join(ordered[:MOST_SHOWN]) + (" | …" if len(ordered) > MOST_SHOWN else "")


def paired_by(first: Side, second: Side) -> list[str]:
    """Settings that vary within a side and that both share values of: a run is paired with its like."""
    names = dict.fromkeys([*first.chosen, *second.chosen])
    empty = frozenset([""])
    found = []
    for name in names:
        one, other = first.chosen.get(name, empty), second.chosen.get(name, empty)
        if len(one | other) > 1 and one & other:
            found.append(name)
    return found


def keyed(side: Side, other: Side, names: Sequence[str]) -> dict[tuple[str, Key], RunRow]:
    """Runs by task, and by seed and the settings `names`; runs alike in all these are numbered, oldest first.

    In an order of their own: that of the rows makes no difference.

    Raises UsageError where they are alike but for settings that the other side does not have.
    """
    found: dict[tuple[str, Key], list[RunRow]] = {}
    for row in side.rows:
        told = configuration(row)
        key = (str(row.seed), *(told.get(name, "") for name in names))
        found.setdefault((row.task_name, key), []).append(row)
    for rows in found.values():
        apart = configuration_gaps(rows) if len(rows) > 1 else {}
        if apart:
            shown = "; ".join(f"{name} is {listed(values)}" for name, values in apart.items())
            raise UsageError(
                f"{side.name} has several kinds of runs for each one of {other.name}.",
                f"Found: {shown}",
                f"Next: add one of these to it, such as {side.name},{first_choice(apart)}",
            )
    return {
        (task, (*key, f"#{number}")): row
        for (task, key), rows in sorted(found.items())
        for number, row in enumerate(sorted(rows, key=lambda row: row.run), 1)
    }


def configuration_gaps(rows: Sequence[RunRow]) -> dict[str, frozenset[str]]:
    return {name: values for name, values in Side("", rows).chosen.items() if len(values) > 1}


def first_choice(apart: Mapping[str, frozenset[str]]) -> str:
    name, values = next(iter(apart.items()))
    return f"{name}={sorted(values)[0]}"
