"""Sweeps: a grid of runs declared in a file, carried out by an engine, resumed by itself."""
