"""Say hello from Acme."""

from __future__ import annotations

import argparse

from agentkit import __version__

COMMAND = "acme"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--loud", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    text = f"hello from acme to agentkit {__version__}"
    print(text.upper() if arguments.loud else text)
    return 0
