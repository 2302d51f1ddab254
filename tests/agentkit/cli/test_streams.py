from __future__ import annotations

import json
import sys

import pytest

from agentkit.cli.streams import redacted_output

SECRET = 'k9 "Zq7Wv3Xs5Ec1Rf8Tg'


def test_what_anybody_prints_is_redacted_while_it_lasts(capsys: pytest.CaptureFixture[str]) -> None:
    before = (sys.stdout, sys.stderr)
    with redacted_output({"A_KEY": SECRET}):
        print("out", SECRET)
        sys.stderr.writelines([f"err {SECRET}\n", "plain\n"])
        print(json.dumps({"key": SECRET}))
        assert sys.stdout.isatty() == before[0].isatty()
        assert sys.stdout.encoding == before[0].encoding
    assert (sys.stdout, sys.stderr) == before
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "out [redacted:A_KEY]"
    assert json.loads(out.splitlines()[1]) == {"key": "[redacted:A_KEY]"}
    assert err == "err [redacted:A_KEY]\nplain\n"


def test_the_streams_come_back_after_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    before = (sys.stdout, sys.stderr)
    with pytest.raises(ValueError), redacted_output({}):
        raise ValueError
    assert (sys.stdout, sys.stderr) == before
