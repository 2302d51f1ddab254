from __future__ import annotations

import subprocess
import sys

import pytest

from agentkit.cli.lines import LineView
from agentkit.cli.views import SilentView, choose_view
from agentkit.contracts.events import Event


@pytest.mark.parametrize(
    ("json", "terminal", "quiet", "term", "kind"),
    [
        (False, True, False, "xterm", "LiveView"),
        (False, True, False, "dumb", "LineView"),
        (False, False, False, "xterm", "LineView"),
        (True, True, False, "xterm", "LineView"),
        (False, True, True, "xterm", "SilentView"),
    ],
)
def test_the_view_fits_the_place(
    monkeypatch: pytest.MonkeyPatch, json: bool, terminal: bool, quiet: bool, term: str, kind: str
) -> None:
    monkeypatch.setenv("TERM", term)
    view = choose_view(json=json, stderr_is_terminal=terminal, quiet=quiet)
    assert type(view).__name__ == kind


def test_lines_go_to_stderr_only(capsys: pytest.CaptureFixture[str]) -> None:
    with choose_view(json=True, stderr_is_terminal=False, quiet=False) as view:
        assert isinstance(view, LineView)
        view(Event(number=0, time=0.0, kind="note", data={"text": "hello"}))
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.endswith("hello\n")


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str], finished: list[Event]) -> None:
    with SilentView() as view:
        view.recall(finished)
        view(finished[0])
    assert capsys.readouterr() == ("", "")


def test_choosing_lines_does_not_import_rich() -> None:
    code = (
        "import sys; from agentkit.cli.views import choose_view; "
        "choose_view(json=True, stderr_is_terminal=False, quiet=False); sys.exit('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
