from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.source.paths import Place, Refused
from agentkit.toolbox.edits import Subject, open_subject, require_change, require_unbroken


def subject(tmp_path: Path, name: str, text: str) -> Subject:
    path = tmp_path / name
    path.write_text(text)
    return open_subject(Place(path, name))


def test_a_change_that_is_none_is_refused(tmp_path: Path) -> None:
    a = subject(tmp_path, "a.txt", "x\n")
    with pytest.raises(Refused, match="change nothing"):
        require_change(a, "x\n")
    assert require_change(a, "y\n") == b"y\n"


def test_of_two_mistakes_in_cpp_their_number_is_told(tmp_path: Path) -> None:
    text = "int h(int x) { return x; }\n\nint f(int x { return x; }\n"
    broken = text.replace("h(int x)", "h(int x")
    warned = require_unbroken(subject(tmp_path, "a.cpp", text), broken, (1, 1)).text
    assert "1 before the edit; first at line 1" in warned


def test_in_python_what_the_edit_brings_is_refused_and_what_was_there_is_told(tmp_path: Path) -> None:
    whole = subject(tmp_path, "a.py", "x = 1\n")
    with pytest.raises(Refused, match="breaks its syntax"):
        require_unbroken(whole, "x = (\n", (1, 1))
    broken = subject(tmp_path, "b.py", "x = (\n")
    assert "does not parse" in require_unbroken(broken, "y = 2\nx = (\n", (1, 1)).text
    assert require_unbroken(broken, "x = 1\n", (1, 1)).text == ""
