import pytest

from agentkit.source.paths import Refused
from agentkit.toolchain.declared_work import Peaks, Work, read_work, roofline


def test_work_is_read() -> None:
    assert read_work("bytes=2e9 flops=1e12") == Work(2e9, 1e12)
    assert read_work("flops=5, bytes=3") == Work(3, 5)
    assert not read_work("")


@pytest.mark.parametrize("text", ["2e9", "bytes=many", "bits=3", "bytes=-1", "flops=nan", "flops=inf"])
def test_what_is_no_work_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_work(text)


def test_the_share_is_that_of_the_nearer_limit() -> None:
    peaks = Peaks(1e9, 1e12)
    assert "50% of the bandwidth limit (measured" in roofline(Work(1e9, 1e9), 2.0, peaks, "measured")
    assert "25% of the arithmetic limit" in roofline(Work(0, 1e12), 4.0, peaks, "measured")
    assert "more than the machine can do" in roofline(Work(1e9), 0.5, peaks, "measured")
