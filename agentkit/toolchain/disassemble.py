"""Disassemble: the functions of any artefact a CUDA compiler makes, by the programs that are there for it."""

from __future__ import annotations

from pathlib import Path

from agentkit.contracts.tool import ToolContext
from agentkit.source.excerpt import excerpt
from agentkit.source.paths import Refused
from agentkit.toolbox.command import Ran, advice, how_it_ended, run_logged
from agentkit.toolchain.disassembly import Function, ptx_functions, sass_functions
from agentkit.toolchain.programs import find_programs

CUDA_MACHINE = 190
"""EM_CUDA, in an ELF file's header: a cubin."""
SECONDS = 120.0

SCRIPT = """
set -e
disassembler=$1 extractor=$2; file=$(realpath "$3")
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
"$extractor" -xelf all "$file" > /dev/null
for cubin in *.cubin; do
  [ -e "$cubin" ] || { echo "it holds no code for a GPU" >&2; exit 3; }
  "$disassembler" -g -c "$cubin"
done
"""


async def disassemble(context: ToolContext, path: Path, name: str) -> tuple[list[Function], Ran | None]:
    """`name`: as the sandbox finds it. Refused where nothing can be made of it; PTX needs no program."""
    head = read_head(path)
    is_elf = head.startswith(b"\x7fELF")
    if b"\0" not in head and b".version" in head and b".target" in head:
        return ptx_functions(path.read_text(encoding="utf-8", errors="replace")), None
    programs = await find_programs(context)
    disassembler = programs["nvdisasm"]
    if is_elf and int.from_bytes(head[18:20], "little") == CUDA_MACHINE:
        argv: tuple[str, ...] = (disassembler, "-g", "-c", name)
    else:
        argv = ("bash", "-c", SCRIPT, "sass", disassembler, programs["cuobjdump"], name)
    ran = await run_logged(context, "sass", argv, SECONDS)
    text = ran.log.read_text(encoding="utf-8", errors="replace") if ran.log.exists() else ""
    if ran.result.status != "ok":
        said = f"{how_it_ended(ran)} {advice(ran.result)}\n{excerpt(text, 1500)}"
        raise Refused(f"{name} could not be disassembled. {said}")
    return sass_functions(text), ran


def read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError as error:
        raise Refused(f"{path.name} cannot be read: {error.strerror}.") from error
