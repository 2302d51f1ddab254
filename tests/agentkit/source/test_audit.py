"""The audit of whole texts and folders: what it finds, and above all what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.source.audit import MOST_FINDINGS, audit_folder, audit_text

CHECKOUT = Path(__file__).parents[3]

HONEST = '''
"""Never uses gc.get_objects, sys._getframe or os._exit; eval() is not called, /proc/self is not read."""
import os
import re
import time
import numpy as np
import torch

# time.perf_counter = lambda: 0 would be cheating, as would atexit.register(f) and os.fork().
PATTERN = re.compile("a" + "b")
HELP = "os._exit(0); np.allclose = None; open('/proc/self/maps'); AGENTKIT_RESULT"
torch.backends.cuda.matmul.allow_tf32 = True
torch._dynamo.config.cache_size_limit = 64

class Model(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.time = time.perf_counter()
        self.allclose = size

    def __call__(self, x):
        return x.eval() if hasattr(x, "eval") else x

def kernel(x):
    began = time.perf_counter()
    model = torch.compile(Model(3)).eval()
    seed = int(os.environ.get("AGENTKIT_SEED", "0")) + len(os.environ["AGENTKIT_DATA"])
    print("time.time = 3", time.perf_counter() - began, f"{seed} /proc/self/mem", eval("1 + 1"))
    with open("/proc/cpuinfo") as file:
        return np.exp(x), file.name, np.allclose(x, x), model
'''


def test_honest_code_gives_no_finding() -> None:
    assert audit_text(HONEST, "kernel.py") == ()


@pytest.mark.parametrize("name", ["tasks/speedrun/files", "tasks/kernels"])
def test_our_own_starts_and_solutions_give_none(name: str) -> None:
    sources = sorted((CHECKOUT / name).rglob("files/**/*.py" if "kernels" in name else "*.py"))
    assert sources
    for path in sources:
        assert audit_text(path.read_text(), path.name) == (), path


SUSPECT = (
    "gc.get_objects()", "sys._getframe(1)", "os._exit(0)", "time.time = f", "np.allclose = f",
    "atexit.register(f)", "os.fork()", "exec(code)", "open('/proc/self/mem')",
    "os.environ['AGENTKIT_RESULT']", "import socket",
)  # fmt: skip


@given(st.lists(st.sampled_from(SUSPECT), min_size=1, max_size=6), st.booleans())
def test_mentioning_is_not_doing(words: list[str], prefixed: bool) -> None:
    """The same words in a comment, a docstring and a text are no finding."""
    mark = "f" if prefixed else ""
    said = "; ".join(words).replace('"', "'")
    lines = [f'"""{said}"""', "import gc, sys, os, time, atexit", "import numpy as np", f"# {said}"]
    lines += ["def f(x):", f'    """{said}"""', f'    return {mark}"{said}"  # {said}']
    assert audit_text("\n".join(lines), "kernel.py") == ()


@given(st.text(max_size=300), st.sampled_from(["a.py", "a.cu", "a.cpp", "a.txt"]))
def test_no_text_makes_it_fail(text: str, name: str) -> None:
    for finding in audit_text(text, name):
        assert 1 <= finding.line <= text.count("\n") + 1


def test_a_finding_says_where_and_what() -> None:
    (finding,) = audit_text("import os\n\nos._exit(  3)  # bye\n", "sub/kernel.py")
    assert (finding.rule, finding.path, finding.line) == ("process_end", "sub/kernel.py", 3)
    assert str(finding) == "sub/kernel.py:3: os._exit( 3) # bye"


NATIVE = [
    ("int f() { return fork(); }", "background_process"),
    ("void f() { ::_exit(0); }", "process_end"),
    ('void f() { system("ls"); }', "command"),
    ("#include <thread>\nvoid f() { std::thread t(g); }", "background_thread"),
    ('void f() { auto g = fopen("/proc/self/mem", "r"); }', "process_files"),
    ('void f() { std::ifstream g("/proc/1/maps"); }', "process_files"),
    ("int clock_gettime(int a, void* b) { return 0; }", "patched_function"),
    ("void f() { cudaStreamCreate(&s); }", "side_stream"),
    ("void f() { dlsym(h, n); }", "foreign_memory"),
]


@pytest.mark.parametrize(("text", "rule"), NATIVE, ids=[rule for _, rule in NATIVE])
@pytest.mark.parametrize("name", ["k.cu", "k.cpp"])
def test_native_code(text: str, rule: str, name: str) -> None:
    assert [each.rule for each in audit_text(text, name)] == [rule]


def test_honest_native_code_gives_no_finding() -> None:
    text = """
    // fork() and system("rm") are not called; std::thread is not used
    #include <cuda_runtime.h>
    struct Timer { int time() const { return 1; } void kill() {} };
    __global__ void add(const float* a, float* b, int n) {
        int i = blockIdx.x * blockDim.x + threadIdx.x;
        if (i < n) b[i] = a[i] + 1;
    }
    void run(Timer t, const float* a, float* b, int n) {
        const char* words = "fork() /proc/self/mem";
        t.time(); t.kill();
        add<<<n / 256, 256, 0, at::cuda::getCurrentCUDAStream()>>>(a, b, n);
        FILE* file = fopen("out.txt", "w");
    }
    """
    assert audit_text(text, "k.cu") == ()


def test_other_languages_are_left_alone() -> None:
    assert audit_text("os._exit(0)", "notes.md") == ()


def test_a_folder_is_looked_at_with_what_its_files_are(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "kernel.py").write_text("import socket\n")
    (tmp_path / "conftest.py").write_text("")
    (tmp_path / "extra.pth").write_text("import os")
    (tmp_path / "secret.py").symlink_to("/etc/hostname")
    (tmp_path / "away").symlink_to("/etc")
    (tmp_path / "fine.py").write_text("x = 1\n")
    found = {(each.rule, each.path, each.line) for each in audit_folder(tmp_path)}
    assert found == {
        ("network", "sub/kernel.py", 1),
        ("startup_file", "conftest.py", 0),
        ("startup_file", "extra.pth", 0),
        ("link", "secret.py", 0),
        ("link", "away", 0),
    }


def test_neither_size_nor_number_makes_it_long(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("x = 1\n" * 200_000)
    (tmp_path / "many.py").write_text("import os\n" + "os._exit(0)\n" * 3000)
    found = audit_folder(tmp_path)
    assert found[0].rule == "unread"
    assert len(found) == MOST_FINDINGS
