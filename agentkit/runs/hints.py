"""Hints: the texts an agent is given before it starts, the task's or another source's, and the user's notes.

Read once, shown once in a prompt, in one order whatever the order they were asked for.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from agentkit.contracts.record import Record
from agentkit.contracts.task import HINT_LEVELS, OWN_HINTS, HintSource, Task
from agentkit.errors import AgentkitError, BadFile, BrokenPlugin, RunProblem, UnknownName, UsageError
from agentkit.journal.redaction import Redactor, secrets_in
from agentkit.runs.folder import RunFolder
from agentkit.settings import Settings

NONE = "none"
MOST_BYTES = 100_000
"""Of one hint, and of all notes together: every prompt that plans carries them."""
NOTES = "notes (--notes)"


class HintPart(Record):
    """One text with what it is called."""

    kind: Literal["hint", "notes"]
    name: str
    """The level, or the name of the user's file."""
    file: str
    """Where it was read."""
    text: str
    """As it is shown."""

    @property
    def digest(self) -> str:
        return digest_of(self.text)

    @property
    def heading(self) -> str:
        return f"{'Hint' if self.kind == 'hint' else 'Notes'}: {self.name}"


class Hints(Record):
    """All that one run's agent is given."""

    source: str = OWN_HINTS
    parts: tuple[HintPart, ...] = ()

    @property
    def text(self) -> str:
        """As it stands in a prompt: each part under its heading, unchanged. Empty: there is none."""
        return "\n\n".join(f"## {part.heading}\n\n{part.text}" for part in self.parts)

    @property
    def levels(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.parts if part.kind == "hint")

    @property
    def notes(self) -> tuple[HintPart, ...]:
        return tuple(part for part in self.parts if part.kind == "notes")

    def told(self) -> dict[str, Any]:
        """For the manifest: every text by its sha256, which is empty where nothing is shown."""
        return {
            "source": self.source,
            "sha256": digest_of(self.text) if self.parts else "",
            "parts": [
                {**part.model_dump(mode="json", exclude={"text"}), "sha256": part.digest}
                for part in self.parts
            ],
        }


def read_hints(task: Task, settings: Settings, notes: Sequence[HintPart]) -> Hints:
    """The levels that the settings ask for, and the notes after them.

    Raises UnknownName for a source or a level that the task does not have, UsageError for `none` beside
    another, BadFile for a text that is missing, empty, too long or no UTF-8.
    """
    source = settings.hint_source
    if source != OWN_HINTS and source not in task.hint_sources:
        sources = (OWN_HINTS, *task.hint_sources)
        raise UnknownName("hint source", source, sources, [task.reference], f"--hint-source {OWN_HINTS}")
    known = in_order(task.hints if source == OWN_HINTS else task.hint_sources[source].levels)
    levels = choose_levels(settings.hints, known, task)
    files = {level: hint_file(task, source, level, settings.hint_folder) for level in levels}
    parts = [
        HintPart(
            kind="hint",
            name=level,
            file=str(file),
            text=read_whole(file, MOST_BYTES, f"the hint {level} of {task.reference}"),
        )
        for level, file in files.items()
    ]
    return Hints(source=source, parts=(*parts, *notes))


def in_order(levels: Iterable[str]) -> tuple[str, ...]:
    """The usual ones first, then the task's own as its table has them."""
    levels = tuple(levels)
    usual = tuple(level for level in HINT_LEVELS if level in levels)
    return (*usual, *(level for level in levels if level not in usual))


def choose_levels(asked: Iterable[str], known: Sequence[str], task: Task) -> tuple[str, ...]:
    """`("paper+text", "text")` to `("text", "paper")`."""
    words = [word.strip() for each in asked for word in each.split("+")]
    if set(words) == {NONE}:
        return ()
    example = f"--hints {'+'.join(known[:2])}, or {NONE}" if known else f"--hints {NONE}"
    if NONE in words:
        raise UsageError(
            f"The hint level {NONE} goes with no other.", f"Found: {'+'.join(words)}", f"Next: {example}"
        )
    for word in words:
        if word in known:
            continue
        if word in task.hint_sources:
            raise UsageError(
                f"{word} is a hint source; a level says which of its texts.",
                f"Next: --hint-source {word} --hints {known[0] if known else NONE}",
            )
        if not known:
            raise UsageError(
                f"{task.reference} has no hints of its own, so there is no '{word}'.",
                "Next: --notes FILE, with a text of yours; or leave --hints out",
            )
        raise UnknownName("hint level", word, known, [task.reference], example)
    return tuple(level for level in known if level in words)


