from pathlib import Path

import pytest

from agentkit.source.paths import Refused
from agentkit.toolchain.nvcc_command import Compilation, cache_key, read_arches, targets


@pytest.mark.parametrize(
    ("text", "arches"),
    [("native", ("native",)), ("sm_90a", ("sm_90a",)), ("80, 90", ("sm_80", "sm_90")), ("90 90", ("sm_90",)),
     ("compute_100", ("sm_100",))],
)  # fmt: skip
def test_arches_are_read(text: str, arches: tuple[str, ...]) -> None:
    assert read_arches(text) == arches


@pytest.mark.parametrize("text", ["", "volta", "native,90", "sm_9"])
def test_what_is_no_architecture_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_arches(text)


def test_several_architectures_are_generated_for_each() -> None:
    assert targets(("sm_80", "sm_90a")) == [
        "-gencode=arch=compute_80,code=sm_80",
        "-gencode=arch=compute_90a,code=sm_90a",
    ]


def test_the_key_changes_with_any_source_and_with_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "k.cu").write_text('#include "k.cuh"')
    (tmp_path / "k.cuh").write_text("int a;")
    plan = Compilation(("k.cu",), ("sm_90",))
    argv = plan.argv("nvcc", ())
    first = cache_key(tmp_path, plan, argv)
    (tmp_path / "notes.txt").write_text("nothing that is compiled")
    assert cache_key(tmp_path, plan, argv) == first
    (tmp_path / "k.cuh").write_text("int b;")
    assert cache_key(tmp_path, plan, argv) != first
    (tmp_path / "k.cuh").write_text("int a;")
    assert cache_key(tmp_path, plan, argv) == first
    other = Compilation(("k.cu",), ("sm_80",))
    assert cache_key(tmp_path, other, other.argv("nvcc", ())) != first
