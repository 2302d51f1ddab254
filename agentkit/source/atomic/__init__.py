"""Atomic edits: the smallest parts of a difference between two versions of the work that stand alone."""
