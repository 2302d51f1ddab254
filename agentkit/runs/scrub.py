"""Scrubbing: files that tools and commands wrote below a run folder, cleaned of secrets afterwards.

Blobs are not touched: their name is the digest of their content. No key gets into a snapshot by us, as
commands run without the host's environment and a model's reply is redacted before it is acted on; but in
the `local` sandbox a command can read what you can read, so `find_in` tells whether one did.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from agentkit.contracts.events import Event
from agentkit.errors import RunProblem
from agentkit.journal.redaction import Redactor

PIECE = 1 << 20
"""Characters read at once."""


class Cleaner:
    """An observer that scrubs what an attempt left behind when it ends, and all of it when the run ends."""

    def __init__(self, run: Path, redactor: Redactor, fault: Callable[[BaseException], None]) -> None:
        self._run = run
        self._redactor = redactor
        self._fault = fault

    def __call__(self, event: Event) -> None:
        if event.kind == "attempt":
            self._scrub(self._run / "attempts" / event.attempt)

    def finish(self) -> None:
        """Also for what a killed process left; then look whether a secret lies where nothing is rewritten."""
        for name in ("attempts", "answer.patch", "journal.torn"):
            self._scrub(self._run / name)
        for path in find_in(self._run / "blobs", self._redactor):
            self._fault(
                RunProblem(
                    f"A command put a secret into a snapshot: {path.relative_to(self._run)}.",
                    "It is not rewritten, as its name is the digest of its content.",
                    "Next: change that key, keep this run folder to yourself, and use --sandbox bubblewrap",
                )
            )

    def _scrub(self, folder: Path) -> None:
        try:
            scrub(folder, self._redactor)
        except OSError as error:  # a full disk: the run is worth more, and its log says what happened
            self._fault(error)


def scrub(folder: Path, redactor: Redactor) -> list[Path]:
    """Rewrite the files below `folder` in which there is a secret; which they were.

    Only those are rewritten, by a rename. Any bytes that are no UTF-8 stay as they are. Links are not
    followed. Raises OSError where a file that has to be rewritten cannot be.
    """
    found = find_in(folder, redactor)
    for path in found:
        draft = path.with_name(f".{path.name}.{os.getpid()}.scrub")
        try:
            with draft.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                file.writelines(redactor.stream(pieces(path)))
            shutil.copymode(path, draft)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    return found


def find_in(folder: Path, redactor: Redactor) -> list[Path]:
    """The files below `folder` (or itself) that hold a secret."""
    files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    return [path for path in files if path.is_file() and not path.is_symlink() and holds(path, redactor)]


def holds(path: Path, redactor: Redactor) -> bool:
    """Looks at overlapping pieces, so that no secret lies between two. A file that vanishes holds none."""
    before = ""
    try:
        for piece in pieces(path):
            if redactor.finds(before + piece):
                return True
            before = piece[-redactor.carry :]
    except (FileNotFoundError, PermissionError):
        return False
    return False


def pieces(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        while piece := file.read(PIECE):
            yield piece
