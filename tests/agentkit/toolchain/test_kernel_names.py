import asyncio

import pytest

from agentkit import ToolContext
from agentkit.toolchain.kernel_names import short_names, without_parameters, written_names


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("void spilling<96>(float*)", "spilling<96>"),
        ("add(int, float const*)", "add"),
        ("void ns::k<std::pair<int, float> >(int)", "ns::k<std::pair<int, float> >"),
        ("(anonymous namespace)::k(int)", "(anonymous namespace)::k"),
        ("triton_kernel", "triton_kernel"),
    ],
)
def test_a_name_without_its_parameters(text: str, short: str) -> None:
    assert without_parameters(text) == short


def test_parameters_stay_where_only_they_tell_two_apart() -> None:
    assert short_names({"a": "void f(int)", "b": "void f(float)", "c": "void g(int)"}) == {
        "a": "void f(int)", "b": "void f(float)", "c": "g",
    }  # fmt: skip


def test_names_are_translated_by_a_real_program(context: ToolContext) -> None:
    found = asyncio.run(written_names(context, ["_Z3addiPKfPf", "plain"]))
    assert found == {"_Z3addiPKfPf": "add", "plain": "plain"}
