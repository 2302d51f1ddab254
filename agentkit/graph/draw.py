"""The Mermaid source of both graphs, as LangGraph draws them."""

from __future__ import annotations

from typing import Any, cast

from agentkit.graph.attempt import build_attempt
from agentkit.graph.search import build_search


def mermaid() -> str:
    """Drawn from the graphs that run, so the picture cannot differ from them."""
    nothing = cast(Any, None)  # the nodes are drawn, never called
    attempt = build_attempt(nothing).compile().get_graph().draw_mermaid()
    search = build_search(nothing, nothing, nothing).compile().get_graph().draw_mermaid()
    return f"%% The attempt\n{attempt}\n%% The search\n{search}"
