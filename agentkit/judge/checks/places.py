"""Checks of what a file shows: a picture, or a text in given lines."""

from __future__ import annotations

from agentkit.judge.checks.arguments import ImageArguments, SpanArguments
from agentkit.judge.evidence import (
    CandidateFault,
    Evidence,
    Finding,
    JudgeFault,
    decide,
    failed,
    one_line,
    passed,
    read_bytes,
    read_text,
)
from agentkit.judge.images import read_picture


async def check_image(asked: ImageArguments, evidence: Evidence) -> Finding:
    """By the file's content, whatever its name."""
    picture = read_picture(read_bytes(evidence, asked.file))
    if picture is None:
        raise CandidateFault(f"{asked.file} is no PNG, JPEG or SVG picture, or a broken one")
    said = f"{asked.file}: {picture}; asked: at least {asked.min_width} x {asked.min_height}"
    if picture.width < asked.min_width or picture.height < asked.min_height:
        return failed(said)
    if asked.not_blank and picture.blank is None:
        raise JudgeFault(f"{asked.file}: whether this kind of PNG is blank cannot be told")
    return decide(not (asked.not_blank and picture.blank), said)


async def check_span(asked: SpanArguments, evidence: Evidence) -> Finding:
    lines = read_text(evidence, asked.file).replace("\r\n", "\n").split("\n")
    last = min(asked.last_line or len(lines), len(lines))
    within = " ".join(" ".join(lines[asked.first_line - 1 : last]).split())
    wanted = " ".join(asked.text.split())
    place = f"{asked.file}, lines {asked.first_line} to {last}"
    if wanted in within:
        return passed(f"{place}: {one_line(wanted)}")
    return failed(f"{place} do not hold {one_line(wanted)}")
