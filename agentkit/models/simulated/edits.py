"""Known edits: what a simulated model can do to a task's files, from the `simulated.toml` beside the task.

    title = "Plain descent, and what makes it quicker"

    [[edit]]
    name = "momentum"
    says = "Keep a running mean of the gradients, and step along it."
    helps = true
    hints = ["pseudocode", "text", "paper"]     # levels that give it away
    slip = ["velocity[i]", "velocty[i]"]        # how it is miswritten
      [[edit.change]]
      path = "descent.py"
      old = '''
    old lines, which occur once where the edit fits
    '''
      new = '''
    new lines
    '''

An edit fits a version of the files if what it replaces is in them. So one edit can build on another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from agentkit.contracts.record import Record
from agentkit.source.edit_blocks import Edit, EditRefused, edited


def whole_lines(text: str) -> str:
    if text and not text.endswith("\n"):
        raise ValueError("whole lines: a text that ends with a line end")
    return text


Lines = Annotated[str, AfterValidator(whole_lines)]


class Change(Record):
    """[[edit.change]]: lines of one file that become others."""

    path: str = Field(min_length=1)
    old: Annotated[str, Field(min_length=1), AfterValidator(whole_lines)]
    new: Lines


class KnownEdit(Record):
    """[[edit]]"""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    says: str = Field(min_length=1)
    """What a plan says of it, as one sentence."""
    helps: bool
    weight: float = Field(default=1.0, gt=0)
    """How often it is thought of, beside the others that help, or beside those that do not."""
    hints: tuple[str, ...] = ()
    """Levels of the task's hints that give it away."""
    slip: tuple[str, str] | None = None
    """A piece of the new lines, and what is written instead where the edit is miswritten."""
    change: tuple[Change, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_slip(self) -> Self:
        if self.slip and not any(self.slip[0] in each.new for each in self.change):
            raise ValueError(f"a slip in the new lines; '{self.slip[0]}' is not in them")
        return self

    def blocks(self, slipped: bool = False) -> tuple[Edit, ...]:
        """Its changes; `slipped`: as they are miswritten."""
        found = [Edit(each.path, each.old, each.new) for each in self.change]
        if slipped:
            number, wrong = self._miswritten()
            found[number] = Edit(found[number].path, found[number].old, wrong)
        return tuple(found)

    def repair(self) -> tuple[Edit, ...]:
        """From its miswritten lines to the right ones; it fits only where they are."""
        number, wrong = self._miswritten()
        return (Edit(self.change[number].path, wrong, self.change[number].new),)

    def _miswritten(self) -> tuple[int, str]:
        assert self.slip is not None, "only what can be miswritten"
        right, wrong = self.slip
        number = next(number for number, each in enumerate(self.change) if right in each.new)
        return number, self.change[number].new.replace(right, wrong, 1)


class KnownEdits(Record):
    """simulated.toml"""

    title: str = Field(min_length=1)
    edit: tuple[KnownEdit, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [each.name for each in self.edit]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"a name of its own for each edit; '{twice}' is there twice")
        return self

    def named(self, name: str) -> KnownEdit | None:
        return next((each for each in self.edit if each.name == name), None)

    def fitting(self, files: Mapping[str, str]) -> tuple[KnownEdit, ...]:
        """Those that could be made in these files now."""
        return tuple(each for each in self.edit if applied(files, each.blocks()) is not None)

    def slipped(self, files: Mapping[str, str]) -> tuple[KnownEdit, ...]:
        """Those that are in these files as they are miswritten."""
        return tuple(
            each for each in self.edit if each.slip is not None and applied(files, each.repair()) is not None
        )

    def out_of_place(self, start: Mapping[str, str]) -> tuple[int, int] | None:
        """The first change, as (edit, change), of lines that neither the start has nor any edit leaves."""
        lines = {path: set(text.splitlines()) for path, text in start.items()}
        for each in (change for edit in self.edit for change in edit.change):
            lines.setdefault(each.path, set()).update(each.new.splitlines())
        for number, edit in enumerate(self.edit):
            for nth, change in enumerate(edit.change):
                if not lines[change.path].issuperset(change.old.splitlines()):
                    return number, nth
        return None


def applied(files: Mapping[str, str], blocks: Sequence[Edit]) -> dict[str, str] | None:
    """The files with all blocks applied in turn; None if one does not fit."""
    texts = dict(files)
    for number, block in enumerate(blocks, 1):
        try:
            texts[block.path] = edited(texts.get(block.path), block, number)
        except EditRefused:
            return None
    return texts
