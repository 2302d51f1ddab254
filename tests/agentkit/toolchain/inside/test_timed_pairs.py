from pathlib import Path

import pytest

from agentkit.toolchain.inside.timed_pairs import Clock, measure


def test_a_longer_loop_takes_longer_in_every_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("k.py").write_text(
        "def inputs(seed): return (seed,)\n"
        "def short(seed):\n    for i in range(3000): pass\n"
        "def long(seed):\n    for i in range(12000): pass\n"
    )
    found = measure({
        "baseline": "k.py:short", "candidate": "k.py:long", "inputs": "k.py:inputs", "pairs": 4, "seed": 1,
        "cpu": True, "peaks": False,
    })  # fmt: skip
    assert len(found["pairs"]) == 4
    assert sum(slow > 2 * fast for fast, slow in found["pairs"]) >= 3
    assert found["clock"] == "processor time"
    assert found["calls"] > 1  # a call is shorter than a sample
    assert found["peaks"] is None


def test_every_call_has_its_own_arguments() -> None:
    seen: list[int] = []
    Clock().seconds(lambda each: seen.append(each), [(1,), (2,), (3,)])
    assert seen == [1, 2, 3]
