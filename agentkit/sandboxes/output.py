"""A command's output, cut for a reader: its head, lines that look like errors, and its tail.

Memory is bounded whatever is fed; the result does not depend on how the bytes were split.
"""

from __future__ import annotations

import re

HEAD_BYTES = 8 * 1024
TAIL_BYTES = 12 * 1024
ERROR_LINES = 40
LINE_BYTES = 400
"""How much of one error line is kept."""
LOOK_BYTES = 4096
"""How far into a line an error word is looked for."""
SCAN_BYTES = 256 * 1024 * 1024
"""After this much of a flood the middle is counted and no longer searched."""

# The first is quick and finds too much; only what it finds is split into lines for the second.
MAYBE = re.compile(rb"error|warning|traceback|assert|failed|spill|nan", re.IGNORECASE)
ERROR = re.compile(rb"error|warning|traceback|assert|failed|spill|\bnan\b", re.IGNORECASE)

ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and cursor movement
    r"|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # window titles, links
    r"|\x1b[PX^_][^\x1b\n]*(?:\x1b\\)?"  # device strings
    r"|\x1b[ -/]*[0-~]"
)
# C0 and C1 controls except tab and newline, line separators, zero-width and direction marks, lone surrogates.
CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def clean(data: bytes) -> str:
    """Text without control codes. Of a line redrawn with `\\r` the last state; bad UTF-8 as U+FFFD."""
    text = ESCAPES.sub("", data.decode("utf-8", errors="replace"))
    # Not by a pattern: one that looks for the last `\r` takes the square of a long line's length.
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return CONTROLS.sub("", "\n".join(lines))


class OutputCut:
    """Feed it bytes as they come, then ask once for the text."""

    def __init__(
        self, head_bytes: int = HEAD_BYTES, tail_bytes: int = TAIL_BYTES, error_lines: int = ERROR_LINES
    ) -> None:
        self.head_bytes = head_bytes
        self.tail_bytes = tail_bytes
        self.total = 0
        """Bytes fed so far."""
        self._head = bytearray()
        self._tail = bytearray()
        self._middle = MiddleScan(error_lines)
        self._cut = False

    def feed(self, data: bytes) -> None:
        room = max(0, self.head_bytes - self.total)
        self.total += len(data)
        if room:
            self._head += data[:room]
            data = data[room:]
        self._tail += data
        # Twice the size before the cut, so that small pieces do not shift the buffer each time.
        if len(self._tail) > 2 * self.tail_bytes:
            self._let_go()

    def _let_go(self) -> None:
        if not self._cut:
            self._cut = True
            head, opening = split_after_last_line(bytes(self._head))
            self._head = bytearray(head)
            self._middle.feed(opening)
        count = len(self._tail) - self.tail_bytes
        self._middle.feed(bytes(self._tail[:count]))
        del self._tail[:count]

    @property
    def truncated_from(self) -> int | None:
        """Length of all that was fed, if the text leaves some of it out."""
        return self.total if self.total > self.head_bytes + self.tail_bytes else None

    def finish(self) -> str:
        if self.truncated_from is None:
            return clean(bytes(self._head + self._tail))
        self._let_go()
        closing, tail = split_after_first_line(bytes(self._tail))
        self._middle.feed(closing)
        self._middle.finish()
        errors = self._middle.errors
        shown = f"; {len(errors)} that look like errors follow" if errors else ""
        note = f"[… {self._middle.lines:,} lines, {self._middle.size:,} bytes left out{shown} …]"
        parts = [clean(bytes(self._head)).removesuffix("\n"), note]
        if errors:
            parts += [clean(b"\n".join(errors)), "[… the end of the output …]"]
        return "\n".join([*(part for part in parts if part), clean(tail)])


class MiddleScan:
    """What is left out: counted, and searched for error lines."""

    def __init__(self, error_lines: int) -> None:
        self.error_lines = error_lines
        self.errors: list[bytes] = []
        self.lines = 0
        self.size = 0
        self._line = b""
        """The opening of the line that has not ended yet."""

    def feed(self, data: bytes) -> None:
        self.size += len(data)
        self.lines += data.count(b"\n")
        if len(self.errors) >= self.error_lines or self.size > SCAN_BYTES:
            return
        last = data.rfind(b"\n")
        if last < 0:
            self._line += data[: max(0, LOOK_BYTES - len(self._line))]
            return
        whole = self._line + data[:last]
        self._line = data[last + 1 :][:LOOK_BYTES]
        if MAYBE.search(whole):
            self._search(whole)

    def finish(self) -> None:
        """Search the line that never ended."""
        self._search(self._line)
        self._line = b""

    def _search(self, whole: bytes) -> None:
        for line in whole.split(b"\n"):
            if len(self.errors) >= self.error_lines:
                return
            found = ERROR.search(line[:LOOK_BYTES])
            if found:
                self.errors.append(around(line[:LOOK_BYTES], found.start()))


def around(line: bytes, position: int) -> bytes:
    """At most LINE_BYTES of a line, with what was found in it."""
    if len(line) <= LINE_BYTES:
        return line
    start = max(0, min(position - LINE_BYTES // 2, len(line) - LINE_BYTES))
    return line[start : start + LINE_BYTES]


def split_after_last_line(data: bytes) -> tuple[bytes, bytes]:
    """Whole lines, and the rest; without a line end all of it is the first part."""
    end = data.rfind(b"\n") + 1
    return (data[:end], data[end:]) if end else (data, b"")


def split_after_first_line(data: bytes) -> tuple[bytes, bytes]:
    """The rest of a line, and whole lines; without a line end all of it is the second part."""
    end = data.find(b"\n") + 1
    return (data[:end], data[end:]) if end else (b"", data)
