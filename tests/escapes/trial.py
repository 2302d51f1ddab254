"""Trial: one attack, run once somewhere, and what the host says about it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from agentkit.contracts.sandbox import Wall
from tests.escapes.attack import Attack, Verdict
from tests.escapes.backends import Off
from tests.escapes.scene import Scene

TRIAL_SECONDS = 60.0
"""Past every limit of a scene, on a busy machine: no sandbox may hang."""
LAST_WORD = re.compile(rb"^(escaped|held|tried): ?(.*)$", re.MULTILINE)


def run_attack(
    attack: Attack,
    off: Off,
    folder: Path,
    loop: asyncio.Runner,
    *,
    careful: bool = True,
    needs: frozenset[Wall],
) -> Verdict:
    """`careful=False`: the harness's own reading is what is taken away. `needs`: what may not be missing."""
    scene = Scene(folder, careful=careful)
    try:
        proof = attack.prepare(scene)
        runner, command = off(scene.command(attack))
        if needs:
            environment = command.environment.model_copy(update={"needs": needs})
            command = command.model_copy(update={"environment": environment})
        result = loop.run(asyncio.wait_for(runner.run(command, scene.on_output), TRIAL_SECONDS))
        found = LAST_WORD.findall(bytes(scene.raw))
        said, words = found[-1] if found else (b"", bytes(scene.raw[-400:]))
        got_out = proof(result)
        if attack.by_word and said == b"escaped":
            got_out = got_out or f"the kernel did it: {words.decode(errors='replace')}"
        return Verdict(got_out, said.decode(), words.decode(errors="replace"), result)
    finally:
        scene.close()
