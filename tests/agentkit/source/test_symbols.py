from hypothesis import given
from hypothesis import strategies as st

from agentkit.source.symbols import uses_of

PYTHON = """\
from x import step
LIMIT = 3
class A:
    size = 1
    @staticmethod
    def step(self, x):
        return self.step(x) + step(x)  # step in a comment
def main():
    LIMIT = 4
    f = step
    t.step(LIMIT, "step")
"""

CUDA = """\
#define N 4
namespace ns {
template <typename T>
__global__ void kern(T* x, int n) { x[0] = helper<T>(n); }
struct S { int step(int a) { return a; } int field; };
static int* ptr(int a);
}
int main() {
  ns::kern<float><<<1, 2>>>(p, 3);
  kern<<<N, 1>>>(p, 3);
  S s;
  return s.step(ptr(1)[0]);
}
"""


def told(text: str, language: str, name: str) -> list[tuple[str, int, str]]:
    return [(use.kind, use.line, use.inside) for use in uses_of(text, language, name)]  # type: ignore[arg-type]


def test_python_names() -> None:
    assert told(PYTHON, "python", "step") == [
        ("import", 1, ""),
        ("definition", 5, "A"),
        ("call", 7, "A.step"),
        ("call", 7, "A.step"),
        ("use", 10, "main"),
        ("call", 11, "main"),
    ]
    assert told(PYTHON, "python", "LIMIT") == [
        ("definition", 2, ""),
        ("use", 9, "main"),
        ("use", 11, "main"),
    ]
    assert told(PYTHON, "python", "size") == [("definition", 4, "A")]
    assert [use.end_line for use in uses_of(PYTHON, "python", "A")] == [7]


def test_cuda_names_and_launches() -> None:
    assert told(CUDA, "cuda", "kern") == [
        ("definition", 3, "ns"),
        ("call", 9, "main"),
        ("call", 10, "main"),
    ]
    assert told(CUDA, "cuda", "helper") == [("call", 4, "ns.kern")]
    assert told(CUDA, "cuda", "S") == [("definition", 5, "ns"), ("use", 11, "main")]
    assert told(CUDA, "cuda", "step") == [("definition", 5, "ns.S"), ("call", 12, "main")]
    assert told(CUDA, "cuda", "ptr") == [("definition", 6, "ns"), ("call", 12, "main")]
    assert told(CUDA, "cuda", "N") == [("definition", 1, ""), ("use", 10, "main")]


@given(st.text(alphabet="step(){}:=. \n\tdef<>*&,", max_size=200))
def test_any_text_is_read(text: str) -> None:
    for language in ("python", "cpp", "cuda"):
        for use in uses_of(text, language, "step"):
            assert "step" in text.split("\n")[use.end_line - 1] or use.kind == "definition"
