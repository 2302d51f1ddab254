"""The child's side of the talk, without a sandbox: its program as a process, or its parts."""

from __future__ import annotations

import io
import json
import mmap
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agentkit.evaluation.kernels.answerer import answer, echo_for, load_kernel, open_exchange, serve

QUESTION = {
    "nonce": "0011223344556677",
    "inputs": [{"dtype": "float32", "shape": [2, 3], "strides": [12, 4], "offset": 64}],
    "output": {"dtype": "float32", "shape": [2, 3], "offset": 1024},
}


@pytest.fixture
def exchange(tmp_path: Path) -> mmap.mmap:
    path = tmp_path / "data"
    data = bytearray(4096)
    data[64:88] = np.arange(6, dtype=np.float32).tobytes()
    path.write_bytes(data)
    return open_exchange(str(path))


def output(exchange: mmap.mmap) -> list[float]:
    return [float(each) for each in np.frombuffer(exchange, np.float32, 6, 1024)]


def framed(question: object) -> bytes:
    data = json.dumps(question).encode()
    return struct.pack("<I", len(data)) + data


def talk(tmp_path: Path, exchange: mmap.mmap, text: str, *questions: object) -> bytes:
    (tmp_path / "kernel.py").write_text(text)
    requests = io.BytesIO(b"".join(map(framed, questions)) + struct.pack("<I", 0))
    answers = io.BytesIO()
    serve(requests, answers, str(tmp_path / "kernel.py"), exchange)
    return answers.getvalue()


def test_a_question_is_answered_in_the_exchange(tmp_path: Path, exchange: mmap.mmap) -> None:
    said = talk(tmp_path, exchange, "def kernel(x): return x + 1", QUESTION, {})
    assert said[:10] == b"RD" + bytes.fromhex("0011223344556677")
    kind, threads = struct.unpack("<cI", said[10:])
    assert (kind, threads >= 1) == (b"T", True)
    assert output(exchange) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def kernel(x): return 1 / 0", "ZeroDivisionError"),
        ("def kernel(x): raise SystemExit(3)", "SystemExit"),
        ("def kernel(x): x[0] = 3; return x", "read-only"),
        ("def kernel(x): return x[:, :2]", "float32 [2, 2], and float32 [2, 3]"),
        ("def kernel(x): return x.astype('float16')", "float16 [2, 3]"),
        ("def kernel(x): return x.tolist()", "builtins.list"),
        ("import numpy as np\nclass L(np.ndarray): pass\ndef kernel(x): return x.view(L)", "candidate.L"),
    ],
)
def test_what_goes_wrong_is_said(tmp_path: Path, exchange: mmap.mmap, text: str, words: str) -> None:
    said = talk(tmp_path, exchange, text, QUESTION)
    kind, length = struct.unpack("<cI", said[1:6])
    assert kind == b"E"
    assert len(said) == 6 + length
    assert words in said.decode("utf-8", "replace")
    assert output(exchange) == [0] * 6


def test_a_file_that_cannot_be_imported(tmp_path: Path, exchange: mmap.mmap) -> None:
    assert b"NameError" in talk(tmp_path, exchange, "oops")
    (tmp_path / "kernel.py").write_text("x = 1")
    with pytest.raises(AttributeError, match="kernel"):
        load_kernel(str(tmp_path / "kernel.py"))


def test_the_echo_writes_zeros_everywhere(exchange: mmap.mmap) -> None:
    question: dict[str, Any] = dict(QUESTION)
    exchange[1024:1048] = b"\xff" * 24
    answer(echo_for(question["output"]), exchange, question)
    assert output(exchange) == [0] * 6
