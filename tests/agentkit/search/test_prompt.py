from pathlib import Path

import pytest

from agentkit.errors import BadFile, UnknownName
from agentkit.search import prompt


def test_every_prompt_file_has_a_digest_of_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = prompt.digests()
    assert {"system", "draft", "improve", "debug", "crossover", "code", "edit", "review"} <= set(before)
    (tmp_path / "draft.md").write_text("other")
    monkeypatch.setattr(prompt, "FOLDER", tmp_path)
    assert prompt.digests()["draft"] != before["draft"]


def test_values_are_put_in_once_and_never_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.md").write_text("{{one}} and {a} {{two}}")
    monkeypatch.setattr(prompt, "FOLDER", tmp_path)
    assert prompt.fill("x", {"one": "{{two}}", "two": "2"}) == "{{two}} and {a} 2\n"


def test_a_place_without_a_value_is_the_authors_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.md").write_text("{{three}}")
    monkeypatch.setattr(prompt, "FOLDER", tmp_path)
    with pytest.raises(BadFile, match="three"):
        prompt.fill("x", {"one": "1"})


def test_an_unknown_prompt_offers_the_nearest() -> None:
    with pytest.raises(UnknownName, match="improve"):
        prompt.fill("imporve", {})
