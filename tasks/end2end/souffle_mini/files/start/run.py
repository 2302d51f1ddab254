"""python run.py GRAPHS.json OUT: a plan for each graph. So far: a kernel for each node, nothing fused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from machine.plans import Kernel, unfused
from machine.tensors import Graph


def optimise(graph: Graph) -> list[Kernel]:
    return unfused(graph)


def main() -> None:
    graphs = [Graph.read(each) for each in json.loads(Path(sys.argv[1]).read_text())]
    plans = {each.name: {"V4": [kernel.written() for kernel in optimise(each)]} for each in graphs}
    (Path(sys.argv[2]) / "plans.json").write_text(json.dumps(plans))


if __name__ == "__main__":
    main()
