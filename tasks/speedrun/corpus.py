"""The text of the pocket tier: the standard library of the running Python, split into train and held-out.

Nothing is downloaded and every CPython >= 3.11 has it.  The text differs between Python versions, so a target
loss belongs to one `Corpus.digest`.

A held-out file is bound over with an empty one while a candidate runs, so only modules that neither Python
nor torch nor a training script imports may be held out: `SPARE` names them, a hash decides among them.
"""

import hashlib
import platform
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SEPARATOR = b"\0"
"""Between two files; it does not occur in Python source."""

HELDOUT_BYTES = 320_000
"""Spare files are held out, in the order of their hashes, until there is this much text."""

SPARE = frozenset({
    "_pyio", "aifc", "asynchat", "asyncore", "cgitb", "chunk", "idlelib", "imaplib", "lib2to3",
    "mailbox", "mailcap", "modulefinder", "nntplib", "pipes", "poplib", "pyclbr", "smtpd", "sunau",
    "tabnanny", "telnetlib", "turtle", "turtledemo", "xdrlib",
})  # fmt: skip
"""Top-level modules and packages that training code never needs.  Some are missing in some installs."""

SKIPPED_FOLDERS = frozenset({
    "__pycache__", "__phello__", "dist-packages", "encodings", "idle_test", "lib-dynload",
    "site-packages", "test", "tests",
})  # fmt: skip
"""Tests, what others installed, what was built, and `encodings`, which is a megabyte of tables."""

MACHINE_SPECIFIC = ("_sysconfigdata", "_distutils_system_mod", "sitecustomize", "usercustomize")
"""Beginnings of the names of files that differ between two machines with the same Python."""


@dataclass(frozen=True)
class Corpus:
    """Two texts that share no file."""

    train: bytes
    heldout: bytes
    heldout_files: tuple[Path, ...]
    digest: str
    """Of both texts and the Python version: two runs are comparable only where it is equal."""


def build(stdlib: Path) -> Corpus:
    """Read every eligible source file below `stdlib`, in a fixed order."""
    names = sorted(_sources(stdlib))
    heldout_names = _held_out(stdlib, names)
    train = SEPARATOR.join(_read(stdlib / name) for name in names if name not in heldout_names)
    heldout = SEPARATOR.join(_read(stdlib / name) for name in names if name in heldout_names)
    version = platform.python_version()
    parts = (version.encode(), train, heldout)
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    return Corpus(train, heldout, tuple(stdlib / name for name in names if name in heldout_names), digest)


def masked_files(stdlib: Path) -> tuple[Path, ...]:
    """Every file below `stdlib` a candidate must not see: the held-out sources and their compiled twins.

    Another Python on the machine holds nearly the same text: mask its spare modules with `spare_files`.
    """
    heldout_names = _held_out(stdlib, sorted(_sources(stdlib)))
    return _with_compiled(stdlib / name for name in sorted(heldout_names))


def spare_files(stdlib: Path) -> tuple[Path, ...]:
    """Every file below `stdlib` that any build of the corpus might hold out, and its compiled twins."""
    return _with_compiled(stdlib / name for name in sorted(_sources(stdlib)) if _is_spare(name))


def running_stdlib() -> Path:
    """Where the running interpreter keeps its standard library."""
    return Path(sysconfig.get_path("stdlib")).resolve()


def _sources(stdlib: Path) -> Iterator[str]:
    """The relative paths of the source files that belong to the corpus."""
    for path in stdlib.rglob("*.py"):
        *folders, name = path.relative_to(stdlib).parts
        if path.is_symlink() or name.startswith(MACHINE_SPECIFIC):
            continue
        if any(folder in SKIPPED_FOLDERS or folder.startswith("config-") for folder in folders):
            continue
        yield path.relative_to(stdlib).as_posix()


def _held_out(stdlib: Path, names: list[str]) -> frozenset[str]:
    """The first spare files by hash of their path that together reach `HELDOUT_BYTES`."""
    chosen: set[str] = set()
    size = 0
    for name in sorted((name for name in names if _is_spare(name)), key=_hash):
        if size >= HELDOUT_BYTES:
            break
        chosen.add(name)
        size += (stdlib / name).stat().st_size
    return frozenset(chosen)


def _is_spare(name: str) -> bool:
    return name.split("/")[0].removesuffix(".py") in SPARE


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _read(path: Path) -> bytes:
    """The text with Unix line ends, so that Windows and Linux agree."""
    return path.read_bytes().replace(b"\r\n", b"\n")


def _with_compiled(sources: Iterator[Path]) -> tuple[Path, ...]:
    """The sources, each followed by its .pyc files at every optimisation level and of every Python."""
    files: list[Path] = []
    for source in sources:
        files += [source, *sorted((source.parent / "__pycache__").glob(f"{source.stem}.*.pyc"))]
    return tuple(files)
