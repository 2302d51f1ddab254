"""Confirming: what an answer is compared with, and where that is kept."""
