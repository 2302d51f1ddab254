"""The operators that scaffolds share. Each has a prompt file of its name in `prompts/`."""

from __future__ import annotations

from agentkit.contracts.scaffold import Operator
from agentkit.search import memory

DRAFT = Operator("draft", opening="plan", memory=memory.all_good)
"""A first version of an own idea, from the task's start files."""

IMPROVE = Operator("improve", opening="plan", memory=memory.all_good)
"""One more step from a valid attempt."""

DEBUG = Operator("debug", opening="debug", memory=memory.debug_chain)
"""Find the cause of a failure and mend it."""

CROSSOVER = Operator("crossover", opening="plan", memory=memory.siblings)
"""Join what works in two attempts; starts from the files of the first."""

WORK = Operator("react", opening="none", memory=memory.nothing)
"""One long tool loop without a plan of its own."""

SOLUTION = Operator("solution", opening="none", writer="solution")
"""Lay the task's reference solution over the start files."""

NOTHING = Operator("nothing", opening="none", writer="nothing")
"""Leave the start files as they are."""
