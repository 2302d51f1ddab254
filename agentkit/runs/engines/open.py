"""Finding an engine that is a plugin: `plugins/NAME.py` with a Record `SETTINGS` and an `open_engine`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from pydantic import ValidationError

from agentkit.catalog import Catalog
from agentkit.catalog.entry import shown
from agentkit.contracts.record import Record
from agentkit.contracts.sweep import Engine
from agentkit.errors import BadFile, UsageError
from agentkit.evaluation.toml_record import described, is_model, wanted
from agentkit.models.toml_lines import line_of, written


def open_engine(catalog: Catalog, name: str, folder: Path, told: Mapping[str, Any], source: Path) -> Engine:
    """The plugin's `open_engine(folder, settings)`.

    `folder` is the sweep's, `told` the table [engine.NAME] of the sweep file `source`. Raises UnknownName for
    a name that no plugin has, UsageError for a plugin that is no engine, BadFile for the table, and what the
    plugin itself finds missing.
    """
    plugin = catalog.load("plugin", name)
    if not is_engine(plugin):
        raise UsageError(
            f"The plugin '{name}' is no engine.",
            "Expected: SETTINGS = SomeRecord, open_engine(folder, settings) -> Engine",
            f"Looked in: {shown(catalog.find('plugin', name).path)}",
            "Next: --engine local, or --engine slurm",
        )
    return cast(Engine, plugin.open_engine(folder, read_table(plugin.SETTINGS, name, told, source)))


def is_engine(plugin: ModuleType) -> bool:
    return callable(getattr(plugin, "open_engine", None)) and is_model(getattr(plugin, "SETTINGS", None))


def read_table(kind: type[Record], name: str, told: Mapping[str, Any], source: Path) -> Record:
    """Raises BadFile, naming key and line."""
    try:
        return kind.model_validate(told)
    except ValidationError as error:
        faults = error.errors()
        fault = next((each for each in faults if each["type"] == "extra_forbidden"), faults[0])
        expected, hint = wanted(fault, kind)
        place = ("engine", name, *fault["loc"])
        text = source.read_text(encoding="utf-8") if source.is_file() else ""
        line = line_of(text, place)
        row = f"Line {line}: {text.splitlines()[line - 1].strip()[:100]}" if line else ""
        raise BadFile(source, written(place), expected, described(fault["input"]), hint, row) from error
