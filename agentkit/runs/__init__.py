"""Runs: solve, resume, calibrate; and the folder that a run is."""
