"""What may be reached by its name, and what its name may stand for."""

from __future__ import annotations

import asyncio

import pytest

from agentkit.errors import UsageError
from agentkit.sandboxes.allow_list.hosts import AllowList, Host, Refused, is_public


@pytest.mark.parametrize(
    ("text", "name", "port"),
    [
        ("pypi.example:443", "pypi.example", 443),
        ("PyPI.example.:80", "pypi.example", 80),
        ("127.0.0.1:8000", "127.0.0.1", 8000),
        ("[::1]:8000", "::1", 8000),
    ],
)
def test_a_host_is_read(text: str, name: str, port: int) -> None:
    assert Host.read(text) == Host(name, port)


@pytest.mark.parametrize(
    "text",
    [
        "pypi.example",
        ":80",
        "a:b",
        "a:0",
        "a:70000",
        "::1:80",
        "http://a:80",
        "a b:80",
        "x@a:80",
        "",
        "[::1]",
    ],
)
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Host.read(text)


def test_a_port_may_be_left_out_where_there_is_a_usual_one() -> None:
    assert Host.read("a.example", 80) == Host("a.example", 80)
    assert Host.read("[::1]", 80) == Host("::1", 80)


def addresses(listed: str, asked: str) -> list[str]:
    return asyncio.run(AllowList([listed]).addresses(Host.read(asked)))


def test_only_what_is_listed_with_its_port() -> None:
    assert addresses("127.0.0.1:80", "127.0.0.1:80") == ["127.0.0.1"]
    for other in ("127.0.0.1:81", "127.0.0.2:80", "127.1:80", "2130706433:80", "[::ffff:127.0.0.1]:80"):
        with pytest.raises(Refused, match="not on the list"):
            addresses("127.0.0.1:80", other)


def test_a_name_for_this_machine_has_to_be_listed_as_its_address() -> None:
    with pytest.raises(Refused, match="not public; list that address itself"):
        addresses("localhost:80", "localhost:80")
    with pytest.raises(Refused, match="could not be resolved"):
        addresses("no.such.host.invalid:80", "no.such.host.invalid:80")


def test_addresses_of_private_networks_are_not_public() -> None:
    private = "127.0.0.1 10.1.2.3 192.168.0.1 172.16.0.1 169.254.169.254 0.0.0.0 ::1 fe80::1%eth0 fd00::1"
    for each in [*private.split(), "::ffff:10.0.0.1", "224.0.0.1", "100.64.0.1"]:
        assert not is_public(each), each
    assert is_public("1.1.1.1")
    assert is_public("2606:4700::1111")
