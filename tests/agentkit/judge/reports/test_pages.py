from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from agentkit.judge.reports.pages import open_templates


def test_what_others_wrote_is_only_text_and_a_forgotten_value_is_an_error() -> None:
    environment = open_templates("agentkit.judge.reports")
    shown = environment.from_string("{{ said }}")
    assert shown.render(said="<b>") == "&lt;b&gt;"
    with pytest.raises(jinja2.UndefinedError):
        shown.render()


def test_the_first_package_with_a_template_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "own_pages" / "templates"
    mine.mkdir(parents=True)
    (mine.parent / "__init__.py").write_text("", encoding="utf-8")
    (mine / "palette.css").write_text("mine", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    environment = open_templates("own_pages", "agentkit.judge.reports")
    assert environment.get_template("palette.css").render() == "mine"
    assert environment.get_template("page.css").render().startswith("mine")
