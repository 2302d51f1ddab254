"""Shared by Acme's scaffolds; the underscore keeps it off the list."""

PAIR = 2
