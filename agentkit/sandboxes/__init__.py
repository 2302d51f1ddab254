"""Sandboxes: where commands run; and the workspace they run in."""
