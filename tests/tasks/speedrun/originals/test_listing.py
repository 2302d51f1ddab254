"""Which profiles a task has, and what is missing for each, without reading a script."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.cli.main import main

CHECKOUT = Path(__file__).parents[4]


@pytest.fixture
def listing(originals: Callable[[str], Any]) -> Any:
    return originals("listing")


def test_profiles_that_a_step_cannot_have_are_left_out(listing: Any, made_checkout: Any) -> None:
    around = listing.Surroundings(made_checkout.checkout, frozenset())
    names = {
        task: [each.name for each in listing.real_profiles(task, around)]
        for task in ("record1", "record12", "record6", "medium3", "steps5", "record27", "nothing")
    }
    assert names == {
        "record1": ["gpu8"], "record12": ["gpu1", "gpu8"], "record6": [], "medium3": ["gpu8"],
        "steps5": ["gpu1", "gpu8"], "record27": ["gpu1", "gpu8"], "nothing": [],
    }  # fmt: skip


def test_what_is_missing(listing: Any, made_checkout: Any) -> None:
    nothing = listing.real_profiles("record12", listing.Surroundings(None, frozenset()))
    assert "agentkit speedrun fetch" in nothing[0].lacks[0]
    shards = frozenset(f"fineweb_train_{number:06d}.bin" for number in range(1, 8))
    (_, all_) = listing.real_profiles("record12", listing.Surroundings(made_checkout.checkout, shards))
    assert "4 shards of FineWeb" in all_.lacks, "three for training, and the one for validation"


def test_surroundings_are_found(
    listing: Any, made_checkout: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AGENTKIT_FINEWEB", raising=False)
    monkeypatch.setenv("AGENTKIT_MODDED_NANOGPT", str(made_checkout.folder))
    assert listing.Surroundings.find(tmp_path).shards == frozenset()
    (tmp_path / "fineweb_val_000000.bin").touch()
    monkeypatch.setenv("AGENTKIT_FINEWEB", str(tmp_path))
    assert "fineweb_val_000000.bin" in listing.Surroundings.find(tmp_path).shards
    monkeypatch.setenv("AGENTKIT_MODDED_NANOGPT", str(tmp_path / "none"))
    assert listing.Surroundings.find(tmp_path).checkout is None


def test_each_profile_says_its_own_reason(listing: Any) -> None:
    """Loading tells why a script is none for one GPU; that another profile lacks GPUs is no answer."""
    task = listing.SpeedrunEntry(name="record14", purpose="p", refused="pocket: no; gpu8 lacks 8 GPUs")
    assert [task.refused_in(each) for each in ("gpu1", "gpu1@0.1", "gpu8")] == ["", "", ""]
    assert task.refused_in("pocket") == task.refused_in("auto") == "pocket: no; gpu8 lacks 8 GPUs"


def test_the_command_shows_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AGENTKIT_MODDED_NANOGPT", str(tmp_path / "none"))
    monkeypatch.chdir(CHECKOUT)
    assert main(["list", "tasks", "--benchmark", "speedrun"]) == 0
    text = capsys.readouterr().out
    assert text.count("a checkout of modded-nanogpt (agentkit speedrun fetch)") == 1
    assert "runs here in pocket; gpu1 lacks [1], " in text
    assert "speedrun/record88" in text
    assert "kernels/" not in text


def test_a_list_of_tasks_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom agentkit.cli.main import main\n"
        "main(['list', 'tasks', '--benchmark', 'speedrun'])\n"
        "assert not {'numpy', 'torch', 'tree_sitter'} & set(sys.modules), 'heavy'\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
