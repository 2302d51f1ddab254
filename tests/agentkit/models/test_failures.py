"""Sorting failures: made ones, and what litellm makes of a real server's."""

from __future__ import annotations

import asyncio
import email.utils
import socket
import ssl
import time
from types import SimpleNamespace
from typing import Any, get_args

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import ContextOverflow, ModelProblem
from agentkit.models.failures import Failure, FailureKind, classify, retry_after, seconds_of
from agentkit.models.litellm_model import LitellmModel
from agentkit.models.patience import Patience


class Answered(Exception):
    """An error with a status, as HTTP clients raise them."""

    def __init__(self, status: int, text: str = "no", **headers: str) -> None:
        super().__init__(text)
        self.status_code = status
        self.response = SimpleNamespace(headers={key.replace("_", "-"): v for key, v in headers.items()})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "request"),
        (401, "key"),
        (402, "credit"),
        (404, "model"),
        (408, "timeout"),
        (422, "request"),
        (429, "busy"),
        (500, "server"),
        (504, "timeout"),
        (529, "server"),
    ],
)
def test_a_status_decides_where_the_words_do_not(status: int, kind: str) -> None:
    assert classify(Answered(status)).kind == kind


def test_the_cause_comes_before_the_status() -> None:
    error = Answered(500, "Connection error.")
    error.__cause__ = RuntimeError("wrapped")
    error.__cause__.__context__ = ConnectionRefusedError(111, "refused")
    assert classify(error).kind == "unreachable"
    assert "nothing listens" in classify(error).detail
    unnamed = Answered(500)
    unnamed.__cause__ = socket.gaierror(-2, "Name or service not known")
    assert "host name is not known" in classify(unnamed).detail


class ReadError(Exception):
    """Named as httpx names it, which may not be installed beside another client."""


class ConnectTimeout(Exception):
    """Likewise."""


@pytest.mark.parametrize(
    ("cause", "kind", "cut"),
    [
        (ReadError("gone"), "cut", True),
        (ConnectionResetError(104, "reset by peer"), "cut", True),
        (asyncio.IncompleteReadError(b"da", 9), "cut", True),
        (aiohttp.ServerDisconnectedError(), "cut", True),
        (aiohttp.ClientPayloadError("not all of it"), "cut", True),
        (aiohttp.SocketTimeoutError("late"), "timeout", True),
        (aiohttp.ConnectionTimeoutError("nobody"), "unreachable", False),
        (ConnectTimeout("nobody"), "unreachable", False),
        (ssl.SSLCertVerificationError(1, "self-signed"), "unreachable", False),
    ],
)
def test_a_lost_connection_is_told_from_an_answer_that_says_500(
    cause: Exception, kind: str, cut: bool
) -> None:
    """litellm gives a status of 500 to both; only the lost one may have been billed."""
    error = Answered(500, "Connection error.")
    error.__cause__ = cause
    assert (classify(error).kind, classify(error).cut) == (kind, cut)
    assert classify(error).transient
    assert (classify(Answered(500)).kind, classify(Answered(500)).cut) == ("server", False)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "This model's maximum context length is 8192 tokens. However, you requested 9000"),
        (400, "prompt is too long: 210000 tokens > 200000 maximum"),
        (400, "input length and `max_tokens` exceed context limit: 9 + 9 > 10"),
        (400, "The input token count (1300000) exceeds the maximum number of tokens allowed (1048576)."),
        (400, "request (900 tokens) exceeds the available context size (512 tokens)"),
        (400, "Input is too long for requested model."),
        (400, "Please reduce the length of the messages or completion."),
        (400, "This model's maximum prompt length is 131072 but the request contains 140000 tokens."),
        (413, "Request Entity Too Large"),
        (422, "too many tokens: the model takes at most 4096"),
        (429, "Request too large for gpt-x on tokens per min (TPM): Limit 30000, Requested 40000."),
    ],
)
def test_each_providers_words_for_an_overflow(status: int, text: str) -> None:
    failure = classify(Answered(status, text))
    assert failure.kind == "context"
    assert isinstance(failure.problem("x"), ContextOverflow)


def test_no_other_kind_is_an_overflow() -> None:
    others = set(get_args(FailureKind)) - {"context"}
    assert not any(isinstance(Failure(kind, "").problem("x"), ContextOverflow) for kind in others)
    assert classify(Answered(429, "Rate limit reached: 30000 tokens per min")).kind == "busy"


def test_a_wait_that_was_asked_for_is_told() -> None:
    assert "It asks for a wait of 90 s." in Failure("busy", "", 90.0).problem("x").lines


def test_a_circle_of_causes_ends() -> None:
    first, second = RuntimeError("a"), RuntimeError("b")
    first.__cause__, second.__cause__ = second, first
    assert classify(first) == Failure("reply", "a")


