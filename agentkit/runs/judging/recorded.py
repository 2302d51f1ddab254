"""What a judging keeps so that it can be repeated anywhere: the snapshot's texts, and what checks found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from agentkit.contracts.record import Record
from agentkit.errors import BadFile
from agentkit.judge.evidence import Finding
from agentkit.judge.snapshot import Snapshot, SnapshotFile, snapshot_of

_FILES = TypeAdapter(tuple[SnapshotFile, ...])
_FINDINGS = TypeAdapter(dict[str, Finding])


class Kept(Record):
    """snapshot.json"""

    digest: str
    notes: tuple[str, ...]
    files: tuple[Mapping[str, Any], ...]
    findings: Mapping[str, Mapping[str, Any]]
    """By leaf id: what programs found, which a replay does not run again."""


def keep(snapshot: Snapshot, findings: Mapping[str, Finding]) -> str:
    kept = Kept(
        digest=snapshot.digest,
        notes=snapshot.notes,
        files=tuple(asdict(each) for each in snapshot.files.values()),
        findings={id: _FINDINGS.dump_python({id: each}, mode="json")[id] for id, each in findings.items()},
    )
    return kept.model_dump_json() + "\n"


def read_kept(path: Path) -> tuple[Snapshot, Mapping[str, Finding]]:
    """Raises BadFile, also for a file whose texts are not those that were judged."""
    try:
        kept = Kept.model_validate_json(path.read_bytes())
        files, findings = _FILES.validate_python(kept.files), _FINDINGS.validate_python(kept.findings)
    except OSError as error:
        raise BadFile(path, "", "what a judging keeps", error.strerror or str(error)) from error
    except ValidationError as error:
        raise BadFile(path, "", "what a judging keeps", error.errors()[0]["msg"]) from error
    snapshot = snapshot_of(files, kept.notes)
    if snapshot.digest != kept.digest:
        raise BadFile(path, "files", f"the texts of snapshot {kept.digest[:12]}", snapshot.digest[:12])
    return snapshot, findings
