"""A regular expression over the work's text, in a process that can be ended.

Python's matcher cannot be interrupted, and some patterns take years on a line made for them.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys

from agentkit.judge.evidence import JudgeFault, one_line

SECONDS = 10.0

CHILD = """
import json, re, resource, sys
pattern, text, seconds = json.load(sys.stdin)
resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))  # should this process outlive its parent
match = re.search(pattern, text, re.MULTILINE)
print(json.dumps(None if match is None else match.start()))
"""


async def find_pattern(pattern: str, text: str, seconds: float = SECONDS) -> int | None:
    """Where the first match begins. A search that does not end is no verdict on the work: JudgeFault."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-c", CHILD),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    question = json.dumps([pattern, text, math.ceil(seconds) + 1]).encode()
    try:
        answer, _ = await asyncio.wait_for(child.communicate(question), seconds)
        found: int | None = json.loads(answer)
    except TimeoutError as problem:
        said = f"searching for {one_line(pattern)} did not end within {seconds:g} s"
        raise JudgeFault(said) from problem
    except ValueError as problem:
        raise JudgeFault(f"searching for {one_line(pattern)} ended with {child.returncode}") from problem
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return found
