"""Kernels: a function from arrays to an array, measured beside a baseline, in a process that only answers."""
