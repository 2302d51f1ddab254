"""What went wrong with a call: whether waiting helps, and what to say if it does not."""

from __future__ import annotations

import email.utils
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agentkit.errors import ContextOverflow, CutOff, ModelProblem

FailureKind = Literal[
    "key",
    "credit",
    "model",
    "context",
    "refused",
    "request",
    "busy",
    "server",
    "timeout",
    "cut",
    "unreachable",
    "reply",
]

_CUT: frozenset[FailureKind] = frozenset({"timeout", "cut", "reply"})
_TRANSIENT: frozenset[FailureKind] = _CUT | {"busy", "server", "unreachable"}

_OVERFLOW = re.compile(
    r"context.{0,10}(length|window|size|limit)|maximum (context|prompt|model) length|too many (input )?tokens"
    r"|(prompt|input) is too long|token count.{0,40}exceeds|reduce the length of (the|your) (message|prompt)",
    re.IGNORECASE,
)
_TOO_LARGE = re.compile(r"request too large", re.IGNORECASE)
"""Said with a 429 to a request that is larger than a whole minute's tokens: waiting never helps."""
_NO_CREDIT = re.compile(
    r"insufficient_quota|exceeded your current quota|credit balance|payment required", re.I
)
_BAD_KEY = re.compile(r"api.?key (is )?(not valid|invalid|expired)|invalid api.?key|no connected db", re.I)
"""With a 400: so Google says it, and litellm's proxy, which looks for an unknown key in a table it lacks."""
_REFUSED = re.compile(r"content.?(policy|filter|management)|safety (system|policy)", re.IGNORECASE)
_NO_PROVIDER = "LLM Provider NOT provided"
_NO_REPLY = "LiteLLM: provider returned"

# Of httpx, aiohttp, http.client and the standard library, by name: none of them is imported for this.
_NOT_SENT = frozenset({"ConnectTimeout", "PoolTimeout", "ConnectionTimeoutError"})
_LATE = frozenset({"ReadTimeout", "WriteTimeout", "ServerTimeoutError", "SocketTimeoutError"})
_STATUS = frozenset({"APIStatusError", "ClientResponseError", "HTTPStatusError"})
_BROKEN_OFF = frozenset(
    {
        "BrokenPipeError",
        "ClientConnectionResetError",
        "ClientOSError",
        "ClientPayloadError",
        "ConnectionAbortedError",
        "ConnectionResetError",
        "IncompleteReadError",
        "ReadError",
        "RemoteProtocolError",
        "ServerDisconnectedError",
        "TransferEncodingError",
        "WriteError",
    }
)


@dataclass(frozen=True)
class Failure:
    """A failed call. `retry_after`: seconds that the provider asked for."""

    kind: FailureKind
    detail: str
    retry_after: float | None = None

    @property
    def transient(self) -> bool:
        return self.kind in _TRANSIENT

    @property
    def cut(self) -> bool:
        """Whether the server may have worked, and billed, without our having a usable answer."""
        return self.kind in _CUT

    def problem(self, name: str, tries: int = 1, seconds: float = 0.0) -> ModelProblem:
        """What a user is told once nothing more is tried."""
        what, following = _WORDS[self.kind]
        sort = ContextOverflow if self.kind == "context" else CutOff if self.cut else ModelProblem
        return sort(
            f"{name}: {what}",
            f"Said: {self.detail}" if self.detail else "",
            f"Tried {tries} times in {seconds:.0f} s." if tries > 1 else "",
            f"It asks for a wait of {self.retry_after:.0f} s." if self.retry_after else "",
            f"Next: {following}",
        )


_WORDS: Mapping[FailureKind, tuple[str, str]] = {
    "key": (
        "the provider does not accept the key.",
        "check the key that you exported, and that it may use this model",
    ),
    "credit": (
        "the provider account has no credit or quota left.",
        "top it up, or use another provider; `agentkit resume` goes on from here",
    ),
    "model": (
        "there is no such model where we asked.",
        "check the name and its provider: `openai/…`, `anthropic/…`, `ollama/…`, `hosted_vllm/…`",
    ),
    "context": (
        "the conversation is longer than the model can read.",
        "use a model with a larger context, or allow fewer turns in a stage (--turns)",
    ),
    "refused": (
        "the provider refused the content.",
        "change the wording of the task or the hint, or use another model",
    ),
    "request": (
        "the provider does not accept the request.",
        "see what it said; a setting such as --temperature may not suit this model",
    ),
    "busy": (
        "the provider is limiting our rate.",
        "wait, or run fewer attempts at once; `agentkit resume` goes on from here",
    ),
    "server": (
        "the provider fails.",
        "try later, or use another provider; `agentkit resume` goes on from here",
    ),
    "timeout": (
        "no reply came in time.",
        "check the server, or allow more time; `agentkit resume` goes on from here",
    ),
    "cut": (
        "the connection broke off before the reply was whole.",
        "check the network and the server's log; `agentkit resume` goes on from here",
    ),
    "unreachable": (
        "the server cannot be reached.",
        "start the server, check --base-url or the network; `agentkit resume` goes on from here",
    ),
    "reply": (
        "the server's answer cannot be read as a chat reply.",
        "check that --base-url is an OpenAI-compatible address; these usually end in /v1",
    ),
}


