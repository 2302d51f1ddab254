"""The command that runs a script on all ranks of one machine, and what it sees of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from agentkit.contracts.sandbox import Environment, Limits, Mount
from agentkit.errors import BadFile
from agentkit.evaluation.locked import is_plain
from agentkit.sandboxes.default_limits import default_limits, tighten
from agentkit.settings import Settings

from .rules import ARGUMENTS, SCRIPT
from .shards import DATA, TRAIN, VALIDATION, VALIDATION_TOKENS

MOST_ARGUMENTS = 100
SHARDS = Path("/data/fineweb10B")
"""Where the shards are inside. Scripts look in `data/fineweb10B` of their folder, which becomes a link."""
LAY_DATA = f"""mkdir -p {Path(DATA).parent} && rm -rf {DATA} && ln -s "$1" {DATA} && shift && exec "$@" """
VARIABLES = {
    "PYTHONUNBUFFERED": "1",
    "PYTHONHASHSEED": "0",
    # All ranks are on this machine; without these a name would have to be looked up.
    "NCCL_SOCKET_IFNAME": "lo",
    "GLOO_SOCKET_IFNAME": "lo",
    "HF_HUB_OFFLINE": "1",
    # As the templates of llm-speedrunner read them.
    "NANOGPT_TRAIN_FILES": str(SHARDS / TRAIN),
    "NANOGPT_VAL_FILES": str(SHARDS / VALIDATION),
    "NANOGPT_VAL_TOKENS": str(VALIDATION_TOKENS),
}


def torchrun(ranks: int, arguments: Sequence[str]) -> tuple[str, ...]:
    """All ranks below one launcher, which nothing outlives: the sandbox ends its whole tree."""
    return (
        "sh", "-c", LAY_DATA, "sh", str(SHARDS),
        "python", "-m", "torch.distributed.run",
        "--nnodes=1", f"--nproc-per-node={ranks}", "--max-restarts=0",
        "--rdzv-backend=c10d", "--rdzv-endpoint=127.0.0.1:0", "--local-addr=127.0.0.1",
        SCRIPT, *arguments,
    )  # fmt: skip


def surroundings(shards: Path, mounts: Sequence[Mount], masks: Sequence[Path], seconds: float) -> Environment:
    """`shards`: the host's folder with them."""
    return Environment(
        mounts=(Mount(source=shards, target=SHARDS), *mounts),
        masks=tuple(masks),
        variables=VARIABLES,
        limits=tighten(Limits(seconds=seconds), default_limits(Settings())),
    )


def read_arguments(folder: Path) -> tuple[str, ...]:
    """Of a candidate; raises BadFile."""
    path = folder / ARGUMENTS
    if not path.exists() and not path.is_symlink():
        return ()
    expected = f"a list of up to {MOST_ARGUMENTS} strings"
    if not is_plain(path) or path.stat().st_size > 64 * 1024:
        raise BadFile(ARGUMENTS, "", expected, "no plain file, or a large one")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadFile(ARGUMENTS, "", expected, f"no JSON: {error}") from error
    if not isinstance(found, list) or not all(isinstance(word, str) and "\0" not in word for word in found):
        raise BadFile(ARGUMENTS, "", expected, str(found)[:100])
    if len(found) > MOST_ARGUMENTS:
        raise BadFile(ARGUMENTS, "", expected, f"{len(found)} of them")
    return tuple(found)
