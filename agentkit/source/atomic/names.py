"""Names: what a version of some files uses and nothing in it defines.

Most of that comes from libraries, and no reading of these files alone can tell. So one version says little,
but a name that a mixture of two versions lacks, and neither of the two does, was lost in the mixing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath

from agentkit.source.atomic.pieces import Files
from agentkit.source.languages import Language, language_of

Missing = tuple[str, str]
"""(file, name); file "" for what any file could define: a member `.name`, a module, a C name."""


@dataclass(frozen=True)
class FileNames:
    """Of one file. Members are names after a dot, and of keywords."""

    loose: frozenset[str] = frozenset()
    """Used, and not bound in the file where it would be seen. `name()`: called as it cannot be."""
    offered: frozenset[str] = frozenset()
    """To other files of the same family, without a word: what C defines at the top."""
    members_used: frozenset[str] = frozenset()
    members_bound: frozenset[str] = frozenset()
    files_used: frozenset[str] = frozenset()
    """Modules and headers, without folders and suffixes."""


@dataclass
class Found:
    """`FileNames` while a file is read."""

    loose: set[str] = field(default_factory=set)
    offered: set[str] = field(default_factory=set)
    members_used: set[str] = field(default_factory=set)
    members_bound: set[str] = field(default_factory=set)
    files_used: set[str] = field(default_factory=set)

    def frozen(self) -> FileNames:
        return FileNames(
            loose=frozenset(self.loose),
            offered=frozenset(self.offered),
            members_used=frozenset(self.members_used),
            members_bound=frozenset(self.members_bound),
            files_used=frozenset(self.files_used),
        )


def missing(files: Files) -> frozenset[Missing]:
    """Everything that is used and not defined in these files, whatever libraries there may be."""
    read = {path: names_of(content, language) for path, content in files.items()
            if (language := language_of(path)) is not None}  # fmt: skip
    bound = frozenset().union(*(each.members_bound for each in read.values()))
    offered = frozenset().union(*(each.offered for each in read.values()))
    stems = {PurePosixPath(path).stem for path in files} | {PurePosixPath(path).parent.name for path in files}
    found: set[Missing] = set()
    for path, each in read.items():
        found |= {("", f".{name}") for name in each.members_used - bound}
        found |= {("", f"{name}.") for name in each.files_used - stems}
        if language_of(path) == "python":
            found |= {(path, name) for name in each.loose}
        else:
            found |= {("", name) for name in each.loose - offered}
    return frozenset(found)


def plain(name: Missing) -> str:
    """As it stands in a text."""
    return name[1].strip(".").removesuffix("()")


@lru_cache(maxsize=1024)
def names_of(content: bytes, language: Language) -> FileNames:
    """Never fails: of a broken text it shows what can be read."""
    from agentkit.source.atomic.names_in_c import c_names
    from agentkit.source.atomic.names_in_python import python_names

    found = Found()
    if language == "python":
        python_names(content, found)
    else:
        c_names(content, language, found)
    return found.frozen()
