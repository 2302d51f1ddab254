"""The process's own output, behind a last net: what is printed by whomever holds no key."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from agentkit.journal.redaction import Redactor, secrets_in


class RedactedStream:
    """A text stream; each piece written is redacted on its own, at once. The rest is the stream's."""

    def __init__(self, stream: TextIO, redactor: Redactor) -> None:
        self._stream = stream
        self._redactor = redactor

    def write(self, text: str) -> int:
        self._stream.write(self._redactor(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __iter__(self) -> Iterator[str]:
        return iter(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def redacted_output(environ: Mapping[str, str]) -> Iterator[None]:
    """stdout and stderr without the secrets of the environment, until the block ends."""
    redactor = Redactor(secrets_in(environ))
    with (
        contextlib.redirect_stdout(RedactedStream(sys.stdout, redactor)),
        contextlib.redirect_stderr(RedactedStream(sys.stderr, redactor)),
    ):
        yield
