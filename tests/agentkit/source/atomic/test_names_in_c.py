"""Declarations of C, C++ and CUDA."""

from __future__ import annotations

from agentkit.source.atomic.names import names_of

TEXT = b"""
#include <cuda.h>
#include "tiles/near.cuh"
#define TILE 16
#define TWICE(x) ((x) * 2)
struct Shape { int width; float *data; };
typedef struct Shape Alias;
template <typename T, int N> struct Box { T held[N]; };
static const int LIMIT = 4, *pointer;
enum Mode { FAST, SLOW };
__global__ void kernel(const float *in, float (&out)[4], Shape shape) {
  int row = blockIdx.x * TILE;
  for (int i = 0; i < LIMIT; ++i) out[i] = in[row + i] * shape.width + TWICE(outside);
}
int other() { return row + FAST; }
"""


def test_names_are_bound_where_they_are_declared() -> None:
    names = names_of(TEXT, "cuda")
    told = {"TILE", "TWICE", "Shape", "Alias", "Box", "LIMIT", "pointer", "Mode", "FAST", "SLOW", "kernel"}
    assert told <= names.offered
    assert not {"row", "i", "in", "out", "shape"} & names.offered
    assert names.loose == {"blockIdx", "outside", "row"}, "row is of the kernel alone"
    assert {"width", "data", "held"} <= names.members_bound
    assert {"x", "width"} <= names.members_used
    assert names.files_used == {"cuda", "near"}


def test_a_broken_text_is_read_as_far_as_it_goes() -> None:
    assert "f" in names_of(b"int f() { return g(; }", "cpp").offered
