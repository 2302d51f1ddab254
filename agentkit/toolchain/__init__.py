"""Toolchain: compilers, disassemblers, profilers and checkers around code, and what they print, as tables."""