def classify(error: BaseException) -> Failure:
    """Sort what litellm or an HTTP client raised.

    By cause before status: litellm gives a refused or lost connection, and a body that is no JSON, a
    status of 500 that no server has said.
    """
    away = _unreachable(error)
    if away:
        return Failure("unreachable", away)
    detail = shortened(error)
    # litellm's own are left out: each of them claims to be openai's error of the status it was given.
    sorts = [type(each) for each in chain(error) if not type(each).__module__.startswith("litellm")]
    causes = {kind.__name__ for sort in sorts for kind in sort.__mro__}
    if causes & _LATE:
        return Failure("timeout", detail)
    if causes & _BROKEN_OFF:
        return Failure("cut", detail)
    if not causes & _STATUS and ("JSONDecodeError" in causes or _NO_REPLY in str(error)):
        return Failure("reply", detail)
    return Failure(_kind(error, detail), detail, retry_after(error))


def _kind(error: BaseException, detail: str) -> FailureKind:
    names = {kind.__name__ for kind in type(error).__mro__}
    status = getattr(error, "status_code", None)
    text = str(error)
    if "ContextWindowExceededError" in names or status == 413:
        return "context"
    if (status in (400, 422) and _OVERFLOW.search(text)) or (status == 429 and _TOO_LARGE.search(text)):
        return "context"
    if "ContentPolicyViolationError" in names or (status == 400 and _REFUSED.search(text)):
        return "refused"
    if status == 402 or (status in (400, 429) and _NO_CREDIT.search(text)):
        return "credit"
    if status in (401, 403) or (status == 400 and _BAD_KEY.search(text)):
        return "key"
    if status == 404 or _NO_PROVIDER in text:
        return "model"
    if status in (408, 504) or isinstance(error, TimeoutError):
        return "timeout"
    if status in (409, 425, 429):
        return "busy"
    if isinstance(status, int) and status >= 500:
        return "server"
    return "request" if isinstance(status, int) else "reply"


def _unreachable(error: BaseException) -> str:
    """Who does not answer; empty if somebody did."""
    for each in chain(error):
        host, port = getattr(each, "host", ""), getattr(each, "port", "")
        address = f"{host}:{port}" if host else "the server's address"
        if isinstance(each, socket.gaierror) or type(each).__name__ == "ClientConnectorDNSError":
            return f"the host name {host} is not known" if host else f"the host name is not known ({each})"
        if isinstance(each, ConnectionRefusedError) or type(each).__name__ == "ClientConnectorError":
            return f"nothing listens at {address}"
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"the certificate of {address} is not valid: {each}"
        if type(each).__name__ in _NOT_SENT:
            return f"no connection to {address} came about in time"
    return ""


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, at most ten deep."""
    current: BaseException | None = error
    for _ in range(10):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__


def retry_after(error: BaseException, now: float | None = None) -> float | None:
    """What the Retry-After header of the answer asks for, in seconds, whichever of its forms it has."""
    for each in chain(error):
        for headers in (
            getattr(getattr(each, "response", None), "headers", None),
            getattr(each, "litellm_response_headers", None),
        ):
            if headers:
                wait = seconds_of(headers, time.time() if now is None else now)
                if wait is not None:
                    return wait
    return None


def seconds_of(headers: Mapping[str, Any], now: float) -> float | None:
    """From `retry-after-ms`, or `retry-after` as seconds or as an HTTP date; None if there is none."""
    for key, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(key)
        if value is None:
            continue
        try:
            return max(0.0, float(value) * scale)
        except ValueError:
            pass
        try:
            return max(0.0, email.utils.parsedate_to_datetime(str(value)).timestamp() - now)
        except ValueError:
            continue
    return None


def shortened(error: BaseException, limit: int = 400) -> str:
    """The provider's own words, on one line, without litellm's repeated class names."""
    text = " ".join(str(error).split()) or type(error).__name__
    text = re.sub(r"^(litellm\.)?(\w+(Error|Exception|Timeout)|Timeout): ", "", text)
    text = re.sub(r"^((litellm\.)?\w*(Error|Exception): )+", "", text)
    text = re.sub(r"^\w+Exception - ", "", text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
