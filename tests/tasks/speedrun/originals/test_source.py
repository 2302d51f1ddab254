"""Scripts of records, out of a checkout made here; with AGENTKIT_MODDED_NANOGPT, out of a real one."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import BadFile, MissingRequirement, UnknownName
from agentkit.evaluation.toml_record import read_toml_record

Import = Callable[[str], Any]


@pytest.fixture
def source(originals: Import) -> Any:
    return originals("source")


@pytest.fixture
def sources(source: Any, upstream: Any, tmp_path: Path) -> Any:
    return read_toml_record(upstream.write_table(tmp_path / "table.toml"), source.Sources)


@pytest.fixture
def checkout(source: Any, upstream: Any, tmp_path: Path) -> Any:
    folder = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", str(upstream.repository), str(folder)], check=True)
    return source.Checkout(folder, is_templates=False)


def test_a_script_of_several_files_from_a_log(source: Any, sources: Any, checkout: Any) -> None:
    script = source.read_script(checkout, "main", 61, sources)
    assert list(script.files) == ["train_gpt.py", "triton_kernels.py"]
    assert script.files["train_gpt.py"] == "import os\nprint('newer')\n"
    assert script.origin.endswith("run.txt")
    assert len(script.digest) == 64


def test_a_script_from_the_history_has_our_name_and_its_arguments(
    source: Any, sources: Any, checkout: Any
) -> None:
    script = source.read_script(checkout, "main", 1, sources)
    assert dict(script.files) == {"train_gpt.py": "print('before there were logs')\n"}
    assert script.arguments == ("--num_iterations=3",)


def test_without_the_history_the_command_that_gets_it(
    source: Any, sources: Any, upstream: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth", "1", upstream.repository.as_uri(), str(folder)], check=True
    )
    shallow = source.Checkout(folder, is_templates=False)
    assert source.read_script(shallow, "main", 61, sources).files
    with pytest.raises(MissingRequirement, match="shallow") as raised:
        source.read_script(shallow, "main", 1, sources)
    assert "agentkit speedrun fetch" in str(raised.value)


@pytest.mark.parametrize(
    ("number", "kind", "told"),
    [(66, MissingRequirement, "a change of PyTorch only"), (7, UnknownName, "Known: 1, 61, 66")],
)
def test_records_without_a_script(
    source: Any, sources: Any, checkout: Any, number: int, kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind, match=told):
        source.read_script(checkout, "main", number, sources)
    with pytest.raises(UnknownName, match="track"):
        source.read_script(checkout, "short", number, sources)


def test_an_edited_script_is_refused(source: Any, sources: Any, checkout: Any) -> None:
    log = checkout.folder / sources.main["61"].log
    log.write_text(log.read_text().replace("newer", "older"))
    with pytest.raises(BadFile, match="does not|not the one") as raised:
        source.read_script(checkout, "main", 61, sources)
    assert "train_gpt.py" in str(raised.value)


def test_a_checkout_without_the_log(source: Any, sources: Any, checkout: Any) -> None:
    log = checkout.folder / sources.main["61"].log
    log.rename(log.with_name("other.txt"))
    with pytest.raises(MissingRequirement) as raised:
        source.read_script(checkout, "main", 61, sources)
    assert "other.txt" in str(raised.value)
    assert f"git -C {checkout.folder} checkout" in str(raised.value)


def test_a_log_that_lost_its_source(source: Any, sources: Any, checkout: Any) -> None:
    (checkout.folder / sources.main["61"].log).write_text("step:1/2\n")
    with pytest.raises(BadFile, match="begins with the source"):
        source.read_script(checkout, "main", 61, sources)


def test_a_template_of_llm_speedrunner(source: Any, sources: Any, tmp_path: Path) -> None:
    path = tmp_path / "runner" / source.TEMPLATE.format(1)
    path.parent.mkdir(parents=True)
    path.write_text("print('before there were logs')\n")
    checkout = source.find_checkout(tmp_path / "runner", {}, tmp_path)
    assert checkout.is_templates
    assert list(source.read_script(checkout, "main", 1, sources).files) == ["train_gpt.py"]
    with pytest.raises(MissingRequirement, match="only 1 to 21"):
        source.read_script(checkout, "main", 61, sources)
    path.write_text("print('edited')\n")
    with pytest.raises(BadFile):
        source.read_script(checkout, "main", 1, sources)


def test_where_a_checkout_is_looked_for(source: Any, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("flag", "variable", "cache/modded-nanogpt")]
    for folder in folders:
        (folder / source.LOGS).mkdir(parents=True)
    variable = {"AGENTKIT_MODDED_NANOGPT": str(folders[1])}
    assert source.find_checkout(folders[0], variable, tmp_path / "cache").folder == folders[0]
    assert source.find_checkout(None, variable, tmp_path / "cache").folder == folders[1]
    assert source.find_checkout(None, {}, tmp_path / "cache").folder == folders[2]


def test_no_checkout_tells_what_to_type(source: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingRequirement) as raised:
        source.find_checkout(tmp_path / "empty", {}, tmp_path)
    message = str(raised.value)
    assert "which has neither" in message
    assert "Next: agentkit speedrun fetch" in message
    assert "git clone https://github.com/KellerJordan/modded-nanogpt" in message
    with pytest.raises(MissingRequirement, match="is not there"):
        source.find_checkout(None, {}, tmp_path / "cache")


def test_the_table_knows_every_record(source: Any) -> None:
    sources = source.read_sources()
    assert list(sources.main) == [str(number) for number in range(1, 90)]
    assert list(sources.medium) == [str(number) for number in range(1, 19)]
    assert list(sources.steps) == [str(number) for number in range(1, 47)]
    assert list(sources.templates) == [str(number) for number in range(1, 22)]
    places = [
        place for track in ("main", "retimed", "medium", "steps") for place in sources.track(track).values()
    ]
    for place in places:
        assert sum(map(bool, (place.log, place.file, place.commit, place.absent))) == 1
        assert bool(place.files) is not bool(place.absent)
        assert all(len(digest) == 64 for digest in place.files.values())
    assert [number for number, place in sources.main.items() if place.absent] == ["66"]
    assert sources.templates["6"] == sources.templates["7"]


@pytest.mark.real
@pytest.mark.skipif(
    not os.environ.get("AGENTKIT_MODDED_NANOGPT"), reason="needs a checkout of modded-nanogpt"
)
def test_every_script_of_a_real_checkout(source: Any, originals: Import) -> None:
    sources, run_log, printed = source.read_sources(), originals("run_log"), originals("printed")
    checkout = source.find_checkout(None, os.environ, Path())
    for track in ("main", "retimed", "medium", "steps"):
        for number, place in sources.track(track).items():
            if place.absent:
                continue
            script = source.read_script(checkout, track, number)
            assert len(script.files["train_gpt.py"]) > 5000
            if not place.log:
                continue
            content = (checkout.folder / place.log).read_bytes()
            assert hashlib.sha256(content).hexdigest() == place.log_sha256
            rule = printed.timing_rule(int(number.split("_")[0]), track)
            results = printed.read_results(run_log.split_log(content.decode()).printed, 3.3, rule)
            assert all(each.last and each.last.train_ms and not each.doubts for each in results)


@pytest.mark.real
@pytest.mark.skipif(
    not os.environ.get("AGENTKIT_MODDED_NANOGPT"), reason="needs a checkout of modded-nanogpt"
)
def test_real_scripts_that_sum_gradients_are_averaged(source: Any, originals: Import) -> None:
    average = originals("averaging").average_gradients
    rows = originals("gpu_table").read_table().records
    checkout = source.find_checkout(None, os.environ, Path())
    summed = [number for number, row in rows.items() if row.one_gpu == "summed"]
    for number in summed:
        script = source.read_script(checkout, "main", number).files["train_gpt.py"]
        lines = [line for line in average(script).splitlines() if line not in script.splitlines()]
        assert len(lines) == 4
        compile(average(script), "train_gpt.py", "exec")
    assert len(summed) == 15
