"""Blobs: bytes kept under the digest of their content."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


class Blobs:
    """A folder of `ab/cdef…` files named by sha256. Writing the same bytes twice costs one look-up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        path = self.path(digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            # A rename, so that a reader or a crash never meets half a blob.
            draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
            draft.write_bytes(data)
            draft.replace(path)
        return digest

    def get(self, digest: str) -> bytes:
        """KeyError if it was never put here."""
        try:
            return self.path(digest).read_bytes()
        except FileNotFoundError as error:
            raise KeyError(digest) from error

    def path(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest[2:]

    def __contains__(self, digest: str) -> bool:
        return self.path(digest).exists()
