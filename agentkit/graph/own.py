"""Graphs of an attempt that an author has made: compiled as ours is, and blamed for what they do wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from langgraph.errors import GraphRecursionError
from langgraph.graph import StateGraph
from langgraph.pregel import Pregel

from agentkit.errors import AgentkitError, BrokenPlugin
from agentkit.search.stages import Stages


def made(author: Callable[[Any], Any], stages: Stages, saver: Any) -> Any:
    """The author's graph, compiled with our checkpoints. Raises BrokenPlugin if it is none."""
    try:
        graph = author(stages)
        if isinstance(graph, StateGraph):
            return graph.compile(checkpointer=saver)
    except AgentkitError:
        raise
    except Exception as error:
        raise BrokenPlugin(
            f"The scaffold's graph cannot be made: {type(error).__name__}: {error}",
            "Next: mend `graph` where the scaffold is made.",
        ) from error
    if isinstance(graph, Pregel):
        return graph.copy({"checkpointer": saver})
    raise BrokenPlugin(
        "The scaffold's graph is no LangGraph graph.",
        "Wanted: a function that is given the stages and returns a StateGraph, compiled or not",
        f"Found: {type(graph).__name__}",
    )


@contextmanager
def own_graph_blamed(attempt: str, most_steps: int, folder: Path) -> Iterator[None]:
    """A node that fails, or a loop without an end, is the author's: BrokenPlugin says so."""
    after = f"Next: mend it, then `agentkit resume {folder}`; nothing is lost."
    try:
        yield
    except AgentkitError:
        raise
    except GraphRecursionError as error:
        raise BrokenPlugin(
            f"The scaffold's graph goes on after {most_steps} steps of attempt {attempt}.",
            "Wanted: that every loop in it ends",
            after,
        ) from error
    except Exception as error:
        raise BrokenPlugin(
            f"The scaffold's graph failed in attempt {attempt}: {type(error).__name__}: {error}", after
        ) from error


def unfinished(attempt: str, folder: Path) -> BrokenPlugin:
    return BrokenPlugin(
        f"The scaffold's graph has ended, and attempt {attempt} is not finished.",
        "Wanted: that every way through it leads to `stages.review`, which finishes an attempt",
        f"Next: mend it, then `agentkit resume {folder}`; nothing is lost.",
    )
