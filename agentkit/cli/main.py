"""The command line: which commands there are, and the one place where errors become exit codes.

A command is a module with `add_arguments(parser)` and `run(arguments) -> int`; only the one that is
named is imported. A kit adds one with a file in plugins/ that has these two and, at its top level,
`COMMAND = "name"`; the first line of its docstring is the purpose that the help shows.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import NoReturn, Protocol, TextIO, cast

import agentkit
from agentkit.catalog import Catalog, Entry, open_catalog
from agentkit.cli.streams import redacted_output
from agentkit.errors import AgentkitError, UnknownName, UsageError

COMMANDS: Mapping[str, tuple[str, str]] = {
    "solve": ("agentkit.cli.solve", "Let an agent work on a task, and measure what it achieves."),
    "resume": ("agentkit.cli.resume", "Go on with a run that was stopped."),
    "show": ("agentkit.cli.show", "Show a run, an attempt, a log; a task and its hints; or the graphs."),
    "explain": ("agentkit.cli.explain", "Why an attempt was made, what the model was shown, what it cost."),
    "runs": ("agentkit.cli.runs", "List the runs in a folder."),
    "sweep": ("agentkit.cli.sweep", "Carry out a grid of runs, and go on with it after any stop."),
    "table": ("agentkit.cli.table", "Every run of a folder or a sweep as a row; filters, groups, files."),
    "compare": ("agentkit.cli.compare", "Is one way of working better than another, and is that noise?"),
    "tool": ("agentkit.cli.tool", "Call one tool on the current folder, as a model would."),
    "mcp": ("agentkit.cli.mcp", "Serve tools on a folder to any MCP client, over stdio or HTTP."),
    "list": ("agentkit.cli.list", "List tools, scaffolds, tasks, benchmarks, plugins and kits."),
    "new": ("agentkit.cli.new", "Write a working start of a scaffold, tool, task or kit, with a test."),
    "judge": ("agentkit.cli.judge.command", "Score work by a rubric, with evidence; test judges."),
    "calibrate": ("agentkit.cli.calibrate", "Measure both ends of a task on this machine."),
    "confirm": ("agentkit.cli.confirm", "Measure an answer again beside its start: is it a record?"),
    "report": (
        "agentkit.cli.sweep_report",
        "Figures of many runs, and the numbers behind each, on one page.",
    ),
    "ablate": ("agentkit.cli.ablate", "Which parts of an attempt's change carry its effect?"),
    "check": ("agentkit.cli.check", "Is a task sound, and does it see through known cheats?"),
    "simulate": ("agentkit.cli.simulate", "Compare scaffolds' policies in seconds, without a model."),
    "doctor": ("agentkit.cli.doctor", "Say what this machine can run, and what is missing."),
}

EXAMPLES = """\
examples:
  agentkit solve tasks/speedrun/record12     without a model key: plays the task's transcript
  agentkit list scaffolds                    what can follow --scaffold
  agentkit new scaffold mine                 a start of your own, in ./scaffolds/mine.py"""

INTERRUPTED = 130
BROKEN_PIPE = 141
UNEXPECTED = 70


class Command(Protocol):
    """What a command's module offers."""

    @property
    def add_arguments(self) -> Callable[[argparse.ArgumentParser], None]: ...

    @property
    def run(self) -> Callable[[argparse.Namespace], int]: ...


class Parser(argparse.ArgumentParser):
    """Reports a mistake as every other part of agentkit does."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", f"Next: {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Never raises for what a user or a kit did wrong."""
    with redacted_output(os.environ):
        return exit_code_of(list(sys.argv[1:] if argv is None else argv))


def exit_code_of(argv: list[str]) -> int:
    try:
        code = run_command(argv)
        sys.stdout.flush()
    except AgentkitError as error:
        say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        say("stopped")
        return INTERRUPTED
    except BrokenPipeError:
        silence(sys.stdout)
        return BROKEN_PIPE
    except Exception:  # noqa: BLE001 - the last door: a traceback is worth more than a crash without a word
        traceback.print_exc()
        say("this is a mistake in agentkit, or in a kit that the traceback names; please report it there")
        return UNEXPECTED
    return code


def say(text: str) -> None:
    print(f"agentkit: {text}", file=sys.stderr)


def silence(stream: TextIO) -> None:
    """Send what is still buffered nowhere, or Python complains again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def run_command(argv: list[str]) -> int:
    name = argv[0] if argv else "--help"
    if name in ("-h", "--help", "help"):
        print(help_text())
        return 0
    if name in ("-V", "--version"):
        print(f"agentkit {agentkit.__version__}")
        return 0
    if name.startswith("-"):
        raise UsageError(f"There is no option {name} before a command.", "Next: agentkit --help")
    command, purpose = find_command(name)
    parser = Parser(
        prog=f"agentkit {name}", description=purpose, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command.add_arguments(parser)
    try:
        arguments = parser.parse_args(argv[1:])
    except SystemExit as stop:  # argparse has printed the command's help
        return int(stop.code or 0)
    return command.run(arguments)


def find_command(name: str) -> tuple[Command, str]:
    """Agentkit's own command, or else a kit's; with its purpose."""
    if name in COMMANDS:
        module, purpose = COMMANDS[name]
        return cast(Command, import_module(module)), purpose
    catalog = open_catalog()
    added = catalog.commands()
    if name not in added:
        known = [*COMMANDS, *added]
        raise UnknownName("command", name, known, catalog.looked_in("plugin"), "agentkit --help")
    return cast(Command, catalog.load("plugin", added[name].name)), added[name].purpose


def help_text() -> str:
    rows = [(name, purpose) for name, (_, purpose) in COMMANDS.items()]
    added, fault = added_commands()
    kit_rows = [
        (name, f"{entry.purpose or 'no purpose given'} [{entry.kit.name}]")
        for name, entry in sorted(added.items())
        if name not in COMMANDS
    ]
    width = max(len(name) for name, _ in rows + kit_rows)
    parts = [
        "usage: agentkit COMMAND …",
        "Agent scaffolds for ML research: plan, code, run, debug; measured, and never lost.",
        "commands:\n" + "\n".join(f"  {name:<{width}}  {purpose}" for name, purpose in rows),
    ]
    if kit_rows:
        parts.append(
            "commands of kits:\n" + "\n".join(f"  {name:<{width}}  {text}" for name, text in kit_rows)
        )
    parts += [
        EXAMPLES + fault,
        "`agentkit COMMAND --help` says more; `agentkit --version` which version it is.",
    ]
    return "\n\n".join(parts)


def added_commands() -> tuple[Mapping[str, Entry], str]:
    """The kits' commands; help is shown even where the kits cannot be read."""
    try:
        catalog: Catalog = open_catalog()
        return catalog.commands(), ""
    except AgentkitError as error:
        return {}, f"\n\n(commands of kits are not shown: {error.message})"
