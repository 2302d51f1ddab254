"""Edits: how the editor changes one file, what it refuses to do to it, and what it can take back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from agentkit.contracts.tool import ToolContext, ToolResult
from agentkit.source.excerpt import printable
from agentkit.source.locked_regions import require_unlocked
from agentkit.source.paths import Place, Refused
from agentkit.source.refusals import broken
from agentkit.source.syntax import SyntaxFault, first_syntax_error, is_worse
from agentkit.source.textfile import TextFile, decode, is_binary, read_bytes, write_bytes
from agentkit.source.view import lines_of, snippet

UNDO_STEPS = 50
"""Kept for each file."""
STRICT = (".py", ".pyi")
"""Where a mistake is one: Python itself says so."""
UNSURE = "Mend the syntax before you compile it, unless a macro has led the parser astray."


@dataclass(frozen=True)
class UndoStep:
    """A file before an edit (None: it was not there), and the digest of what the edit left."""

    before: bytes | None
    after: str


@dataclass(frozen=True)
class Subject:
    """The file that an edit is about. `before` None: it is not there yet."""

    place: Place
    before: bytes | None
    file: TextFile
    """Its text, and the line ends of what is written."""

    @property
    def text(self) -> str | None:
        return None if self.before is None else self.file.text


@dataclass(frozen=True)
class Warned:
    """A mistake in the syntax of what was written: what a model is told of it, and what it might do."""

    text: str = ""
    hint: str = ""


def change(
    context: ToolContext, subject: Subject, new: str, changed: tuple[int, int], said: str
) -> ToolResult:
    """Write the new text unless that is refused. `changed`: first and last of its lines that are new."""
    place = subject.place
    after = require_change(subject, new)
    require_unlocked(place.name, subject.text, new, context.locked_regions)
    warned = require_unbroken(subject, new, changed)
    write_bytes(place, after)
    steps = undo_steps(context, place.name)
    steps.append(UndoStep(subject.before, digest_of(after)))
    del steps[:-UNDO_STEPS]
    parts = [said, printable(warned.text), snippet(new, *changed)]
    return ToolResult(
        ok=True,
        summary=said,
        text="\n".join(filter(None, parts)),
        data={"path": place.name, "first": changed[0], "last": changed[1], "lines": len(lines_of(new))},
        next_hint=warned.hint,
    )


def require_change(subject: Subject, new: str) -> bytes:
    """The new file. Refused where it is the old one."""
    after = subject.file.encode(new)
    if after == subject.before:
        raise Refused(f"That would change nothing: {subject.place.name} already reads so.")
    return after


def require_unbroken(subject: Subject, new: str, changed: tuple[int, int]) -> Warned:
    """Refused for a mistake that the edit brings into Python; what may stay is warned of."""
    name = subject.place.name
    fault = first_syntax_error(new, name)
    if fault is None:
        return Warned()
    had = first_syntax_error(subject.file.text, name) if subject.before is not None else None
    worse = is_worse(had, fault)
    if subject.place.path.suffix in STRICT:
        if worse:
            raise Refused(broken(name, subject.text, new, fault, changed[0]))
        return Warned(f"The file does not parse: {fault}.", "Mend the syntax before you run it.")
    return Warned(seems_broken(had, fault, new, changed), UNSURE) if worse else Warned()


def seems_broken(had: SyntaxFault | None, fault: SyntaxFault, new: str, changed: tuple[int, int]) -> str:
    """The same as of Python, where only a parser says so."""
    if had is not None:
        return f"The parser is lost in {fault.count} places, {had.count} before the edit; first at {fault}."
    text = f"The edit is made and seems to break the syntax: the file does not parse at {fault}."
    inside = changed[0] <= fault.line <= changed[1]
    return text if inside else f"{text}\n{snippet(new, fault.line, fault.line)}\nThe edit:"


def open_subject(place: Place) -> Subject:
    before = read_bytes(place)
    if is_binary(before):
        raise Refused(f"{place.name} is a binary file; it cannot be edited as text.")
    return Subject(place, before, decode(before))


def undo_steps(context: ToolContext, name: str) -> list[UndoStep]:
    by_file: dict[str, list[UndoStep]] = context.state.setdefault("editor", {})
    return by_file.setdefault(name, [])


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
