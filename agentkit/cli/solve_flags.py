"""The flags of a solve: one for each setting, with the setting's own help."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from typing import Any

from agentkit.settings import Settings
from agentkit.settings_file import read_pairs
from agentkit.settings_sources import flag_name, read_text

SHORT = {"model": "-m", "scaffold": "-s"}
ALONE = {"barrier": "on"}
"""What a flag says that stands without a value."""
REPEATABLE = {"scaffold_settings": ("NAME=VALUE", "--set"), "notes": ("FILE",)}
"""How a value is called in the help, and other names of the flag."""


def add_setting_flags(parser: argparse.ArgumentParser, names: Collection[str] | None = None) -> None:
    """All settings, or only those named. A flag that is not given stays None."""
    group = parser.add_argument_group("settings (also in agentkit.toml and as AGENTKIT_… variables)")
    for name, field in Settings.model_fields.items():
        if names is not None and name not in names:
            continue
        words = [flag_name(name), *([SHORT[name]] if name in SHORT else [])]
        text = (field.description or "").replace("%", "%%")
        if name in REPEATABLE:
            group.add_argument(
                *words, *REPEATABLE[name][1:], dest=name, action="append", metavar=REPEATABLE[name][0],
                help=f"{text} Repeatable.",
            )  # fmt: skip
            continue
        default = (
            "" if field.default_factory or field.default in (None, ()) else f" Default: {field.default}."
        )
        bare: dict[str, Any] = {"nargs": "?", "const": ALONE[name]} if name in ALONE else {}
        group.add_argument(*words, dest=name, metavar=name.upper(), help=text + default, **bare)


def read_setting_flags(arguments: argparse.Namespace) -> dict[str, Any]:
    """Only what was given, typed as far as one line of text allows; the settings check the rest."""
    found: dict[str, Any] = {}
    for name, value in vars(arguments).items():
        if name not in Settings.model_fields or value is None:
            continue
        flag = flag_name(name)
        if name == "notes":  # a comma in a name is no list here; `none` alone takes notes back
            value = "none" if value == ["none"] else tuple(value)
        read = read_pairs(value, flag) if name == "scaffold_settings" else read_text(name, value, flag)
        # `none` stays text: it takes a value back, and a flag that is None was not given.
        found[name] = value if read is None else read
    return found
