from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from agentkit.sandboxes.mount_plan import FEW_MASKS, Bind, outermost, plan_mounts, system_binds


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """usr/lib/secret/{a,b}, usr/lib/open, and the link lib -> usr/lib."""
    root = tmp_path.resolve()
    (root / "usr/lib/secret").mkdir(parents=True)
    for name in ("usr/lib/secret/a", "usr/lib/secret/b", "usr/lib/open"):
        (root / name).write_text(name)
    (root / "lib").symlink_to("usr/lib")
    return root


def test_a_mask_given_through_a_link_hides_the_real_file(tree: Path) -> None:
    plan = plan_mounts([Bind(tree / "usr", Path("/usr"))], [tree / "lib/open"])
    assert plan.hidden_files == (Path("/usr/lib/open"),)


def test_a_mask_hides_the_file_wherever_it_is_shown(tree: Path) -> None:
    names = {"usr": "/usr", "lib": "/data/library", "usr/lib/open": "/x"}
    binds = [Bind(tree / source, Path(target)) for source, target in names.items()]
    plan = plan_mounts(binds, [tree / "usr/lib/open"])
    assert set(plan.hidden_files) == {Path("/usr/lib/open"), Path("/data/library/open"), Path("/x")}


def test_a_link_that_is_masked_hides_what_it_points_to(tree: Path) -> None:
    (tree / "usr/pointer").symlink_to("lib/open")
    plan = plan_mounts([Bind(tree / "usr", Path("/usr"))], [tree / "usr/pointer"])
    assert plan.hidden_files == (Path("/usr/lib/open"),)


def test_folders_swallow_what_is_in_them(tree: Path) -> None:
    masks = [tree / "usr/lib/secret/a", tree / "usr/lib/secret", tree / "usr/lib/open"]
    plan = plan_mounts([Bind(tree / "usr", Path("/usr"))], masks)
    assert plan.hidden_folders == (Path("/usr/lib/secret"),)
    assert plan.hidden_files == (Path("/usr/lib/open"),)


def test_what_is_not_shown_or_not_there_needs_no_mask(tree: Path) -> None:
    plan = plan_mounts([Bind(tree / "usr/lib/secret", Path("/s"))], [tree / "usr/lib/open", tree / "nowhere"])
    assert plan.hidden_files == plan.hidden_folders == ()


def test_a_bind_below_a_masked_folder_was_asked_for(tree: Path) -> None:
    binds = [Bind(tree / "usr", Path("/usr")), Bind(tree / "usr/lib/secret/a", Path("/workspace/a"))]
    plan = plan_mounts(binds, [tree / "usr/lib/secret"])
    assert plan.hidden_folders == (Path("/usr/lib/secret"),)
    assert plan.hidden_files == ()


def test_many_masks_are_staged_but_never_below_a_writable_bind(tree: Path) -> None:
    files = [tree / f"usr/f{n}" for n in range(FEW_MASKS + 1)]
    for file in files:
        file.touch()
    usr = Bind(tree / "usr", Path("/usr"))
    assert plan_mounts([usr], files).staged_files == tuple(sorted(files))
    assert plan_mounts([usr], files).hidden_files == ()
    assert plan_mounts([usr], files[:-1]).staged_files == ()
    writable = plan_mounts([dataclasses.replace(usr, writable=True)], files)
    assert writable.staged_files == ()
    assert len(writable.hidden_files) == len(files)


def test_arguments_in_the_order_that_bubblewrap_needs(tree: Path) -> None:
    binds = [Bind(tree / "usr/lib", Path("/deep/er")), Bind(tree / "usr", Path("/deep"), writable=True)]
    words = plan_mounts(binds, [tree / "usr/lib/open", tree / "usr/lib/secret"]).arguments(Path("/empty"))
    assert words[:6] == ["--bind", str(tree / "usr"), "/deep", "--ro-bind", str(tree / "usr/lib"), "/deep/er"]
    assert words.index("/deep/er/secret") > 5
    assert words[-6:] == ["--ro-bind", "/empty", "/deep/er/open", "--ro-bind", "/empty", "/deep/lib/open"]


def test_a_place_that_another_bind_covers_needs_no_mask(tree: Path) -> None:
    (tree / "cover").mkdir()
    binds = [Bind(tree / "usr", Path("/usr")), Bind(tree / "cover", Path("/usr/lib"))]
    plan = plan_mounts(binds, [tree / "usr/lib/open", tree / "usr/lib/secret"])
    assert plan.hidden_files == plan.hidden_folders == ()


def test_system_folders_that_are_links_stay_links(tree: Path) -> None:
    binds, links = system_binds([tree / "usr", tree / "lib", tree / "none"], [])
    assert binds == [Bind(tree / "usr", tree / "usr")]
    assert links == [("usr/lib", tree / "lib")]


def test_outermost() -> None:
    paths = [Path("/a/b/c"), Path("/a/bc"), Path("/a/b"), Path("/a/b/d/e")]
    assert outermost(paths) == [Path("/a/b"), Path("/a/bc")]
