import re

from agentkit.graph.draw import mermaid


def arrows(drawing: str) -> set[tuple[str, str]]:
    return set(re.findall(r"(\w+) -(?:-|\.-)> (\w+)", drawing))


def test_both_graphs_are_drawn_with_every_node_and_every_way_between_them() -> None:
    attempt, search = mermaid().split("%% The search\n")
    assert attempt.startswith("%% The attempt\n")
    assert arrows(attempt) == {
        ("__start__", "route"),
        *((("route"), each) for each in ("plan", "debug", "code")),
        ("plan", "code"),
        ("debug", "code"),
        ("code", "run"),
        ("run", "code"),
        ("run", "review"),
        ("review", "__end__"),
    }
    assert arrows(search) == {
        ("__start__", "select"),
        ("select", "dispatch"),
        ("select", "finalise"),
        ("dispatch", "collect"),
        ("collect", "select"),
        ("finalise", "judge"),
        ("judge", "__end__"),
    }


def test_each_drawing_is_mermaid() -> None:
    assert [line for line in mermaid().splitlines() if line == "graph TD;"] == ["graph TD;"] * 2
