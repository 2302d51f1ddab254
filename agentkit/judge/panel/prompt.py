"""What a judge is shown: first what all leaves over the same files share to the byte, then the criterion.

A provider keeps the shared part and charges little for it again. It ends with a turn of the judge's own, so
that what the work says is one message, what the program asks another, and a provider that keeps only what is
marked keeps exactly that part.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from agentkit.contracts.messages import Message
from agentkit.contracts.rubric import Citation
from agentkit.judge.defences.fence import Fence
from agentkit.judge.panel.question import Question, View
from agentkit.judge.panel.reply import SCHEMA
from agentkit.judge.retrieval import FileSet, Part
from agentkit.judge.snapshot import Snapshot

FOLDER = Path(__file__).with_name("prompts")
MOST_LISTED = 2_000
KEPT_OPENINGS = 16
"""Shared parts that are kept; each is as long as the files in it."""
KEPT_BLOCKS = 256
"""Files in their blocks that are kept: leaves share many, even where they do not share all."""


@dataclass(frozen=True)
class Opening:
    """The shared part of a prompt. `digest` does not depend on the nonce."""

    messages: tuple[Message, ...]
    digest: str


@cache
def prompt_text(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def fill(name: str, **values: str) -> str:
    """A prompt with its places filled, in one pass: a value is never searched for places."""
    return Template(prompt_text(name)).substitute(values).strip() + "\n"


class Prompting:
    """The prompts of one judging. Undefended, files stand between marks that anybody can write."""

    def __init__(self, nonce: str, task: str = "", errata: Sequence[str] = (), defended: bool = True) -> None:
        self.nonce, self.task, self.errata = nonce, task, tuple(errata)
        self.fence = Fence(nonce) if defended else None
        system = fill("system", nonce=nonce)
        self._system = Message(role="system", text=system)
        self._read = Message(role="assistant", text=prompt_text("read").strip())
        self.version = self.digest(system, self._read.text, json.dumps(SCHEMA))
        """Of the texts that no work and no rubric has a part in."""
        self._openings: OrderedDict[tuple[str, str], Opening] = OrderedDict()
        self._blocks: OrderedDict[tuple[str, Part], str] = OrderedDict()

    def digest(self, *texts: str) -> str:
        """The nonce left out, so that it is the same in a judging that has another."""
        hashed = hashlib.sha256()
        for text in texts:
            hashed.update(text.replace(self.nonce, "").encode("utf-8", errors="surrogatepass") + b"\0")
        return hashed.hexdigest()[:32]

    def opening(self, view: View) -> Opening:
        """The same object for the same files."""
        known = self._openings.get(view.key)
        if known is not None:
            self._openings.move_to_end(view.key)
            return known
        work = fill(
            "work",
            task=self.task.strip()
            or "(The task's own text is not at hand; the criteria say what was asked.)",
            errata=self._corrections(),
            files=self._files(view) or "(none)",
            listing=self._listing(view.snapshot),
        )
        made = Opening((self._system, Message(role="user", text=work), self._read), self.digest(work))
        self._openings[view.key] = made
        if len(self._openings) > KEPT_OPENINGS:
            self._openings.popitem(last=False)
        return made

    def _corrections(self) -> str:
        lines = "".join(f"- {each}\n" for each in self.errata)
        return f"Corrections to it:\n\n{lines}\n" if lines else ""

    def criterion(self, question: Question) -> Message:
        leaf = question.leaf
        above = "".join(f"{'  ' * depth}{each.text}\n" for depth, each in enumerate(question.ancestors))
        text = fill(
            "criterion",
            ancestors=f"It is part of:\n\n{above}\n" if above else "",
            text=leaf.text,
            leaf=leaf.id,
            nonce=self.nonce,
            kind=leaf.kind or "any",
            scale="0 or 1" if leaf.points is None else f"from 0 to {leaf.points:g} marks",
        )
        return Message(role="user", text=text)

    def reask(self, faulty: Sequence[Citation], missing: str) -> Message:
        """Names each citation that does not hold and why, and what the score still needs."""
        faults = [f"- {said(each)}: {each.status}. {each.reason}".rstrip() for each in faulty]
        text = fill("reask", faults="\n".join(faults) or "- Nothing else was cited.", missing=missing)
        return Message(role="user", text=text)

    def _files(self, view: View) -> str:
        if self.fence is not None:
            return "\n".join(self._block(view, part) for part in view.files.parts)
        texts = [
            f"--- {part.path} ---\n"
            + "\n".join(view.snapshot.files[part.path].lines[part.first_line - 1 : part.last_line])
            for part in view.files.parts
        ]
        return "\n".join(texts)

    def _block(self, view: View, part: Part) -> str:
        assert self.fence is not None
        key = (view.snapshot.digest, part)
        if key not in self._blocks:
            self._blocks[key] = FileSet((part,)).show(view.snapshot, self.fence)
        self._blocks.move_to_end(key)
        if len(self._blocks) > KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return self._blocks[key]

    def _listing(self, snapshot: Snapshot) -> str:
        lines = [f"{path} ({file.size} bytes)" for path, file in list(snapshot.files.items())[:MOST_LISTED]]
        if len(snapshot.files) > MOST_LISTED:
            lines.append(f"… and {len(snapshot.files) - MOST_LISTED} more")
        text = "\n".join(lines) or "(The work has no files.)"
        return text if self.fence is None else self.fence.wrap("list", "all files", text)


def said(citation: Citation) -> str:
    """A citation in one line, for the judge that made it."""
    if citation.pattern or citation.globs:
        return f"nothing in {', '.join(citation.globs)} matches {citation.pattern!r}"
    lines = f"{citation.first_line}-{citation.last_line}"
    return f"{citation.path!r} lines {lines}, {citation.quote[:200]!r}"
