from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Command, Environment, Mount
from agentkit.errors import AgentkitError
from agentkit.sandboxes.local import HostPaths, LocalSandbox

Make = Callable[..., Command]


def test_it_says_what_it_is() -> None:
    assert LocalSandbox().name == "local"
    assert "hidden_files" not in LocalSandbox().walls


def test_no_variable_of_the_host(command: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    result = asyncio.run(LocalSandbox().run(command("env", variables={"TASK": "here"})))
    names = {line.partition("=")[0] for line in result.output.splitlines()}
    assert names - {"PWD", "_", "SHLVL", "OLDPWD"} == {
        "PATH", "LANG", "HOME", "TMPDIR", "PYTHONDONTWRITEBYTECODE", "TASK", "AGENTKIT_COMMAND",
        "CUDA_VISIBLE_DEVICES",
    }  # fmt: skip


def test_home_is_its_own_and_gone_afterwards(command: Make) -> None:
    result = asyncio.run(
        LocalSandbox().run(command("sh", "-c", "touch $HOME/x $TMPDIR/y; echo $HOME; ls $HOME"))
    )
    home, *names = result.output.split()
    assert names == ["x", "y"]
    assert not Path(home).exists()


def test_paths_of_the_inside_become_paths_of_the_host(tmp_path: Path) -> None:
    mounts = (
        Mount(source=Path("/host/data"), target=Path("/data")),
        Mount(source=Path("/host/held"), target=Path("/workspace/held")),
        Mount(source=Path("/same"), target=Path("/same")),
    )
    to_host = HostPaths(Command(argv=("x",), folder=tmp_path, environment=Environment(mounts=mounts)))
    assert to_host("/data") == "/host/data"
    assert to_host("/data/train.bin") == "/host/data/train.bin"
    assert to_host("--data=/data/x") == "--data=/host/data/x"
    assert to_host("/data/a:/usr/lib:/data/b") == "/host/data/a:/usr/lib:/host/data/b"
    assert to_host("/workspace/train.py") == f"{tmp_path}/train.py"
    assert to_host("/workspace/held/x") == "/host/held/x"
    assert to_host("/same/x") == "/same/x"
    for untouched in ("/database", "my/data", "/elsewhere/data", "/workspaces", "print('/data')"):
        assert to_host(untouched) == untouched


def test_a_mount_is_found_by_its_variable(command: Make, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus/train.txt").write_text("words")
    made = command(
        "sh", "-c", 'cat "$DATA/train.txt" "$0"', "/data/train.txt",
        mounts=(Mount(source=tmp_path / "corpus", target=Path("/data")),), variables={"DATA": "/data"},
    )  # fmt: skip
    assert asyncio.run(LocalSandbox().run(made)).output == "wordswords"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AgentkitError, match="nowhere"):
        asyncio.run(LocalSandbox().run(Command(argv=("true",), folder=tmp_path / "nowhere")))
