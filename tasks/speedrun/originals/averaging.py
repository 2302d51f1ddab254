"""One GPU for eight: the gradients of its micro-batches averaged, as eight ranks average theirs.

Some scripts run all micro-batches on one GPU and leave the sum of their gradients, where ranks would have
left the mean. A division by the number of micro-batches after the loop is all that is missing: by a power of
two, so no bit of a gradient's mantissa changes.
"""

from __future__ import annotations

import re

LOOP = re.compile(
    r"^(?P<indent> *)for [^\n]* in (?:range\(grad_accum_steps\)|zip\([^\n]*\.split\([^\n]*\)):\n"
    r"(?P<body>(?:(?P=indent) +[^\n]*\n)+)",
    re.MULTILINE,
)
"""The loop over micro-batches, of records 27 on and of 18 to 20."""
DIVISION = """\
{indent}# one GPU for eight: the mean over micro-batches, as over ranks
{indent}for parameter in model.parameters():
{indent}    if parameter.grad is not None:
{indent}        parameter.grad.div_(8 // int(os.environ["WORLD_SIZE"]))
"""
NOTE = DIVISION.splitlines()[0].removeprefix("{indent}")


class NoSuchLoop(ValueError):
    """A script has not one loop over micro-batches, but none or several."""


def average_gradients(script: str) -> str:
    """The script with the division after its loop; once done it is not done again. Raises NoSuchLoop."""
    if NOTE in script:
        return script
    loops = [match for match in LOOP.finditer(script) if ".backward()" in match["body"]]
    if len(loops) != 1:
        raise NoSuchLoop(
            f"{len(loops)} loops over micro-batches with a backward pass, where there should be 1"
        )
    end = loops[0].end()
    return script[:end] + DIVISION.format(indent=loops[0]["indent"]) + script[end:]
