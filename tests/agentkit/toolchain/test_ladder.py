import asyncio

import pytest

from agentkit import ToolContext
from agentkit.contracts.jobs import NO_GPUS
from agentkit.source.paths import Refused
from agentkit.toolchain.ladder import by_counters, by_nsys, by_sampler, read_program


def test_a_python_script_is_told_from_other_commands() -> None:
    assert read_program("python train.py --lr '1 e'").arguments == ("--lr", "1 e")
    assert read_program("/usr/bin/python3 train.py").script == "train.py"
    assert read_program("python -m pkg.train 3").script == "-mpkg.train"
    assert read_program("./a.out x.py").script == ""
    for text in ("", "echo 'open"):
        with pytest.raises(Refused):
            read_program(text)


def test_what_needs_a_gpu_says_so(context: ToolContext) -> None:
    program = read_program("./a.out")
    with pytest.raises(Refused, match="need a GPU"):
        asyncio.run(by_counters(context, program, 10, NO_GPUS, ""))
    with pytest.raises(Refused, match="needs a GPU"):
        asyncio.run(by_nsys(context, program, 10, NO_GPUS))


@pytest.mark.real
def test_the_sampler_inside_the_process_finds_the_loop_and_ends_it_in_time(context: ToolContext) -> None:
    """For sandboxes that forbid ptrace."""
    (context.workspace.folder / "spin.py").write_text(
        "def hot(n):\n    s = 0\n    for i in range(n):\n        s += i * i\n    return s\n"
        "import sys\nprint(sys.argv[1:])\nwhile True:\n    hot(10000)\n"
    )
    found = asyncio.run(by_sampler(context, read_program("python spin.py a b"), 6.0, NO_GPUS))
    assert found.rung.startswith("sampling")
    assert "hot (spin.py:4)" in "\n".join(found.lines) or "hot (spin.py:3)" in "\n".join(found.lines)
    assert found.ran is not None and "['a', 'b']" in found.ran.log.read_text()


def test_a_script_is_needed_inside_the_process(context: ToolContext) -> None:
    with pytest.raises(Refused, match="Python script"):
        asyncio.run(by_sampler(context, read_program("sleep 1"), 5.0, NO_GPUS))
