"""What a run says of itself, beside what is seen from outside. Raise Refused where not both can be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from agentkit.contracts.outcome import Flag, Trust
from agentkit.contracts.task import Candidate
from agentkit.errors import RunProblem

from ..training import Findings, Refused
from .fixed_parts import changed_parts
from .rules import OriginalRules, SavedRules
from .shard_state import ShardState, differing
from .shards import count_tokens
from .tokens_read import token_flags
from .verifying import Measured


async def check_shards(
    candidate: Candidate, before: Mapping[str, str], data: ShardState, findings: Findings
) -> None:
    """`before`: digests of the shards when the run began. Raises RunProblem where a run could not do it."""
    changed = differing(before, await asyncio.to_thread(data.digests))
    if changed and "other_files" in candidate.sandbox.walls:
        raise RunProblem(
            f"Shards changed during a run, which could not write them: {changed}",
            f"Looked in: {data.folder}",
            "Results before and after the change do not compare. Next: start a new run",
        )
    if changed:
        findings.flags.append(Flag(code="tampered", evidence=f"shards changed: {changed}"))
        raise Refused("flagged", f"shards changed during the run: {changed}")


def check_opened(
    opened: frozenset[str] | None, steps: int, data: ShardState, rules: OriginalRules, findings: Findings
) -> None:
    """What nobody read trains nothing. Too few tokens are advice: steps may be smaller than at both ends."""
    if opened is None:
        return
    tokens = {path.name: count_tokens(path) for path in data.shards.train}
    findings.metrics["shards_opened"] = float(len(opened & set(tokens)))
    flags = token_flags(opened, tokens, steps, rules.tokens_a_step)
    findings.flags += flags
    if flags and not opened & set(tokens):
        raise Refused("flagged", flags[0].evidence)


def check_fixed(ends: Sequence[Path], script: Path) -> None:
    """Only the optimizer, its settings and the initial weights are free in track 3."""
    texts = [end.read_text(encoding="utf-8") for end in ends]
    changed = changed_parts(texts, script.read_text(encoding="utf-8")) if texts else []
    if changed:
        said = "architecture, data and batch size are fixed"
        raise Refused("invalid", f"{said}; otherwise than at both ends of the task: {', '.join(changed)}")


def weigh_saved(found: Measured, printed: float, rules: SavedRules, findings: Findings) -> Trust:
    """`printed`: the last loss of the run that saved the model."""
    if found.lack:
        findings.reason += f"; not verified: {found.lack}"
        return "claimed"
    findings.metrics |= {"saved_loss": found.loss, "saved_loss_error": found.error}
    measured = f"{found.loss:.4f} ± {found.error:.4f} measured on the model that it saved"
    if found.breach:
        findings.flags.append(Flag(code="looks_ahead", evidence=found.breach))
        raise Refused("flagged", f"the saved model looks ahead: {found.breach}")
    if found.disagrees(printed, rules):
        evidence = f"printed loss {printed:.4f}, {measured}"
        findings.flags.append(Flag(code="printed_loss_differs", evidence=evidence))
        raise Refused("flagged", evidence)
    findings.reason += f"; {measured}"
    return "verified"
