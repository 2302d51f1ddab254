"""The page of one attempt: plan, conversation, diff, outcome, lesson, in the order they came."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agentkit.cli.figures import printable, say_count, say_dollars, say_seconds, shorten
from agentkit.cli.sentences import STAGES, say_event, say_outcome
from agentkit.contracts.events import Event

if TYPE_CHECKING:
    from rich.console import Console

SHOWN = 12
"""Lines of one tool result, log or file that are shown where nobody asked for all."""


class Page:
    """Prints blocks of foreign text on a console: never as markup, never with control codes."""

    def __init__(self, console: Console, full: bool) -> None:
        self.console = console
        self.full = full

    def heading(self, text: str) -> None:
        self.console.print()
        self.line(text, "bold")

    def line(self, text: str, style: str = "") -> None:
        shown = printable(text.expandtabs(4))
        self.console.print(shown, style=style, markup=False, highlight=False, emoji=False)

    def block(self, text: str, style: str = "", indent: str = "  ", tail: bool = False) -> None:
        """Cut to its first lines, or with `tail` to its last, unless all was asked for."""
        lines = text.rstrip().splitlines()
        cut = 0 if self.full else max(0, len(lines) - SHOWN)
        shown = lines[cut:] if tail else lines[: len(lines) - cut]
        note = f"{indent}… {say_count(cut, 'line')} left out, --full shows them"
        if cut and tail:
            self.line(note, "dim")
        for line in shown:
            self.line(f"{indent}{line}", style)
        if cut and not tail:
            self.line(note, "dim")


def print_attempt(attempt: str, events: Sequence[Event], diff: str, console: Console, *, full: bool) -> None:
    """`events` are those of this attempt only, oldest first."""
    page = Page(console, full)
    for event in events:
        draw = DRAWN.get(event.kind)
        if draw is not None:
            draw(page, event)
        if event.kind == "coded" and diff.strip():
            print_diff(page, diff)
    finished = next((event.data for event in events if event.kind == "attempt"), None)
    if finished is None:
        page.heading(f"{attempt} is not finished.")


def print_diff(page: Page, diff: str) -> None:
    """The last state of the diff; after a repair within the attempt it holds that too."""
    page.heading("Diff against what it started from")
    styles = {"+": "green", "-": "red", "@": "cyan"}
    lines = diff.splitlines()
    shown = lines if page.full else lines[: 4 * SHOWN]
    for line in shown:
        page.line(f"  {line}", styles.get(line[:1], ""))
    if len(lines) > len(shown):
        page.line(f"  … {say_count(len(lines) - len(shown), 'more line')}, --full shows them", "dim")


def draw_selected(page: Page, event: Event) -> None:
    page.line(say_event(event).replace("begins", "made by"), "bold")


def draw_stage(page: Page, event: Event) -> None:
    stage = str(event.data.get("stage", ""))
    page.heading(STAGES.get(stage, stage).capitalize())


def draw_reply(page: Page, event: Event) -> None:
    """What the model wrote, and which tools it asked for."""
    message = event.data.get("message") or event.data
    usage = event.data.get("usage") or {}
    tokens = f"{usage.get('input_tokens', 0):,} tokens in, {usage.get('output_tokens', 0):,} out"
    took = say_seconds(float(event.data.get("seconds", 0.0)))
    page.line(f"  Model ({tokens}, {say_dollars(usage.get('dollars'))}, {took})", "dim")
    if text := str(message.get("text", "")).strip():
        page.block(text, indent="    ")
    for call in message.get("tool_calls") or ():
        page.line(f"    → {call.get('name', '?')}({say_arguments(call)})", "cyan")


def say_arguments(call: Mapping[str, Any]) -> str:
    if call.get("malformed"):
        return shorten(str(call["malformed"]), 300)
    arguments = call.get("arguments") or {}
    said = (f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in arguments.items())
    return ", ".join(shorten(each, 200) for each in said)


def draw_tool(page: Page, event: Event) -> None:
    result = event.data.get("result") or event.data
    ok = event.data.get("ok", True)
    page.line(f"    {say_event(event).partition(': ')[2]}", "" if ok else "red")
    if text := str(result.get("text", "")):
        page.block(text, "dim", "      ")


def draw_sentence(page: Page, event: Event) -> None:
    page.line(f"  {say_event(event).partition(': ')[2]}")


def draw_outcome(page: Page, event: Event) -> None:
    page.line(f"  {say_outcome(event.data)}", "bold")
    trust = (
        "measured by the harness" if event.data.get("trust") == "verified" else "only claimed by the script"
    )
    page.line(f"  Sandbox {event.data.get('isolation') or 'unknown'}; the figures are {trust}.")
    for flag in event.data.get("flags") or ():
        page.line(f"  Flag {flag.get('code', '?')}: {flag.get('evidence', '')}", "magenta")
    if log := str(event.data.get("log", "")).strip():
        page.line("  Log:", "dim")
        page.block(log, "dim", "    ", tail=True)


DRAWN = {
    "selected": draw_selected,
    "stage": draw_stage,
    "reply": draw_reply,
    "tool": draw_tool,
    "coded": draw_sentence,
    "outcome": draw_outcome,
    "measured": draw_sentence,
    "note": draw_sentence,
    "attempt": draw_sentence,
    "answer": draw_sentence,
}
"""What is drawn of each kind; a plan and a review are already in the replies they came from."""
