from pathlib import Path

import pytest

from agentkit.toolchain.inside.locate import answer, locate


def test_cuda_home_and_python_packages_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (
        "cuda/bin/one-tool",
        "site/nvidia/cu13/bin/two-tool",
        "site/triton/backends/nvidia/bin/three-tool",
    ):
        program = tmp_path / path
        program.parent.mkdir(parents=True)
        program.write_text("")
        program.chmod(0o755)
    monkeypatch.setenv("CUDA_HOME", str(tmp_path / "cuda"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    found = locate(["one-tool", "two-tool", "three-tool", "no-such-tool"])
    found.pop("triton's ptxas", None)
    assert {name: Path(path).relative_to(tmp_path).parts[0] for name, path in found.items()} == {
        "one-tool": "cuda", "two-tool": "site", "three-tool": "site",
    }  # fmt: skip


def test_headers_of_torch_are_named_where_it_is() -> None:
    pytest.importorskip("torch")
    assert any(each.endswith("torch/include") for each in answer({"programs": []})["includes"])
