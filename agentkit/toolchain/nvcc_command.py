"""nvcc command: the arguments for a compilation that tells what each kernel uses."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from agentkit.source.paths import Refused, walk

KINDS = {".cubin": ("-cubin",), ".ptx": ("-ptx",), ".fatbin": ("-fatbin",), ".o": ("-c",),
         ".so": ("-shared", "-Xcompiler", "-fPIC")}  # fmt: skip
SOURCES = frozenset(
    {".cu", ".cuh", ".h", ".hh", ".hpp", ".hxx", ".c", ".cc", ".cpp", ".cxx", ".inl", ".inc", ".ptx", ".py"}
)
ARCH = re.compile(r"(?:sm_|compute_)?(\d{2,3}[af]?)|(native)")
TORCH = re.compile(r"#\s*include\s*[<\"](?:torch|ATen|c10|pybind11)/")

SCRIPT = """
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
inline=$1 output=$2 count=$3; shift 3
files=("${@:1:count}"); shift "$count"
if [ -n "$inline" ]; then printf %s "$inline" > "$folder/inline.cu"; files+=("$folder/inline.cu"); fi
if [ -n "$output" ]; then "$@" -o "$output" "${files[@]}"; exit; fi
code=0
for file in "${files[@]}"; do
  case "$file" in *.ptx) "$@" -fatbin "$file" -odir "$folder" || code=$?; continue;; esac
  "$@" -c "$file" -odir "$folder" || { code=$?; "$@" -fatbin "$file" -odir "$folder"; }
done
exit $code
"""
"""Where nothing is to be made, each file is checked: its host side and, if that fails, its device side, too.

A folder of its own holds what nobody asked for: the objects, the inline source.
"""


PTX_SCRIPT = """
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
output=${1:-$folder/cubin} ptxas=$2 newer=$3 arches=$4; shift 4
code=0
for arch in $arches; do
  for file in "$@"; do
    "$ptxas" -v --gpu-name "$arch" -o "$output" "$file" > "$folder/told" 2>&1; ended=$?
    if [ $ended != 0 ] && grep -q "Unsupported .version" "$folder/told"; then
      "$newer" -v --gpu-name "$arch" -o "$output" "$file" > "$folder/told" 2>&1; ended=$?
    fi
    cat "$folder/told"; [ $ended = 0 ] || code=$ended
  done
done
exit $code
"""
"""For PTX alone: what triton wrote may be too new for the toolkit's ptxas, and then goes to triton's own."""


@dataclass(frozen=True)
class Compilation:
    files: tuple[str, ...]
    """Relative to the workspace."""
    arches: tuple[str, ...]
    """`sm_90`; or `native` alone."""
    options: tuple[str, ...] = ()
    output: str = ""
    """Its suffix says what is made; none: it is only checked."""
    inline: str = ""
    """A further source that is no file."""

    @property
    def native(self) -> bool:
        return self.arches == ("native",)

    @property
    def only_ptx(self) -> bool:
        """Nothing but PTX goes in, and code of a GPU, or nothing, comes out."""
        made = PurePosixPath(self.output).suffix in ("", ".cubin")
        plain = not (self.inline or self.native or self.options)
        return plain and made and all(name.endswith(".ptx") for name in self.files)

    def argv(
        self, nvcc: str, includes: Iterable[str], ptxas: tuple[str, str] | None = None
    ) -> tuple[str, ...]:
        """To be run by bash in the workspace. `ptxas`: the toolkit's, and a newer one, for PTX."""
        if self.only_ptx and ptxas:
            head = ("bash", "-c", PTX_SCRIPT, "ptxas", self.output, *ptxas, " ".join(self.arches))
            return (*head, *self.files)
        kind = KINDS.get(PurePosixPath(self.output).suffix, ())
        words = [nvcc, *kind, *targets(self.arches), "-lineinfo", "-Xptxas", "-v"]
        words += [f"-isystem={each}" for each in includes]
        count = str(len(self.files))
        return (
            "bash",
            "-c",
            SCRIPT,
            "nvcc",
            self.inline,
            self.output,
            count,
            *self.files,
            *words,
            *self.options,
        )


def targets(arches: Sequence[str]) -> list[str]:
    if len(arches) == 1:
        return [f"-arch={arches[0]}"]
    return [f"-gencode=arch={each.replace('sm_', 'compute_')},code={each}" for each in arches]


def read_arches(text: str) -> tuple[str, ...]:
    """Of `native`, `sm_90a` or `80, 90`. Refused for what is no architecture."""
    found = []
    for word in re.split(r"[,\s]+", text.strip()):
        match = ARCH.fullmatch(word)
        if match is None:
            raise Refused(f"'{word}' is no architecture: say native, sm_90a, or several such as '80,90'.")
        found.append(match[2] or f"sm_{match[1]}")
    if "native" in found and len(found) > 1:
        raise Refused("native stands alone: it is the architecture of the GPU that is here.")
    return tuple(dict.fromkeys(found))


def cache_key(folder: Path, compilation: Compilation, argv: Sequence[str]) -> str:
    """The same for the same command over the same sources: every file of the workspace that could be one."""
    digest = hashlib.sha256(json.dumps(argv).encode())
    named = set(compilation.files)
    for name in sorted(walk(folder)):
        if PurePosixPath(name).suffix in SOURCES or name in named:
            try:
                content = (folder / name).read_bytes()
            except OSError:  # gone meanwhile
                continue
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:24]
