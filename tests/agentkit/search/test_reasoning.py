import pytest

from agentkit.search.reasoning import without_reasoning


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("<think>\nhm\n</think>\n\n1. Fuse it.", "1. Fuse it."),
        ("so, hm\n</think>\nFuse it.", "Fuse it."),
        ("<thinking>a</thinking>One. <reasoning>b</reasoning>Two.", "One. Two."),
        ("<THINK>a</THINK> One.", "One."),
        ("<think>never came to an end", ""),
        ("Plain words,\n  as they were. ", "Plain words,\n  as they were. "),
        ("Compare a < b and x<think_time>.", "Compare a < b and x<think_time>."),
    ],
)
def test_the_answer_alone_is_left(reply: str, answer: str) -> None:
    assert without_reasoning(reply) == answer
