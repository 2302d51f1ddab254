"""Text files: read as a model sees them, written so that nothing else about them changes."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from dataclasses import dataclass

from agentkit.source.paths import Place, Refused

LARGEST = 64 * 1024 * 1024
"""Bytes; a larger file is not read whole."""
LOOK_BYTES = 8192


@dataclass(frozen=True)
class TextFile:
    """A file's text with `\\n` line ends. Bytes that are no UTF-8 are kept as lone surrogates."""

    text: str
    newline: str = "\n"

    def with_its_line_ends(self, text: str) -> str:
        """A text to put into it or to look for in it: `\\r\\n` is a line end where the file's are."""
        return text if self.newline == "\n" else text.replace("\r\n", "\n")

    def encode(self, text: str) -> bytes:
        """Another text in the same newline style. Refused if it cannot be UTF-8."""
        text = self.with_its_line_ends(text).replace("\n", self.newline)
        try:
            return text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise Refused(f"The text holds a character that is no Unicode: {text[error.start]!r}.") from error


def decode(data: bytes) -> TextFile:
    """Line ends are only rewritten where every one of them is `\\r\\n`; a mixed file stays as it is."""
    text = data.decode("utf-8", "surrogateescape")
    ends = text.count("\r\n")
    if ends and ends == text.count("\n") == text.count("\r"):
        return TextFile(text.replace("\r\n", "\n"), "\r\n")
    return TextFile(text)


def read_bytes(place: Place) -> bytes:
    """Refused where there is no regular file, or a very large one."""
    try:
        state = place.path.stat()
        if stat.S_ISDIR(state.st_mode):
            raise Refused(f"{place.name} is a folder.")
        if not stat.S_ISREG(state.st_mode):
            raise Refused(f"{place.name} is no regular file.")
        if state.st_size > LARGEST:
            raise Refused(
                f"{place.name} has {state.st_size:,} bytes, too many to read here; use search, head or tail."
            )
        return place.path.read_bytes()
    except OSError as error:
        reason = (
            "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        )
        raise Refused(f"{place.name} {reason}.") from error


def read_text(place: Place) -> TextFile:
    """Refused for a binary file too."""
    data = read_bytes(place)
    if is_binary(data):
        raise Refused(f"{place.name} is a binary file of {len(data):,} bytes; look at it with a command.")
    return decode(data)


def is_binary(data: bytes) -> bool:
    return b"\0" in data[:LOOK_BYTES]


def write_bytes(place: Place, data: bytes) -> None:
    """All or nothing; an existing file keeps its mode. Missing folders are made."""
    draft = place.path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        place.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(file.fileno(), stat.S_IMODE(place.path.stat().st_mode))
        draft.replace(place.path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise Refused(f"{place.name} cannot be written: {error.strerror}.") from error
