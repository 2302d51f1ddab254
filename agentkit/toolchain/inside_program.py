"""Inside program: ask one of the programs in `inside/` a question in the sandbox, and read its answer.

Its text travels as an argument, so there is no file of ours in the workspace. The question is JSON in its
first argument; the answer is JSON on a line of its output that begins with the second, a word drawn at
random: what else is printed, by it or by the code that it runs, is the log.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit.contracts.jobs import NO_GPUS, GpuRequest
from agentkit.contracts.tool import ToolContext
from agentkit.toolbox.command import Ran, run_logged

PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Asked:
    ran: Ran
    answer: dict[str, Any] | None
    """None: it ended, or was ended, before it had one."""
    printed: str
    """All else that was printed."""


async def ask_inside(
    context: ToolContext,
    name: str,
    program: str,
    question: Mapping[str, Any],
    seconds: float,
    *,
    gpus: GpuRequest = NO_GPUS,
    variables: Mapping[str, str] | None = None,
    arguments: tuple[str, ...] = (),
) -> Asked:
    """`name`: of the log; `program`: a file of `inside/`. Refused as `run_logged` does."""
    word = f"\x1e{secrets.token_hex(8)} "
    argv = inside_argv(program, question, word)
    ran = await run_logged(context, name, (*argv, *arguments), seconds, gpus=gpus, variables=variables)
    output = ran.log.read_text(encoding="utf-8", errors="replace") if ran.log.exists() else ""
    before, found, after = output.partition(word)
    if not found:
        return Asked(ran, None, output)
    line, _, rest = after.partition("\n")
    ran.log.write_text(before + rest, encoding="utf-8")
    return Asked(ran, json.loads(line), before + rest)


BOOT = """
import json, sys, types
for name, text in json.loads(sys.argv.pop(1)):
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(text, name, "exec"), module.__dict__)
"""
"""Makes modules of texts, each where the next ones import it from: no agentkit need be in the sandbox."""
IMPORTED = re.compile(r"^from (agentkit\.toolchain[\w.]*) import", re.MULTILINE)


def inside_argv(program: str, question: Mapping[str, Any], word: str) -> tuple[str, ...]:
    texts = [*modules_for(f"agentkit.toolchain.inside.{program}")]
    texts[-1] = ("__main__", texts[-1][1])
    return ("python", "-P", "-c", BOOT, json.dumps(texts), json.dumps(question), word)


def modules_for(name: str) -> Iterator[tuple[str, str]]:
    """(name, text) of what it imports of ours, and of itself, last."""
    path = PACKAGE.joinpath(*name.split(".")[2:]).with_suffix(".py")
    text = path.read_text(encoding="utf-8")
    for each in IMPORTED.findall(text):
        yield from modules_for(each)
    yield name, text
