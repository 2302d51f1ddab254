"""Conditions: what else a machine did while something was timed on it, and whether that matters."""