def hint_file(task: Task, source: str, level: str, folder: Path | None) -> Path:
    if source == OWN_HINTS:
        return task.hints[level]
    found: HintSource = task.hint_sources[source]
    try:
        return found.file(level, folder)
    except AgentkitError:
        raise
    except Exception as error:
        raise BrokenPlugin(
            f"The hint source '{source}' of {task.reference} failed at file('{level}', {folder}): "
            f"{type(error).__name__}: {error}"
        ) from error


def read_notes(files: Iterable[Path], environ: Mapping[str, str]) -> tuple[HintPart, ...]:
    """The user's own, in the order given, without the secrets of `environ`. Raises BadFile as for hints."""
    clean = Redactor(secrets_in(environ)).plain
    parts: list[HintPart] = []
    left = MOST_BYTES
    for file in dict.fromkeys(files):
        text = clean(read_whole(file, left, NOTES))
        left -= len(text.encode())
        # A name is bytes to the system; in a prompt it is one line of text.
        name = " ".join(os.fsencode(file.name).decode(errors="replace").split())
        parts.append(HintPart(kind="notes", name=name, file=str(file), text=text))
    return tuple(parts)


def read_whole(path: Path, left: int, what: str) -> str:
    """A text as it is shown: UTF-8, without a byte order mark, carriage returns and outer blank lines."""
    told = f"It is to be {what}."
    try:
        if not path.is_file():
            found = "something that is no plain file" if path.exists() else "no such file"
            raise BadFile(path, "", "a text file", found, told)
        with path.open("rb") as file:
            data = file.read(left + 1)
        if len(data) > left:
            others = "" if left == MOST_BYTES else f", as all notes together have {MOST_BYTES:,}"
            size = f"{path.stat().st_size:,} bytes"
            raise BadFile(path, "", f"at most {left:,} bytes{others}", size, told)
        text = data.decode("utf-8-sig").replace("\r\n", "\n").rstrip().lstrip("\n")
    except OSError as error:
        raise BadFile(path, "", "a text file", error.strerror or str(error), told) from error
    except UnicodeDecodeError as error:
        raise BadFile(path, "", "UTF-8 text", f"byte {error.start} is no UTF-8", told) from error
    if not text:
        raise BadFile(path, "", "a text", "an empty file", told)
    return text


def keep_notes(hints: Hints, folder: RunFolder) -> None:
    """Into the run, so that it can go on when the user's files have changed."""
    for part in hints.notes:
        folder.blobs.put(part.text.encode())


def recorded_notes(folder: RunFolder) -> tuple[HintPart, ...]:
    """The notes a run was given, as they were then."""
    parts = folder.manifest.get("hint_text", {}).get("parts", ())
    return tuple(recorded_note(folder, part) for part in parts if part["kind"] == "notes")


def recorded_note(folder: RunFolder, part: Mapping[str, str]) -> HintPart:
    try:
        text = folder.blobs.get(part["sha256"]).decode()
    except KeyError:
        # Killed before its first event: the file itself will do, if it is still the same.
        text = read_whole(Path(part["file"]), MOST_BYTES, NOTES)
        if digest_of(text) != part["sha256"]:
            raise RunProblem(
                f"The notes of {folder.name} are not kept in it, and {part['file']} has changed since.",
                "Next: begin a new run with `agentkit solve`",
            ) from None
    return HintPart(kind="notes", name=part["name"], file=part["file"], text=text)


def say_changed(manifest: Mapping[str, Any], hints: Hints) -> str:
    """What a resumed run says where its hints are not those it began with; empty: they are."""
    then = manifest.get("hint_text")
    now = hints.told()
    if then is None or then["sha256"] == now["sha256"]:
        return ""
    before, after = ({part["name"]: part["sha256"] for part in each["parts"]} for each in (then, now))
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        f"The hints have changed since this run began ({', '.join(names) or 'their headings'}): "
        "what is asked from now on is asked with the new text."
    )


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
