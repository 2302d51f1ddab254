"""Table: what `local` does not stop, from the catalogue, as the page docs/escapes.md.

`python -m tests.escapes.table` writes the page again. That the catalogue is right is what the suite shows.
"""

from __future__ import annotations

from pathlib import Path

from tests.escapes.attack import Attack
from tests.escapes.catalogue.everything import CATALOGUE, EVERY

WHEN = {"open to root": " (as root)", "open without control groups": " (without control groups)"}
PAGE = Path(__file__).parents[2] / "docs" / "escapes.md"
OPENING = """# Ways out of a sandbox, and what `local` does not stop

The suite in `tests/escapes/` tries {count} ways to get out. The host looks for itself whether one did: at its
files, its servers' logs, its processes; an attack's own word counts for {by_word} calls that leave no trace.
Each is also tried with its one defence taken away, and must get out then (these are the proofs; `make proofs`
runs them). `docker` and `bubblewrap` are to hold all of them, or to refuse a task that needs what they lack.

`local` has no walls. It stops {stopped} of them: what is handed down to a command, its limits and its
leftovers, and what is done with care afterwards. It does not stop the others:

| | way out | wall |
|---|---|---|
"""
CLOSING = """
"as root": only if agentkit itself runs as root. "without control groups": where agentkit may not make any.
Limits that `local` holds may be held by watching alone (see [sandboxes.md](sandboxes.md)). {not_tried}

This page is written by `python -m tests.escapes.table`.
"""


def page() -> str:
    stopped = [each for each in EVERY if each.local == "stopped"]
    apart = [each for each in EVERY if each.local == "not tried"]
    words = f"Not tried in `local`, since it would change this machine: {titles(apart)}." if apart else ""
    text = OPENING.format(count=len(EVERY), by_word=sum(each.by_word for each in EVERY), stopped=len(stopped))
    for family, attacks in CATALOGUE.items():
        text += "".join(row(family, each) for each in attacks if each.local.startswith("open"))
    return text + CLOSING.format(not_tried=words)


def row(family: str, attack: Attack) -> str:
    when = WHEN.get(attack.local, "")
    wall = f"`{attack.wall}`" if attack.wall else "-"
    return f"| {family} | {attack.title}{when} | {wall} |\n"


def titles(attacks: list[Attack]) -> str:
    return ", ".join(each.title[0].lower() + each.title[1:] for each in attacks)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE}: {len(EVERY)} attacks")
    for name, attacks in CATALOGUE.items():
        print(f"{len(attacks):4} {name}")
