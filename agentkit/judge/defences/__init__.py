"""Defences: the work's own words are shown as words, searched for what speaks to a judge, and masked."""
