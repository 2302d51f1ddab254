"""Programs: which of a GPU toolchain's are to be had in the sandbox, and where they are."""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.contracts.tool import ToolContext
from agentkit.source.paths import Refused
from agentkit.toolchain.inside_program import ask_inside

NAMES = (
    *("nvcc", "ptxas", "cuobjdump", "nvdisasm", "cu++filt", "c++filt"),
    *("ncu", "nsys", "compute-sanitizer", "py-spy"),
)
COMES_WITH = {
    "nvcc": "the CUDA toolkit (or the Python package nvidia-cuda-nvcc)",
    "cuobjdump": "the CUDA toolkit, or the Python package nvidia-cuda-cuobjdump or triton",
    "nvdisasm": "the CUDA toolkit, or the Python package nvidia-cuda-nvdisasm or triton",
    "ncu": "NVIDIA Nsight Compute",
    "nsys": "NVIDIA Nsight Systems",
    "compute-sanitizer": "the CUDA toolkit",
    "py-spy": "the Python package py-spy",
}
KEPT = "toolchain.programs"
SECONDS = 60.0


@dataclass(frozen=True)
class Programs:
    paths: dict[str, str]
    includes: tuple[str, ...] = ()
    """Folders of torch's and Python's headers."""

    def __getitem__(self, name: str) -> str:
        """Refused for one that is not there."""
        if name not in self.paths:
            raise Refused(
                f"There is no {name} in this sandbox (looked on PATH, in CUDA_HOME and among the Python "
                f"packages). It comes with {COMES_WITH.get(name, 'the CUDA toolkit')}."
            )
        return self.paths[name]

    def first(self, *names: str) -> str | None:
        return next((self.paths[name] for name in names if name in self.paths), None)


async def find_programs(context: ToolContext) -> Programs:
    """Refused where not even Python runs."""
    kept = context.state.get(KEPT)
    if isinstance(kept, Programs):
        return kept
    asked = await ask_inside(context, "programs", "locate", {"programs": NAMES}, SECONDS)
    if asked.answer is None:
        said = asked.printed.strip()[-300:] or f"it ended with {asked.ran.result.exit_code}"
        raise Refused(f"No Python runs in this sandbox, by which programs are looked for: {said}")
    asked.ran.log.unlink(missing_ok=True)
    found = Programs(asked.answer["programs"], tuple(asked.answer["includes"]))
    context.state[KEPT] = found
    return found
