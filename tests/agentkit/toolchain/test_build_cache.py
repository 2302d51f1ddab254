from pathlib import Path

from agentkit.toolchain.build_cache import Built, keep, recall


def test_what_was_built_comes_back_with_its_product(tmp_path: Path) -> None:
    logs, product = tmp_path / "logs", tmp_path / "k.cubin"
    logs.mkdir()
    (logs / "nvcc-0001.log").write_text("told")
    product.write_bytes(b"code")
    built = Built("nvcc-0001.log", 0, 1.5)
    assert recall(logs, "key", product) is None
    keep(logs, "key", built, product)
    product.unlink()
    assert recall(logs, "key", product) == built
    assert product.read_bytes() == b"code"


def test_a_failure_is_kept_without_a_product(tmp_path: Path) -> None:
    (tmp_path / "nvcc-0001.log").write_text("error")
    keep(tmp_path, "key", Built("nvcc-0001.log", 2, 0.5), tmp_path / "never.cubin")
    found = recall(tmp_path, "key", tmp_path / "never.cubin")
    assert found is not None and found.exit_code == 2


def test_what_is_broken_was_never_built(tmp_path: Path) -> None:
    keep(tmp_path, "key", Built("gone.log", 0, 0.5), None)
    assert recall(tmp_path, "key", None) is None
    (tmp_path / "build-bad.json").write_text("{")
    assert recall(tmp_path, "bad", None) is None
