from typing import Any

from agentkit.search.progress import watch_output


def listen(*pieces: bytes) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []

    def tell(kind: str, attempt: str = "", **data: Any) -> None:
        if kind == "progress":
            told.append({"attempt": attempt, **data})

    on_output = watch_output(tell, "a1", "attempt a1")
    for piece in pieces:
        on_output(piece)
    return told


def test_step_lines_are_read_even_when_they_come_in_pieces() -> None:
    found = listen(b"starting\nstep:10/110 train_lo", b"ss:2.5 train_time:12ms\nstep:20/110 val_loss:2.25\n")
    assert [(each["step"], each["steps"], each["loss"]) for each in found] == [
        (10, 110, 2.5),
        (20, 110, 2.25),
    ]
    assert found[0]["attempt"] == "a1"


def test_lines_that_only_look_like_it_are_passed_over() -> None:
    assert listen(b"step by step\nloss is lower\nstep:3 loss:--\n") == []
