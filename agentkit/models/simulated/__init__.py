"""Simulated models: known edits of a task, drawn with known chances, to see the machinery without a key."""
