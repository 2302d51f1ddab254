"""Ways to outlive the command, and to mislead whoever reads its output."""

from __future__ import annotations

import re
import resource
import unicodedata

from agentkit.contracts.sandbox import Command, CommandResult, Limits
from tests.escapes.attack import Attack, Proof
from tests.escapes.backends import Plain, Runner, as_plain, by_careless_harness
from tests.escapes.catalogue.limits import MB
from tests.escapes.scene import Scene

MOST_OUTPUT = 256 * 1024
MOST_GROWTH = 100 * MB
FORGED = re.compile(rb"^__EXIT__:(\d+)$", re.MULTILINE)


def outlived(scene: Scene) -> Proof:
    def proof(result: CommandResult) -> str:
        if scene.beats():
            return "something of it still writes"
        left = scene.left()
        return f"{len(left)} processes still run" if left else ""

    return proof


def outlived_its_end(scene: Scene) -> Proof:
    scene.limits = Limits(seconds=1.0)
    return outlived(scene)


def without_supervisor(command: Command) -> tuple[Runner, Command]:
    """A shell watches over it, which is no match for it."""
    return Plain("sh", "-c", '"$@"; exit $?', "sh"), command


def shown(scene: Scene, result: CommandResult) -> str:
    """What a reader gets to see."""
    return result.output if scene.careful else bytes(scene.raw).decode(errors="surrogateescape")


def clean(scene: Scene) -> Proof:
    def proof(result: CommandResult) -> str:
        text = shown(scene, result)
        found = {
            each
            for each in text
            if each not in "\n\t" and unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp")
        }
        return f"{len(found)} kinds of control codes reach the reader" if found else ""

    return proof


def valid(scene: Scene) -> Proof:
    def proof(result: CommandResult) -> str:
        try:
            shown(scene, result).encode("utf-8")
        except UnicodeEncodeError as error:
            return f"the reader's text cannot be written: {error.reason}"
        return ""

    return proof


def believed(scene: Scene) -> Proof:
    """It ends with 7, whatever it says. A careless harness reads the first line that looks like an end."""

    def proof(result: CommandResult) -> str:
        said = FORGED.search(bytes(scene.raw))
        code = int(said.group(1)) if said and not scene.careful else result.exit_code
        right = code == 7 and (result.status == "failed" or not scene.careful)
        return "" if right else f"{result.status}, exit code {code}, where it was 7"

    return proof


def bounded(scene: Scene) -> Proof:
    """Of the harness's memory, and of what it keeps. A careless one keeps all of it."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    def proof(result: CommandResult) -> str:
        kept = len(result.output.encode()) if scene.careful else scene.printed
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
        if kept > MOST_OUTPUT:
            return f"{kept:,} bytes reach the reader"
        return f"the harness grew by {grown // MB} MB" if grown > MOST_GROWTH else ""

    return proof


LEFTOVERS = (
    Attack("double_fork", "A daemon by the book", "leftovers", outlived, as_plain, "stopped"),
    Attack("nohup_left", "nohup, setsid and ignored signals", "leftovers", outlived, as_plain, "stopped"),
    Attack("pipe_held", "A child that holds the output open", "leftovers", outlived, as_plain, "stopped"),
    Attack("renamed_left", "Another name and no environment", "leftovers", outlived, as_plain, "stopped"),
    Attack("started_at_the_end", "A process started when it is told to end", "leftovers", outlived_its_end,
           as_plain, "stopped"),
    Attack("other_parent", "A child that adopts orphans", "leftovers", outlived, as_plain, "stopped"),
    Attack("kill_supervisor", "Killing what watches over it", "leftovers", outlived, without_supervisor,
           "stopped"),
    Attack("frozen_left", "A process that stands still", "leftovers", outlived, as_plain, "stopped"),
)  # fmt: skip

OUTPUT = (
    Attack("control_codes", "What a terminal obeys", None, clean, by_careless_harness, "stopped"),
    Attack("invalid_text", "Bytes that are no text", None, valid, by_careless_harness, "stopped"),
    Attack("forged_marks", "Lines by which a harness knows the end", None, believed, by_careless_harness,
           "stopped"),
    Attack("forged_frames", "The same, written into its supervisor's pipes", None, believed,
           by_careless_harness, "stopped"),
    Attack("log_flood", "A flood of output (64 MB)", None, bounded, by_careless_harness, "stopped"),
    Attack("huge_line", "A line of 32 MB", None, bounded, by_careless_harness, "stopped"),
)  # fmt: skip
