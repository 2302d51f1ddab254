"""Build cache: what was compiled before, beside the attempt's logs, by the content of what went in."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Built:
    """A compilation that has ended by itself, well or not."""

    log: str
    """Name of the file, among the logs, with all that was printed."""
    exit_code: int
    seconds: float


def recall(logs: Path, key: str, output: Path | None) -> Built | None:
    """What is known of it; its product is put to `output` again. None: it was not built, or is lost."""
    record, product = logs / f"build-{key}.json", logs / f"build-{key}.out"
    try:
        built = Built(**json.loads(record.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    if not (logs / built.log).is_file():
        return None
    if output is not None and built.exit_code == 0:
        try:
            shutil.copy2(product, output)
        except OSError:
            return None
    return built


def keep(logs: Path, key: str, built: Built, output: Path | None) -> None:
    """The record comes last: without it the rest counts for nothing."""
    record, product = logs / f"build-{key}.json", logs / f"build-{key}.out"
    if output is not None and built.exit_code == 0:
        shutil.copy2(output, product)
    draft = record.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(built)), encoding="utf-8")
    draft.replace(record)
