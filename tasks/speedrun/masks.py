"""What a pocket candidate must not see: held-out text, reference solutions, the harness itself."""

from __future__ import annotations

import sys
from pathlib import Path

from agentkit.evaluation import harness_folders as hidden

from . import corpus

OTHER_PYTHONS = (
    "lib*/python[0-9].[0-9]*",
    "local/lib*/python[0-9].[0-9]*",
    "pkgs/python-*/lib/python[0-9].[0-9]*",
    "envs/*/lib/python[0-9].[0-9]*",
)
"""Where a Python keeps its library, below the folders that a sandbox shows; the last two are conda's."""


def masked_paths() -> tuple[Path, ...]:
    """Files of the Python in use one by one, for it has to work; of any other Python the whole library."""
    stdlib = corpus.running_stdlib()
    return (*corpus.masked_files(stdlib), *other_stdlibs(stdlib), *harness_folders())


def other_stdlibs(stdlib: Path) -> list[Path]:
    """Their sources hold nearly the same text as the held-out ones."""
    roots = dict.fromkeys(Path(each) for each in ("/usr", sys.prefix, sys.base_prefix))
    found = {
        folder.resolve()
        for root in roots
        for pattern in OTHER_PYTHONS
        for folder in root.glob(pattern)
        if (folder / "os.py").is_file()
    }
    return sorted(found - {stdlib.resolve()})


def harness_folders() -> tuple[Path, ...]:
    """agentkit's package, this kit's tasks, and their history."""
    return hidden.harness_folders(Path(__file__).resolve().parents[1])
