"""The catalog: finding a tool, scaffold, benchmark or plugin by name, importing it when asked."""

from agentkit.catalog.catalog import Catalog, open_catalog
from agentkit.catalog.entry import FOLDER_OF, KINDS, Entry, Kind

__all__ = ["FOLDER_OF", "KINDS", "Catalog", "Entry", "Kind", "open_catalog"]
