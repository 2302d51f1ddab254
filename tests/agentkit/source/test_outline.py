from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.source.languages import Language
from agentkit.source.outline import Definition, outline_lines, outline_of, shown_outline

PYTHON = '''import os

LIMIT = 3
a, b = 1, 2
os.environ["x"] = "y"

@decorate(1)
@again
class Model(Base):
    """Doc."""

    size: int = 4

    def forward(
        self, x,
        y=1,
    ) -> int:
        def inner():
            pass
        return 1

    @property
    async def name(self): return 2


def train(steps: int) -> None:
    total = 0

if True:
    def guarded(): pass
'''

CUDA = """#include <a.h>
#define BLOCK 32
namespace q {
template <typename T>
__global__ void scale(T* a, float s) {
  a[0] *= s;
}
}
struct Point { float x; float norm() const { return x; } int declared(int); };
int table[3] = {1, 2, 3};
int prototype(int);
extern "C" { int plain() { return 1; } }
using Real = float;
class Forward;
"""


def rows(text: str, language: Language) -> list[tuple[str, str, int, int, int]]:
    return [
        (each.kind, each.signature, each.line, each.end_line, each.depth)
        for each in outline_of(text, language)
    ]


def test_python_definitions_with_their_lines_and_without_bodies() -> None:
    assert rows(PYTHON, "python") == [
        ("assignment", "LIMIT = 3", 3, 3, 0),
        ("assignment", "a, b = 1, 2", 4, 4, 0),
        ("assignment", 'os.environ["x"] = "y"', 5, 5, 0),
        ("class", "@decorate(1) @again class Model(Base):", 7, 23, 0),
        ("function", "def forward( self, x, y=1, ) -> int:", 14, 20, 1),
        ("function", "@property async def name(self):", 22, 23, 1),
        ("function", "def train(steps: int) -> None:", 26, 27, 0),
        ("function", "def guarded():", 30, 30, 0),
    ]


def test_cuda_definitions() -> None:
    assert rows(CUDA, "cuda") == [
        ("macro", "#define BLOCK 32", 2, 2, 0),
        ("namespace", "namespace q", 3, 8, 0),
        ("function", "template <typename T> __global__ void scale(T* a, float s)", 4, 7, 1),
        ("class", "struct Point", 9, 9, 0),
        ("function", "float norm() const", 9, 9, 1),
        ("function", "int declared(int);", 9, 9, 1),
        ("assignment", "int table[3] = {1, 2, 3};", 10, 10, 0),
        ("function", "int prototype(int);", 11, 11, 0),
        ("function", "int plain()", 12, 12, 0),
        ("type", "using Real = float;", 13, 13, 0),
    ]
    assert [row[:4] for row in rows("enum E { A };\nvoid S::g() {}\n", "cpp")] == [
        ("class", "enum E", 1, 1),
        ("function", "void S::g()", 2, 2),
    ]


def test_of_a_broken_text_it_shows_what_can_be_read() -> None:
    names = [
        each.signature for each in outline_of("def good(): pass\nx = = (\ndef after():\n    pass\n", "python")
    ]
    assert "def good():" in names
    assert "def after():" in names


def test_a_long_signature_is_cut() -> None:
    (only,) = outline_of(f"TABLE = [{'1, ' * 5000}]\n", "python")
    assert len(only.signature) == 160
    assert only.signature.endswith(" …")


def test_lines_are_indented_by_depth() -> None:
    lines = outline_lines(outline_of("class A:\n    def f(self):\n        return 1\n", "python"))
    assert lines == ["         1-3  class A:", "         2-3      def f(self):"]


def test_a_bounded_outline_leaves_out_the_deep_ones_first_and_counts_them() -> None:
    methods = [
        Definition("function", f"def method_{number}():", number, number, 1) for number in range(2, 40)
    ]
    definitions = [
        Definition("class", "class A:", 1, 40, 0),
        *methods,
        Definition("class", "class B:", 41, 42, 0),
    ]
    assert "[…" not in shown_outline(definitions, 10_000)
    short = shown_outline(definitions, 300)
    assert "class A:" in short
    assert "class B:" in short
    assert "method" not in short
    assert "38 more definitions" in short
    assert len(shown_outline(definitions * 50, 500)) <= 500


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200),
        st.lists(
            st.sampled_from(
                [
                    "class A",
                    "def f",
                    "(",
                    ")",
                    ":",
                    "\n",
                    "    ",
                    "@",
                    "=",
                    "struct",
                    "{",
                    "}",
                    "template<",
                    "x",
                    ";",
                ]
            ),
            max_size=60,
        ).map(" ".join),
    ),
    st.sampled_from(["python", "cpp", "cuda"]),
)
def test_it_never_raises_and_its_lines_are_in_the_text(text: str, language: Language) -> None:
    for each in outline_of(text, language):
        assert 1 <= each.line <= each.end_line <= text.count("\n") + 1
        assert "\n" not in each.signature
