from pathlib import Path

import pytest

from agentkit import project
from agentkit.errors import BadFile, UnknownName
from agentkit.search.prompt import FOLDER, Prompts, digests, open_prompts, prompt_folders


def prompts(folder: Path, **texts: str) -> Prompts:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text)
    return open_prompts([folder, FOLDER])


def test_every_prompt_in_use_has_a_digest_of_its_content(tmp_path: Path) -> None:
    before = open_prompts([FOLDER]).digests()
    assert {
        *(
            "system",
            "draft",
            "improve",
            "debug",
            "crossover",
            "atomic_edit",
            "code",
            "edit",
            "review",
            "repair",
        ),
        *("complexity_minimal", "remaining", "parent_output", "instruction", "retrieved", "knowledge"),
    } <= set(before)
    after = prompts(tmp_path, draft="other").digests()
    assert {name for name in after if after[name] != before.get(name)} == {"draft"}


def test_values_are_put_in_once_and_never_searched(tmp_path: Path) -> None:
    text = "{{one}} and {a} {{two}}"
    assert prompts(tmp_path, x=text).fill("x", {"one": "{{two}}", "two": "2"}) == "{{two}} and {a} 2\n"


def test_a_place_without_a_value_is_the_authors_mistake(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="three"):
        prompts(tmp_path, x="{{three}}").fill("x", {"one": "1"})


def test_an_unknown_prompt_offers_the_nearest() -> None:
    with pytest.raises(UnknownName, match="improve"):
        open_prompts().fill("imporve", {})


def test_a_prompt_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_bytes(b"\xff\xfe")
    with pytest.raises(BadFile, match=r"draft\.md"):
        open_prompts([tmp_path])


def test_a_run_keeps_the_prompts_it_began_with(tmp_path: Path) -> None:
    found = prompts(tmp_path, draft="then")
    (tmp_path / "draft.md").write_text("now")
    assert found.fill("draft", {}) == "then\n"


def test_a_kit_replaces_a_prompt_and_adds_its_own(tmp_path: Path) -> None:
    ours = digests()
    before = project.mounted()
    prompts(tmp_path / "scaffolds" / "prompts", draft="Mine.", haiku="Five, seven, five.")
    project.mount(tmp_path)
    try:
        assert prompt_folders()[0] == tmp_path / "scaffolds" / "prompts"
        assert (open_prompts().fill("draft", {}), open_prompts().fill("haiku", {})) == (
            "Mine.\n",
            "Five, seven, five.\n",
        )
        changed = {name for name, digest in digests().items() if digest != ours.get(name)}
        assert changed == {"draft", "haiku"}
    finally:
        project.mount(*before)
