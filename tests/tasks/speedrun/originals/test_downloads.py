"""What scripts download as they start: told before, looked for where it may be, and shown to the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PLAIN = "from kernels import get_kernel\nf = get_kernel('some-one/flash-3').interface\n"
VERSIONED = "import kernels\nf = kernels.get_kernel(\n    'a/flash', version=1\n)\n"
FALLBACK = (
    "try:\n    f = get_kernel('a/flash', version=1)\n"
    "except BaseException:\n    f = get_kernel('b/other', trust_remote_code=True)\n"
)
"""As in the script of record 85."""


@pytest.fixture
def downloads(originals: Callable[[str], Any]) -> Any:
    return originals("downloads")


def cached(home: Path, commit: str, ref: str = "", build: str = "torch210-cu128") -> Path:
    """As the hub's own cache looks: blobs, links to them, and names of commits."""
    (home / "blobs").mkdir(parents=True, exist_ok=True)
    (home / "blobs" / "1").write_text("print('a kernel')\n")
    package = home / "snapshots" / commit / "build" / build
    package.mkdir(parents=True)
    (package / "__init__.py").symlink_to("../../../../blobs/1")
    if ref:
        (home / "refs").mkdir(exist_ok=True)
        (home / "refs" / ref).write_text(commit)
    return home / "snapshots" / commit


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (PLAIN, [("some-one/flash-3", "main")]),
        (VERSIONED, [("a/flash", "v1")]),
        (FALLBACK, [("a/flash", "v1")]),
        ("x = get_kernel('a/b', revision='abc')\n", [("a/b", "abc")]),
        ("x = get_kernel('a/b', 'abc')\n", [("a/b", "abc")]),
        ("# get_kernel('a/b')\nname = 'a/b'\nx = get_kernel(name)\n", []),
        ("x = get_kernel('../..')\n", []),
        ("not python (", []),
    ],
)
def test_kernels_that_a_script_asks_for(downloads: Any, text: str, found: list[tuple[str, str]]) -> None:
    assert [(each.repository, each.ref) for each in downloads.kernels_of(text)] == found


def test_the_command_gets_exactly_what_the_script_asks_for(downloads: Any, tmp_path: Path) -> None:
    needed = downloads.Downloads.of([VERSIONED, "import tiktoken\n"], tmp_path, {"HF_HOME": str(tmp_path)})
    package, kernels, encoding = needed.lacks()
    assert package.fix == "pip install 'kernels>=0.13'" and "it has none" in package.what
    assert "the kernels a/flash" in kernels.what
    assert kernels.fix.endswith("""get_kernel("a/flash", version=1)\'""")
    assert f"KERNELS_CACHE={tmp_path}/speedrun/kernels python -c" in kernels.fix
    assert "TIKTOKEN_CACHE_DIR=" in encoding.fix
    assert (needed.mounts(), needed.variables()) == ((), {})
    assert needed.facts()["downloads"].startswith("the kernels a/flash (v1), tiktoken's files")
    nothing = downloads.Downloads.of(["print()"], tmp_path, {})
    assert (nothing.lacks(), nothing.facts(), nothing.packages) == ([], {}, ())


@pytest.mark.parametrize(
    ("texts", "has", "wanted"),
    [
        ([VERSIONED], "0.12.3", ">=0.13"),
        ([VERSIONED], "0.17.2", ""),
        ([PLAIN], "0.12.3", ""),
        ([PLAIN], "0.14.0", "<0.14"),
        ([PLAIN, VERSIONED], "0.13.0", ""),
        ([PLAIN, VERSIONED], "", ">=0.13,<0.14"),
    ],
)
def test_releases_that_load_without_a_network(
    downloads: Any, tmp_path: Path, texts: list[str], has: str, wanted: str
) -> None:
    found = list(downloads.Downloads.of(texts, tmp_path, {})._package_lacks(has))
    assert [each.fix for each in found] == ([f"pip install 'kernels{wanted}'"] if wanted else [])


def test_a_cached_kernel_is_mounted_and_named(downloads: Any, tmp_path: Path) -> None:
    home = tmp_path / "hub" / "models--a--flash"
    snapshot = cached(home, "c1", "v1")
    cached(tmp_path / "hub" / "models--some-one--flash-3", "d1", "main")
    cached(tmp_path / "hub" / "models--private--work", "e1", "main")
    needed = downloads.Downloads.of(
        [VERSIONED, PLAIN], tmp_path / "cache", {"HF_HUB_CACHE": str(tmp_path / "hub")}
    )
    assert needed.snapshot(needed.kernels[0]) == snapshot
    assert [lack.what for lack in needed.lacks() if "downloads" in lack.what] == []
    assert {(each.source.name, str(each.target)) for each in needed.mounts()} == {
        ("models--a--flash", "/data/kernels/models--a--flash"),
        ("models--some-one--flash-3", "/data/kernels/models--some-one--flash-3"),
    }
    assert needed.variables() == {
        "KERNELS_CACHE": "/data/kernels",
        "LOCAL_KERNELS": "a/flash=/data/kernels/models--a--flash/snapshots/c1"
        ":some-one/flash-3=/data/kernels/models--some-one--flash-3/snapshots/d1",
    }


def test_what_our_own_command_fetched_comes_first(downloads: Any, tmp_path: Path) -> None:
    ours = cached(tmp_path / "cache" / "speedrun" / "kernels" / "kernels--a--flash", "c2", "v1")
    cached(tmp_path / "hub" / "models--a--flash", "c1", "v1")
    needed = downloads.Downloads.of([VERSIONED], tmp_path / "cache", {"HF_HOME": str(tmp_path)})
    assert needed.snapshot(needed.kernels[0]) == ours


def test_which_snapshot_is_the_one_that_is_asked_for(downloads: Any, tmp_path: Path) -> None:
    home = tmp_path / "models--a--flash"
    assert downloads.snapshot_in(home, "v1") is None
    main = cached(home, "m", "main")
    assert downloads.snapshot_in(home, "main") == main
    assert downloads.snapshot_in(home, "v1") is None, "what is of another name is none of version 1"
    first = cached(home, "v")
    assert downloads.snapshot_in(home, "v1") == first, "older releases note no name of a version"
    assert downloads.snapshot_in(home, "v") == first, "a commit names itself"


def test_a_download_that_was_cut_off_is_none(downloads: Any, tmp_path: Path) -> None:
    home = tmp_path / "models--a--flash"
    cached(home, "m", "main")
    (home / "blobs" / "2.incomplete").touch()
    assert downloads.snapshot_in(home, "main") is None
    (home / "blobs" / "2.incomplete").unlink()
    (home / "blobs" / "1").unlink()
    assert downloads.snapshot_in(home, "main") is None, "a link to nothing"
