"""Screen: the lines of the live view, for any width and height."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from rich.text import Text

from agentkit.cli.curve import plot
from agentkit.cli.figures import (
    printable,
    say_clock,
    say_count,
    say_dollars,
    say_metrics,
    say_number,
    say_seconds,
    say_share,
    shorten,
)
from agentkit.cli.scale import say_scale
from agentkit.cli.scene import ALONG, Row, Scene
from agentkit.cli.sentences import (
    ENDS,
    STAGES,
    hints_of,
    say_purpose,
)

STATUS_STYLES = {
    "valid": "green",
    "crash": "red",
    "timeout": "red",
    "invalid": "yellow",
    "flagged": "magenta",
}
MARGIN = " " * 9
CURVE_HEIGHT = 12
SHORT = 30
"""Lines of a screen below which what can be read later is left out."""
DEEPEST = 5
"""Levels of the tree that are indented; a chain of improvements would leave the screen."""


def compose(scene: Scene, width: int, height: int | None, now: float) -> list[Text]:
    """At most `height` lines (None: as many as it takes), each at most `width` cells wide."""
    short = height is not None and height < SHORT
    top = [*header(scene, width, now, short), Text(), *present(scene, width, short)]
    bottom = [Text(), *budget(scene, width, now)]
    if not (scene.ended or short):
        bottom.append(Text("Ctrl-C stops cleanly; the run can be resumed.", "dim"))
    tree = branches(scene)
    room = len(tree) + CURVE_HEIGHT + 4 if height is None else height - len(top) - len(bottom)
    drawing = curve(scene, width, min(CURVE_HEIGHT, room - min(len(tree), 4) - 3))
    shown = attempts(scene, tree, room - (len(drawing) + 1 if drawing else 0) - 1)
    middle = [*([Text(), *shown] if shown else []), *([Text(), *drawing] if drawing else [])]
    lines = [*top, *middle, *bottom]
    for line in lines:
        line.plain = printable(line.plain)
        line.truncate(width, overflow="ellipsis")
    return lines if height is None else lines[:height]


def header(scene: Scene, width: int, now: float, short: bool) -> list[Text]:
    facts = scene.facts
    clock = say_clock(scene.elapsed(now))
    title = shorten(str(facts.get("task", "agentkit")), width - len(clock) - 2)
    first = Text.assemble((title, "bold"), " " * max(1, width - len(title) - len(clock)), clock)
    if not facts:
        return [first]
    parts = [
        f"scaffold {facts.get('scaffold', '?')}",
        f"model {facts.get('model', '?')}",
        f"hints {hints_of(facts)}",
        f"profile {facts.get('profile') or 'none'}",
        f"sandbox {facts.get('sandbox', '?')}",
    ]
    lines = [first, *(Text(line, "dim") for line in flow(parts, width))]
    for note in scene.notes[:1] if short else scene.notes:
        words = f"{note.partition('. ')[0]}." if short else note
        lines += [Text(line, "yellow") for line in textwrap.wrap(words, width)[:3]]
    return lines


def flow(parts: Sequence[str], width: int, gap: str = "   ") -> list[str]:
    """Parts side by side, a new line where the next one does not fit."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(gap) + len(part) <= width:
            lines[-1] += gap + part
        else:
            lines.append(part)
    return lines


def present(scene: Scene, width: int, short: bool) -> list[Text]:
    """What happens at this moment, and the scale it is measured on."""
    wide = max(20, width - len(MARGIN))
    lines = [labelled("Now", stages(row)) for row in scene.running[:3]]
    if scene.ended:
        state = str(scene.ended.get("state", "ended"))
        lines = [labelled("Now", Text(ENDS.get(state, state)))]
    elif not lines and (scene.closing or not scene.purpose):
        idle = "preparing" if not scene.rows else "choosing what to try next"
        lines = [labelled("Now", Text(scene.closing or idle))]
    if scene.purpose:
        lines.append(labelled("Progress", Text(training(scene), "cyan")))
    if latest := scene.waiting or scene.activity:
        lines.append(labelled("Latest", Text(shorten(latest, wide))))
    if scene.output and not short:
        lines.append(labelled("Output", Text(shorten(scene.output, wide), "dim")))
    if scene.scale and not short:
        words = textwrap.wrap(say_scale(scene.scale), wide)[:3]
        lines += [labelled("" if index else "Scale", Text(line)) for index, line in enumerate(words)]
    return lines


def labelled(label: str, text: Text) -> Text:
    return Text.assemble((f"{label:<{len(MARGIN)}}", "dim"), text)


def stages(row: Row) -> Text:
    """The stages an attempt went through, and in words the one it is in."""
    line = Text.assemble((row.id, "bold"), " ")
    line.append("".join(f"{stage} › " for stage in row.stages[-4:-1]), "dim")
    line.append(STAGES.get(row.stages[-1], row.stages[-1]) if row.stages else "about to begin", "cyan")
    return line


def training(scene: Scene) -> str:
    """The newest figures of what trains now."""
    told = scene.progress
    parts = [say_purpose(scene.purpose)]
    if told.get("step") is not None:
        parts.append(f"step {told['step']}" + (f" of {told['steps']}" if told.get("steps") else ""))
    if told.get("loss") is not None:
        parts.append(f"loss {say_number(float(told['loss']))}")
    if told.get("cpu_seconds") is not None:
        parts.append(f"{say_seconds(float(told['cpu_seconds']))} CPU")
    elif told.get("seconds") is not None:
        parts.append(say_seconds(float(told["seconds"])))
    return ", ".join(parts)