@pytest.mark.parametrize("kind", get_args(FailureKind))
def test_every_kind_says_what_to_do(kind: FailureKind) -> None:
    problem = Failure(kind, "as it said").problem("openai/x", tries=3, seconds=4.2)
    assert problem.message.startswith("openai/x: ")
    assert problem.lines[:2] == ("Said: as it said", "Tried 3 times in 4 s.")
    assert problem.lines[2].startswith("Next: ")
    assert problem.exit_code == 6


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("litellm.AuthenticationError: AuthenticationError: OpenAIException - bad key", "bad key"),
        ("litellm.BadRequestError: ContextWindowExceededError: OpenAIException - too\nlong", "too long"),
        ("plain", "plain"),
        ("", "RuntimeError"),
    ],
)
def test_the_providers_own_words(text: str, shown: str) -> None:
    assert classify(RuntimeError(text)).detail == shown


def test_retry_after_is_found_down_the_chain() -> None:
    error = RuntimeError("outer")
    error.__context__ = Answered(429, retry_after="7")
    assert retry_after(error) == 7.0
    assert retry_after(RuntimeError("none")) is None


@given(st.integers(-100, 100_000), st.integers(0, 2_000_000_000))
def test_each_form_of_retry_after(wait: int, now: int) -> None:
    expected = max(0.0, float(wait))
    assert seconds_of({"retry-after": str(wait)}, now) == expected
    assert seconds_of({"retry-after": email.utils.formatdate(now + wait, usegmt=True)}, now) == expected
    assert seconds_of({"retry-after-ms": str(wait * 1000), "retry-after": "9"}, now) == pytest.approx(
        expected
    )


@given(st.text())
def test_nonsense_in_the_header_is_no_wait_or_a_sane_one(text: str) -> None:
    wait = seconds_of({"retry-after": text}, 0.0)
    assert wait is None or wait >= 0.0


@pytest.mark.parametrize(
    ("status", "message", "expected", "following"),
    [
        (401, "Incorrect API key", "does not accept the key", "key that you exported"),
        (403, "not allowed", "does not accept the key", "may use this model"),
        (400, "API key not valid. Please pass a valid API key.", "does not accept the key", "exported"),
        (404, "no such model", "there is no such model", "check the name"),
        (400, "maximum context length is 8 tokens", "longer than the model can read", "larger context"),
        (400, "request (900 tokens) exceeds the available context size", "longer than", "larger context"),
        (400, "rejected as a result of our safety system", "refused the content", "wording"),
        (400, "temperature must be 1", "does not accept the request", "temperature"),
        (402, "pay first", "no credit", "top it up"),
        (429, "You exceeded your current quota", "no credit", "top it up"),
    ],
)
def test_what_waiting_cannot_mend_stops_at_once(
    server: Any, status: int, message: str, expected: str, following: str, live: Any, ask: Any
) -> None:
    server.fails(status, message, "content_policy_violation" if "safety" in message else "")
    with pytest.raises(ModelProblem, match=expected) as caught:
        ask(live())
    said, *_, next_step = caught.value.lines
    assert message in said
    assert following in next_step
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", ["<html>hello</html>", '{"object": "chat.completion", "choices": []}', "{}"])
def test_an_answer_that_is_no_chat_reply_is_an_error_not_a_crash(
    server: Any, body: str, live: Any, ask: Any
) -> None:
    server.says("unused")
    server.answers[0].body = body
    with pytest.raises(ModelProblem) as caught:
        ask(live())
    assert len(server.requests) == 3
    assert caught.value.lines[-1].startswith("Next: ")


def test_a_withheld_reply_is_a_refusal(server: Any, live: Any, ask: Any) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": "content_filter"}
    server.says("", choices=[choice])
    with pytest.raises(ModelProblem, match="refused the content"):
        ask(live())
    assert len(server.requests) == 1


def test_nobody_listens(server: Any, unused_port: int, live: Any, ask: Any) -> None:
    began = time.monotonic()
    model = live(base_url=f"http://127.0.0.1:{unused_port}/v1", patience=Patience())
    with pytest.raises(ModelProblem, match="cannot be reached") as caught:
        ask(model)
    assert caught.value.lines[0] == f"Said: nothing listens at 127.0.0.1:{unused_port}"
    assert "--base-url" in caught.value.lines[-1]
    assert "Tried" not in str(caught.value)
    assert time.monotonic() - began < 10, "a wrong address is no passing fault"


@pytest.mark.parametrize("slowness", ["stall", "drip"])
def test_a_server_that_is_too_slow_ends_in_a_timeout(server: Any, slowness: str, live: Any, ask: Any) -> None:
    server.says("never")
    setattr(server.answers[0], slowness, True)
    model = live(timeout_seconds=0.3, patience=Patience(tries=2, first_wait=0.01))
    with pytest.raises(ModelProblem, match="no reply came in time"):
        ask(model)
    assert len(server.requests) == 2


def test_an_unknown_provider_says_how_names_look(ask: Any) -> None:
    with pytest.raises(ModelProblem, match="no such model") as caught:
        ask(LitellmModel("opnai/gpt-4o"))
    assert "openai/…" in str(caught.value)
