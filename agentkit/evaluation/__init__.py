"""Evaluation: what tasks share to measure a candidate out of its reach."""