def branches(scene: Scene) -> list[tuple[Row, int]]:
    """Every attempt with its depth, each right after its first parent."""
    children: dict[str, list[Row]] = {}
    for row in scene.rows.values():
        parent = row.parents[0] if row.parents else ""
        children.setdefault(parent if parent in scene.rows and parent != row.id else "", []).append(row)
    found: list[tuple[Row, int]] = []
    stack = [(row, 0) for row in reversed(children.get("", []))]
    while stack:
        row, depth = stack.pop()
        found.append((row, depth))
        stack += [(child, depth + 1) for child in reversed(children.get(row.id, []))]
    return found


def attempts(scene: Scene, tree: Sequence[tuple[Row, int]], room: int) -> list[Text]:
    """The tree in at most `room` lines; the best, those under way and the newest stay longest."""
    if not tree or room < 2:
        return []
    best, age = scene.best, {id: index for index, id in enumerate(scene.rows)}
    first = sorted((row for row, _ in tree), key=lambda row: (row is not best, row.done, -age[row.id]))
    left_out = len(tree) > room - 1
    kept = {row.id for row in (first[: max(1, room - 2)] if left_out else first)}
    ids = max(len(indent(depth)) + len(row.id) for row, depth in tree if row.id in kept)
    operators = max(len(row.operator) for row, _ in tree if row.id in kept)
    lines = [branch(row, depth, row is best, ids, operators) for row, depth in tree if row.id in kept]
    title = Text.assemble(("Attempts", "bold"))
    if scene.scale:
        title.append("   0 % is the start, 100 % the reference", "dim")
    more = len(tree) - len(lines)
    rest = [Text(f"  … and {say_count(more, 'earlier attempt')}", "dim")] if more and room > 2 else []
    return [title, *rest, *lines]


def indent(depth: int) -> str:
    return "" if not depth else "  " * (min(depth, DEEPEST) - 1) + "└ "


def branch(row: Row, depth: int, best: bool, ids: int, operators: int) -> Text:
    line = Text.assemble("  ", (indent(depth), "dim"), (row.id, "bold green" if best else "bold"))
    line.pad_right(2 + ids - line.cell_len)
    line.append(f"  {row.operator:<{operators}}  ")
    line.append(f"{row.status or 'under way':<9}", STATUS_STYLES.get(row.status, "cyan"))
    if row.metrics:
        line.append(f" {say_metrics(row.metrics)}")
    if row.share is not None:
        line.append(f", {say_share(row.share)}", "bold green" if best else "")
    if best:
        line.append("  best so far", "green")
    if row.status not in ("", "valid") and row.reason:
        line.append(f" {row.reason}", "dim")
    elif not row.metrics and row.plan:
        line.append(f" {row.plan}", "dim")
    return line


def curve(scene: Scene, width: int, height: int) -> list[Text]:
    """The loss as it falls; nothing where there is no room or nothing to draw."""
    series = scene.curves()
    if height < 5 or not any(series):
        return []
    title = Text.assemble(("Loss", "bold"), ("   ", ""), ("⠒ this training", "cyan"))
    if len(series) > 1 and series[1]:
        best = scene.best
        name = f"best so far, {best.id}" if best and f"attempt {best.id}" in scene.traces else "start files"
        title.append(f"   · {name}", "yellow")
    lines = [title]
    unit = next((name for key, name in ALONG if scene.progress.get(key) is not None), "")
    for row in plot(series, width, height - 1, unit):
        line = Text(row)
        line.highlight_regex(r"[⠀-⣿]+", "cyan")
        line.highlight_regex(r"·+", "yellow")
        lines.append(line)
    return lines


def budget(scene: Scene, width: int, now: float) -> list[Text]:
    """What is left; of what has no cap, what was used."""
    caps, minutes = scene.caps, scene.elapsed(now) / 60

    def left(key: str, used: float, say: Callable[[float], str], noun: str) -> str:
        cap = caps.get(key)
        if cap is None:
            return ""
        return f"{say(max(0.0, float(cap) - used))} of {say(float(cap))}{noun} left"

    parts = [
        left("attempts", len(scene.rows), lambda value: str(int(value)), " attempts")
        or say_count(len(scene.rows), "attempt"),
        left("minutes", minutes, say_minutes, " minutes") or "no time limit",
        left("tokens", scene.tokens, lambda value: f"{int(value):,}", " tokens")
        or (say_count(scene.tokens, "token") if scene.tokens else ""),
    ]
    if scene.demonstration:
        parts.append("nothing to pay")
    elif scene.dollars is None:
        parts.append("price unknown")
    else:
        spent = f"{say_dollars(scene.dollars)} spent"
        parts.append(left("dollars", scene.dollars, say_dollars, "") or spent)
    lines = flow([part for part in parts if part], max(20, width - len(MARGIN)))
    return [labelled("" if index else "Budget", Text(line)) for index, line in enumerate(lines)]


def say_minutes(minutes: float) -> str:
    return str(int(minutes)) if minutes == int(minutes) or minutes >= 10 else f"{minutes:.1f}"
