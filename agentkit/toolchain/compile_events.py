"""Compile events: graph breaks and recompilations, as torch.compile tells them where TORCH_LOGS asks."""

from __future__ import annotations

import re
from collections import Counter

VARIABLES = {"TORCH_LOGS": "graph_breaks,recompiles"}
BREAK = re.compile(r"Graph break (?:\([^)]*\) )?in user code at (?P<place>\S+)")
REASON = re.compile(r"(?:Explanation|(?<!Break )Reason): (?P<reason>.*)")
RECOMPILE = re.compile(r"Recompiling function (?P<function>\S+) in (?P<place>\S+)")
GUARD = re.compile(r"- +\d+/\d+: (?P<guard>.*)")
TOP = 5


def compile_lines(printed: str) -> list[str]:
    """For a model. Empty: nothing was compiled, or it went through whole."""
    breaks: Counter[str] = Counter()
    recompiles: Counter[str] = Counter()
    last_break = last_recompile = ""
    for line in printed.splitlines():
        if match := BREAK.search(line):
            last_break = match["place"]
            breaks[last_break] += 1
        elif (match := REASON.search(line)) and last_break:
            count = breaks.pop(last_break)
            breaks[f"{last_break}: {match['reason'].strip()[:160]}"] += count
            last_break = ""
        elif match := RECOMPILE.search(line):
            last_recompile = f"{match['function']} in {match['place']}"
            recompiles[last_recompile] += 1
        elif (match := GUARD.search(line)) and last_recompile:
            count = recompiles.pop(last_recompile)
            recompiles[f"{last_recompile}, for {match['guard'].strip()[:160]}"] += count
            last_recompile = ""
    lines = []
    for what, found in (("graph breaks", breaks), ("recompilations", recompiles)):
        if found:
            lines.append(f"torch.compile: {found.total()} {what}")
            lines += [f"  {count}x {text}" for text, count in found.most_common(TOP)]
    return lines
