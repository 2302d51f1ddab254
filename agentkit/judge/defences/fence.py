"""Fences: untrusted text in a prompt, in a block that nothing in it can end.

A block begins and ends with a line that holds the fence's nonce, which the work cannot know; every line
between them begins with its number, so that none can pass for one of the two; the beginning says how many
characters there are; and should the nonce stand in the text all the same, it is written otherwise.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from agentkit.judge.defences.visible import in_one_line, visible

NUMBERED = re.compile(r"^ *\d+\| ?")
"""What stands before each line of a block."""
NONCE_BYTES = 12


@dataclass(frozen=True)
class Block:
    """What was shown. Lines count from `first_line`."""

    kind: str
    name: str
    text: str
    first_line: int = 1


@dataclass(frozen=True)
class Fence:
    """The blocks of one prompt. Where calls are to be repeated to the letter, the nonce is given."""

    nonce: str = field(default_factory=lambda: secrets.token_hex(NONCE_BYTES))

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-zA-Z]{8,}", self.nonce):
            raise ValueError(f"a fence's nonce is 8 letters and digits or more; this one is {self.nonce!r}")

    def wrap(self, kind: str, name: str, text: str, first_line: int = 1) -> str:
        """A block with each line numbered, so that a citation can be exact. `kind` is the program's word."""
        lines = self.clean(text).split("\n")
        width = len(str(first_line + len(lines) - 1))
        body = "\n".join(f"{number:{width}}| {line}" for number, line in enumerate(lines, first_line))
        head = (
            f'<<<{self.nonce} {kind} "{self.clean(in_one_line(name))}"'
            f" lines {first_line}-{first_line + len(lines) - 1}, {len(body)} characters>>>"
        )
        return f"{head}\n{body}\n<<<end {self.nonce}>>>"

    def clean(self, text: str) -> str:
        """As it stands within a block: what is hidden made visible, the nonce made useless."""
        text = visible(text)
        return re.sub(re.escape(self.nonce), "[nonce]", text, flags=re.IGNORECASE)

    def read(self, prompt: str) -> tuple[Block, ...]:
        """The blocks of a prompt, as a reader would find them who trusts nothing but the nonce."""
        found = []
        position = 0
        while match := self._head().search(prompt, position):
            size, first = int(match["size"]), int(match["first"])
            body = prompt[match.end() : match.end() + size]
            position = match.end() + size
            if not prompt.startswith(f"\n<<<end {self.nonce}>>>", position):
                raise ValueError(f"the block of {match['name']!r} does not end where its head says")
            text = "\n".join(NUMBERED.sub("", line, count=1) for line in body.split("\n"))
            found.append(Block(match["kind"], match["name"], text, first))
        return tuple(found)

    def _head(self) -> re.Pattern[str]:
        return re.compile(
            rf'^<<<{self.nonce} (?P<kind>[^"\n]*) "(?P<name>[^\n]*)"'
            r" lines (?P<first>\d+)-\d+, (?P<size>\d+) characters>>>\n",
            re.MULTILINE,
        )
