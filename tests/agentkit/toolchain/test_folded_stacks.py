from agentkit.toolchain.folded_stacks import function_of, read_folded, sampled_table

RECORDED = """\
process 12:"python train.py";<module> (train.py:8);slow (train.py:4) 188
<module> (train.py:8);quick (train.py:6) 7
<module> (train.py:9);slow (train.py:4);slow (train.py:4) 5
py-spy> Wrote raw flamegraph data
"""


def test_lines_and_functions_by_their_samples() -> None:
    stacks = read_folded(RECORDED)
    assert sum(stacks.values()) == 200
    lines = sampled_table(stacks, 2.0)
    assert lines[0] == "200 samples, 2 s"
    assert lines[2] == " 96.5%  slow (train.py:4)"
    assert "100.0%  <module> (train.py)" in lines
    assert " 96.5%  slow (train.py)" in lines  # once a stack, though it calls itself


def test_no_sample_is_told() -> None:
    assert sampled_table({}, 1.0) == ["no sample was taken"]
    assert function_of("native frame") == "native frame"
