"""The operators that scaffolds share. Each has a prompt file of its name in `prompts/`.

Those of AIRA differ from AIDE's by what published results say carried the gain (arXiv 2507.02554): memory
of the siblings alone, a cue how ambitious to be, the parent's output, and no reasoning in what is kept.
"""

from __future__ import annotations

from dataclasses import replace

from agentkit.contracts.scaffold import Operator
from agentkit.search import memory
from agentkit.search.retrieval import retrieved
from agentkit.search.sections import complexity, parent_output, remaining

DRAFT = Operator("draft", opening="plan", memory=memory.all_good)
"""A first version of an own idea, from the task's start files."""

IMPROVE = Operator("improve", opening="plan", memory=memory.all_good)
"""One more step from a valid attempt."""

DEBUG = Operator("debug", opening="debug", memory=memory.debug_chain)
"""Find the cause of a failure and mend it."""

CROSSOVER = Operator("crossover", opening="plan", memory=memory.siblings)
"""Join what works in two attempts; starts from the files of the first."""

RETRIEVE = Operator(
    "retrieve", opening="plan", memory=memory.siblings, sections=(retrieved(),), prompt="improve"
)
"""An improvement after the model of a change that has helped a version like this one (arXiv 2501.18916)."""

ATOMIC_EDIT = Operator("atomic_edit", opening="plan", memory=memory.siblings, sections=(retrieved(),))
"""One small edit with a general explanation (AEGIS, arXiv 2501.18916)."""

AIRA_DRAFT = replace(DRAFT, memory=memory.siblings, sections=(complexity,), stores="answer")
AIRA_IMPROVE = replace(IMPROVE, memory=memory.siblings, sections=(complexity, parent_output), stores="answer")
AIRA_DEBUG = replace(DEBUG, sections=(remaining,), stores="answer")
AIRA_CROSSOVER = replace(CROSSOVER, sections=(complexity,), stores="answer")

WORK = Operator("react", opening="none", memory=memory.nothing)
"""One long tool loop without a plan of its own."""

EXTERNAL = Operator("external", opening="none", memory=memory.all_good)
"""The whole task for a coding agent of somebody else; needs an `agent`."""

SOLUTION = Operator("solution", opening="none", writer="solution")
"""Lay the task's reference solution over the start files."""

NOTHING = Operator("nothing", opening="none", writer="nothing")
"""Leave the start files as they are."""
