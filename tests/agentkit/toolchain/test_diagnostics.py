import shutil
import subprocess
from pathlib import Path

import pytest

from agentkit.toolchain.diagnostics import Diagnostic, counted, diagnostics

LIBRARY = """\
/opt/cuda/include/cub/transform.cuh(113): error: function "Op::operator()" cannot be called so
          out[idx] = f(ins[idx]);
                     ^
mine.cu(3): note #3326-D: function "Op::operator()" does not match: argument #1 does not
          detected during:
            instantiation of function "lambda [](auto)->auto" at line 119
            instantiation of "void cub::kernel<P>(int) [with P=int]" at line 449 of /opt/cuda/cub/x.cuh
            instantiation of "Out thrust::transform(InputIt) [with InputIt=float *]" at line 40 of mine.cu
            instantiation of "void run<T>(T) [with T=float]" at line 60 of mine.cu
"""
OTHERS = """\
cc1plus: fatal error: missing.cu: No such file or directory
compilation terminated.
nvcc fatal   : Unsupported gpu architecture 'sm_3'
ptxas k.ptx, line 17; error   : Arguments mismatch for instruction 'mov'
ptxas fatal   : Ptx assembly aborted due to errors
k.cpp:4:7: warning: unused variable 'a' [-Wunused-variable]
/usr/bin/ld: k.o: in function `main':
k.cpp:(.text+0x5): undefined reference to `f()'
collect2: error: ld returned 1 exit status
k.cu(9): warning #177-D: variable "b" was declared but never referenced
  Remark: The warnings can be suppressed with "-diag-suppress <warning-number>"
"""


def mine(name: str) -> bool:
    return not name.startswith("/")


def test_a_fault_in_a_library_is_told_where_it_was_asked_for() -> None:
    (found,) = diagnostics(LIBRARY, mine)
    assert (found.instantiated_at, found.frames) == ("mine.cu:40", 4)
    assert found.note.startswith("mine.cu:3: function")
    assert "asked for at mine.cu:40 [with InputIt=float *]; 4 template frames folded" in found.text


def test_the_same_fault_at_the_same_place_is_told_once() -> None:
    again = LIBRARY.replace("transform.cuh(113)", "transform.cuh(343)")
    assert len(diagnostics(LIBRARY + again, mine)) == 1
    assert len(diagnostics(LIBRARY + again.replace("line 40", "line 41"), mine)) == 2


def test_what_other_programs_complain_of() -> None:
    found = diagnostics(OTHERS, mine)
    assert found == [
        Diagnostic("error", "missing.cu: No such file or directory"),
        Diagnostic("error", "Unsupported gpu architecture 'sm_3'"),
        Diagnostic("error", "Arguments mismatch for instruction 'mov'", "k.ptx", 17),
        Diagnostic("error", "Ptx assembly aborted due to errors"),
        Diagnostic("warning", "unused variable 'a' [-Wunused-variable]", "k.cpp", 4),
        Diagnostic("error", "undefined reference to `f()'"),
        Diagnostic("error", "ld returned 1 exit status"),
        Diagnostic("warning", 'variable "b" was declared but never referenced', "k.cu", 9),
    ]
    assert (counted(found, "error"), counted(found, "warning")) == (6, 2)


def test_code_that_prints_no_complaint_has_none() -> None:
    assert diagnostics("ptxas info    : 0 bytes gmem\nfine\n", mine) == []


TEMPLATE = """\
template <typename T> __device__ float inner(T t) { return t.missing(); }
template <typename T> __device__ float outer(T t) { return inner(t); }
struct Mine {};
__global__ void kernel(float* y) { y[0] = outer(Mine()); }
"""


@pytest.mark.real
def test_what_nvcc_says_today_of_a_template(tmp_path: Path) -> None:
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        pytest.skip("there is no nvcc here")
    (tmp_path / "t.cu").write_text(TEMPLATE)
    told = subprocess.run([nvcc, "-cubin", "t.cu"], cwd=tmp_path, capture_output=True, text=True, check=False)
    (found,) = diagnostics(told.stdout + told.stderr, mine)
    assert (found.file, found.line, found.instantiated_at) == ("t.cu", 1, "t.cu:4")
    assert "missing" in found.message and found.instantiated_with == "[with T=Mine]"
