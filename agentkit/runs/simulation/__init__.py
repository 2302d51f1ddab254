"""Searches in virtual time: a scaffold's policy over a journal's own fold, with no model and no command."""
