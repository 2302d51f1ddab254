"""The `edit` coder: one reply of search/replace blocks or whole files, for models without tool calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from agentkit.contracts.locked import LockedRegions
from agentkit.contracts.messages import Message
from agentkit.errors import AttemptSpent
from agentkit.search.ask import ask
from agentkit.search.coder_tools import Coded
from agentkit.search.context import AttemptWork
from agentkit.search.conversation import Conversation
from agentkit.source.edit_blocks import Edit, EditRefused, edited, read_edits
from agentkit.source.locked_regions import require_unlocked
from agentkit.source.paths import Refused, locate, require_editable

ROUNDS = 3
"""Replies a model may use to get its edits to apply."""


def apply_edits(
    folder: Path, edits: Sequence[Edit], editable: Sequence[str], regions: Mapping[str, LockedRegions]
) -> None:
    """All of them or none. Raises EditRefused, naming the first block that does not fit."""
    texts: dict[Path, str] = {}
    before: dict[Path, str | None] = {}
    for number, edit in enumerate(edits, 1):
        path = _inside(folder, edit.path, editable, number)
        text = texts.get(path)
        if text is None and path.is_file():
            text = path.read_text(encoding="utf-8", errors="surrogateescape")
        before.setdefault(path, text)
        texts[path] = edited(text, edit, number)
    for path, text in texts.items():
        try:
            require_unlocked(path.relative_to(folder.resolve()).as_posix(), before[path], text, regions)
        except Refused as refusal:
            raise EditRefused(str(refusal)) from refusal
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="surrogateescape")


def _inside(folder: Path, name: str, editable: Sequence[str], number: int) -> Path:
    try:
        place = locate(folder, name)
        require_editable(place, editable)
    except Refused as refusal:
        raise EditRefused(f"Block {number}: {refusal}") from refusal
    return place.path


class EditCoder:
    """Asks for edits, applies them all at once, and says what did not fit, up to ROUNDS times."""

    def __init__(self, work: AttemptWork, folder: Path, conversation: Conversation) -> None:
        self.work = work
        self.folder = folder
        self.conversation = conversation

    async def run(self, first_index: int = 0) -> Coded:
        task = self.work.run.task
        note = ""
        for turn in range(ROUNDS):
            try:
                reply = await ask(self.work, "code", first_index + turn, self.conversation)
            except AttemptSpent as spent:
                return Coded(turn, False, spent.message)
            edits = read_edits(reply.message.text)
            try:
                if not edits:
                    raise EditRefused("There is no edit block in your answer. Use one of the two forms.")
                apply_edits(self.folder, edits, task.editable, task.locked_regions)
            except EditRefused as refusal:
                note = str(refusal)
                self.conversation.add(Message(role="user", text=f"{note}\nNothing was changed. Try again."))
                continue
            return Coded(turn + 1, True)
        return Coded(ROUNDS, False, note)
