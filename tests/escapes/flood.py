"""Flood: a command that prints a gigabyte, in a process of its own whose memory shows what it cost.

`python -m tests.escapes.flood SANDBOX FOLDER BYTES` prints what came of it as JSON.
"""

from __future__ import annotations

import asyncio
import json
import resource
import shutil
import sys
from pathlib import Path

from agentkit.contracts.sandbox import Command, CommandResult, Environment, Limits, Sandbox
from agentkit.sandboxes.local import LocalSandbox
from tests.escapes.attack import ATTACKS
from tests.escapes.backends import sandbox_of


async def flood(sandbox: Sandbox, folder: Path, count: int) -> CommandResult:
    work = folder / "work"
    work.mkdir()
    shutil.copyfile(ATTACKS / "log_flood.py", work / "attack.py")
    environment = Environment(variables={"FLOOD_BYTES": str(count)}, limits=Limits(seconds=500.0))
    command = Command(argv=("python", "attack.py"), folder=work, environment=environment, log=folder / "log")
    result = await sandbox.run(command)
    await sandbox.close()
    return result


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> int:
    name, folder, count = sys.argv[1:]
    sandbox, lack = (LocalSandbox(), "") if name == "local" else sandbox_of(name)
    if sandbox is None:
        print(json.dumps({"lack": lack}))
        return 0
    before = peak()
    result = asyncio.run(flood(sandbox, Path(folder), int(count)))
    found = {
        "status": result.status,
        "printed": result.truncated_from,
        "shown": len(result.output.encode()),
        "log": (Path(folder) / "log").stat().st_size,
        "growth": peak() - before,
    }
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
