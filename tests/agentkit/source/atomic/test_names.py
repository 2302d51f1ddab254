"""What a version misses, over all of its files."""

from __future__ import annotations

import pytest

from agentkit.source.atomic.names import Missing, missing, plain


def lost(whole: dict[str, str], part: dict[str, str]) -> set[str]:
    """What the part misses and the whole does not."""
    first, second = ({path: text.encode() for path, text in each.items()} for each in (whole, part))
    return {plain(each) for each in missing(second) - missing(first)}


@pytest.mark.parametrize(
    ("whole", "part", "names"),
    [
        ({"a.py": "def f():\n    return 1\nf()\n"}, {"a.py": "f()\n"}, {"f"}),
        ({"a.py": "import os\nos.sep\n"}, {"a.py": "os.sep\n"}, {"os"}),
        ({"a.py": "from x import *\nf()\n"}, {"a.py": "from x import *\ng()\n"}, set()),
        ({"a.py": "import b\nb.f\n", "b.py": "f = 1\n"}, {"a.py": "import b\nb.f\n"}, {"b", "f"}),
        ({"a.py": "from b import f\n", "b.py": "f = 1\n"}, {"a.py": "from b import f\n", "b.py": ""}, {"f"}),
        ({"a.cu": '#include "k.cuh"\n', "k.cuh": ""}, {"a.cu": '#include "k.cuh"\n'}, {"k"}),
        ({"a.cu": "int f();\n", "b.cu": "int g() { return f(); }\n"},
         {"a.cu": "", "b.cu": "int g() { return f(); }\n"}, {"f"}),
        ({"a.md": "f"}, {"a.md": "g"}, set()),
    ],
)  # fmt: skip
def test_lost_names(whole: dict[str, str], part: dict[str, str], names: set[str]) -> None:
    assert lost(whole, part) == names


def test_what_a_text_calls_a_name() -> None:
    found: list[Missing] = [("a.py", "f"), ("", ".member"), ("", "module."), ("a.py", "f()")]
    assert [plain(each) for each in found] == ["f", "member", "module", "f"]
