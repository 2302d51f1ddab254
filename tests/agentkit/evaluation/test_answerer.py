"""The child's program, run as it is run in a sandbox: as text, with two pipes."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

from agentkit.evaluation.answers import PROGRAM

GOODBYE = struct.pack("<cII", b"B", 0, 0)


def child(folder: Path, script: str, requests: bytes) -> subprocess.CompletedProcess[bytes]:
    (folder / "train.py").write_text(script)
    command = [sys.executable, "-P", "-c", PROGRAM.read_text(encoding="utf-8"), "train.py", "checkpoint.pt"]
    return subprocess.run(command, cwd=folder, input=requests, capture_output=True, check=False, timeout=120)


def test_only_answers_are_written_to_its_stdout(tmp_path: Path) -> None:
    script = "import os\nprint('hello')\ndef load(path): os.system('echo from a child'); return print\n"
    done = child(tmp_path, script, GOODBYE)
    assert (done.stdout, done.returncode) == (b"R", 0)
    assert b"hello" in done.stderr and b"from a child" in done.stderr


def test_the_module_is_found_beside_the_script_and_not_trained(tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text("NAME = 'parts'\n")
    script = (
        "import dataclasses, pickle\nfrom parts import NAME\n"
        "@dataclasses.dataclass\nclass Recipe:\n    steps: int = 1\n"
        "def load(path):\n    assert (path, NAME, __name__) == ('checkpoint.pt', 'parts', 'candidate')\n"
        "    pickle.dumps(Recipe())\n    return None\n"
        "if __name__ == '__main__':\n    raise SystemExit('training')\n"
    )
    assert child(tmp_path, script, GOODBYE).stdout == b"R"


def test_an_error_is_cut_to_a_message(tmp_path: Path) -> None:
    done = child(tmp_path, "def load(path): raise ValueError('é' * 50_000)", GOODBYE)
    kind, length = struct.unpack("<cI", done.stdout[:5])
    assert kind == b"E"
    assert 1000 < length <= 8000 and len(done.stdout) == 5 + length


@pytest.mark.real
def test_requests_are_answered_one_by_one(tmp_path: Path) -> None:
    script = (
        "import torch\n"
        "def load(path):\n"
        "    def model(tokens):\n"
        "        assert tokens.dtype == torch.int64\n"
        "        if tokens.max() > 250: raise ValueError('too large')\n"
        "        return torch.nn.functional.one_hot(tokens, 256).to(torch.bfloat16).requires_grad_()\n"
        "    return model\n"
    )
    one = struct.pack("<cII", b"B", 1, 2) + bytes([5, 7])
    bad = struct.pack("<cII", b"q", 1, 1) + struct.pack("<q", 255)
    done = child(tmp_path, script, one + bad + one + GOODBYE)
    head = struct.pack("<cI3I", b"L", 3, 1, 2, 256)
    values = [0.0] * 512
    values[5] = values[256 + 7] = 1.0
    answer = head + struct.pack("<512f", *values)
    assert done.stdout.startswith(b"R" + answer + b"E")
    assert done.stdout.endswith(answer)
    assert b"ValueError: too large" in done.stdout
