from pathlib import Path

import pytest

from agentkit.toolchain.inside.callables import Inputs, load


def test_a_function_and_its_fresh_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    Path("beside.py").write_text("NUMBER = 5\n")
    Path("k.py").write_text(
        "from beside import NUMBER\ndef f(a): return a + NUMBER\n"
        "def seeded(seed): return [seed, 2]\ndef same(): return 7\n"
    )
    assert load("k.py:f")(1) == 6
    assert Inputs("k.py:seeded")(3) == (3, 2)
    assert Inputs("k.py:same")(3) == (7,)
    assert Inputs("")(3) == ()
    with pytest.raises(AttributeError):
        load("k.py:none")
    with pytest.raises(ImportError):
        load("k.txt:f")
