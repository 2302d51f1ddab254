"""Audit flags: the findings of the static audit as flags of an outcome. They advise; they decide nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentkit.contracts.outcome import Flag
from agentkit.source.audit import Finding, audit_folder

PREFIX = "audit:"
SHOWN = 4


def audit_flags(folder: Path) -> tuple[Flag, ...]:
    """One flag a rule (`audit:stack_frames`), with the first places as `path:line: text`."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in audit_folder(folder):
        by_rule.setdefault(finding.rule, []).append(finding)
    return tuple(Flag(code=f"{PREFIX}{rule}", evidence=evidence(each)) for rule, each in by_rule.items())


def evidence(findings: Sequence[Finding]) -> str:
    shown = "; ".join(map(str, findings[:SHOWN]))
    more = len(findings) - SHOWN
    return f"{shown}; and {more} more" if more > 0 else shown
