"""Runs: solve, resume, calibrate; and the folder that a run is."""

from agentkit.runs.folder import RunFolder, list_runs, open_run

__all__ = ["RunFolder", "list_runs", "open_run"]
