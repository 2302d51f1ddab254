"""TOML into a Record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field

from agentkit.contracts.record import Record
from agentkit.errors import BadFile
from agentkit.evaluation.toml_record import read_toml_record


class Inner(Record):
    """A table."""

    size: int = Field(default=1, ge=1)


class Outer(Record):
    """A file."""

    name: str
    inner: Inner = Inner()
    more: Mapping[str, float] = Field(default_factory=dict)


def message(path: Path, text: str | bytes) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadFile) as caught:
        read_toml_record(path, Outer)
    return str(caught.value)


def test_a_good_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('name = "x"\n[inner]\nsize = 3\n[more]\na = 1\n')
    assert read_toml_record(tmp_path / "a.toml", Outer) == Outer(
        name="x", inner=Inner(size=3), more={"a": 1.0}
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "x"\n[inner]\nsice = 3\n', ["'inner.sice'", "Did you mean: size?", "Line 3: sice = 3"]),
        ('name = "x"\nnname = 1\n', ["'nname'", "one of the keys name, inner, more"]),
        ("[inner]\nsize = 0\n", ["'name'", "Found: nothing"]),
        ('name = "x"\ninner = [1, 2]\n', ["'inner'", "an array of 2"]),
        ('name = "x"\n[inner]\nsize = 0\n', ["'inner.size'", "Found: 0"]),
        (f'name = "x"\n[more]\na = "{"y" * 200}"\n', ["'more.a'", "yyy…"]),
        ("name = \n", ["valid TOML"]),
        (b"name = '\xff'", ["UTF-8", "byte 8"]),
    ],
)
def test_a_bad_file(tmp_path: Path, text: str | bytes, words: list[str]) -> None:
    said = message(tmp_path / "a.toml", text)
    assert str(tmp_path / "a.toml") in said
    for each in words:
        assert each in said


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="No such file"):
        read_toml_record(tmp_path / "gone.toml", Outer)


@given(st.binary(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_in_it_the_answer_is_a_record_or_a_bad_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.toml"
    path.write_bytes(content)
    try:
        assert isinstance(read_toml_record(path, Outer), Outer)
    except BadFile as error:
        assert "any.toml" in str(error)
