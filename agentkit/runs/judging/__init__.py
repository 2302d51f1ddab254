"""Judging by a rubric: a run's answer as its last step, or any folder by itself."""
