"""Deterministic checks: what a program decides about a leaf before any model is asked."""
