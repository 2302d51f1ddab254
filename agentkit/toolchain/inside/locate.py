"""Where the programs of a GPU toolchain are, by PATH, CUDA_HOME, the usual folders and Python packages.

Asked with a JSON object: `programs`, a list of names. Answers with `programs`: name to path; what is nowhere
is left out. Where triton is, `triton's ptxas` is the newer of its two: the PTX that triton writes is often
too new for a toolkit's. `includes` are the folders of the headers of torch and of Python, for extensions.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Any


def folders() -> list[Path]:
    """After PATH, in the order in which they are looked at."""
    homes = [os.environ.get("CUDA_HOME"), os.environ.get("CUDA_PATH"), "/usr/local/cuda", "/opt/cuda"]
    found = [Path(home) / "bin" for home in homes if home]
    found += [Path(home) / "compute-sanitizer" for home in homes if home]
    for site in map(Path, sys.path):
        found += [site / "triton" / "backends" / "nvidia" / "bin", *sorted(site.glob("nvidia/*/bin"))]
    for suite in ("nsight-compute", "nsight-systems"):
        found += sorted(Path("/opt/nvidia").glob(f"{suite}/*"), reverse=True)
        found += sorted(Path("/opt/nvidia").glob(f"{suite}/*/bin"), reverse=True)
    return found


def locate(names: list[str]) -> dict[str, str]:
    others = os.pathsep.join(map(str, folders()))
    found: dict[str, str | None] = {
        name: shutil.which(name) or shutil.which(name, path=others) for name in names
    }
    bundled = [Path(site, "triton/backends/nvidia/bin") for site in sys.path]
    newest = [folder / name for name in ("ptxas-blackwell", "ptxas") for folder in bundled]
    found["triton's ptxas"] = next((str(path) for path in newest if path.is_file()), None)
    return {name: path for name, path in found.items() if path}


def includes() -> list[str]:
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return []
    headers = Path(found.origin).parent / "include"
    return [str(headers), str(headers / "torch/csrc/api/include"), sysconfig.get_path("include")]


def answer(question: dict[str, Any]) -> dict[str, Any]:
    return {"programs": locate(question["programs"]), "includes": includes()}


if __name__ == "__main__":
    print(sys.argv[2] + json.dumps(answer(json.loads(sys.argv[1]))), flush=True)
