"""DirectModel: an OpenAI-compatible server called without litellm, where thousands of calls go."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import urllib.request
import weakref
from typing import TYPE_CHECKING, Any

from agentkit.models.cards import entry_of
from agentkit.models.chat import Dialect
from agentkit.models.keys import key_of
from agentkit.models.live import Abilities, LiveModel
from agentkit.models.loop_end import at_end_of_loop
from agentkit.models.streaming import Assembly, Stalled

if TYPE_CHECKING:
    import aiohttp  # takes a tenth of a second, so only a call imports it

PROVIDERS = frozenset(
    {"openai", "hosted_vllm", "ollama", "ollama_chat", "litellm_proxy", "lm_studio", "llamafile"}
)
"""Whose servers take OpenAI's chat requests at the address a user gives."""
CONNECTIONS = 2_000
CONNECT_SECONDS = 30.0
DRAIN_SECONDS = 1.0
LARGE = 1 << 20
"""Bytes of a body above which aiohttp wants to write it in pieces."""

_sessions: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = (
    weakref.WeakKeyDictionary()
)


class ErrorAnswer(Exception):
    """The server answered with an error, or put one into the stream."""

    def __init__(self, status: int, text: str, response: aiohttp.ClientResponse) -> None:
        super().__init__(text)
        self.status_code = status
        self.response = response


class DirectModel(LiveModel):
    """Speaks `POST {base_url}/chat/completions` and reads the reply as it streams."""

    async def _ready(self) -> Abilities:
        provider, slash, model = self.called.partition("/")
        if not slash:
            provider, model = "openai", self.called
        entry = entry_of(self.called)
        left_out: set[str] = set()
        if entry is not None:
            # As OpenAI has it: who reasons takes an effort and no temperature, who does not the reverse.
            left_out = {"temperature"} if entry.reasons and provider == "openai" else set()
            left_out |= set() if entry.reasons else {"reasoning_effort"}
        reasons = entry is not None and entry.reasons
        return Abilities(
            provider=provider,
            model=model,
            parameters=None if entry is None else ALL - left_out,
            holds_to_schema=entry is not None and entry.holds_to_schema,
            dialect=Dialect(cache_marks=entry is not None and entry.marks),
            limit_parameter="max_completion_tokens" if reasons and provider == "openai" else "max_tokens",
        )

    @property
    def address(self) -> str:
        """Of the chat resource. An ollama server has its own protocol beside, so its address has no /v1."""
        base = (self.base_url or "").rstrip("/")
        if base.endswith("/chat/completions"):
            return base
        if self.called.startswith("ollama") and not base.endswith("/v1"):
            base += "/v1"
        return f"{base}/chat/completions"

    async def _stream(self, abilities: Abilities, body: dict[str, Any], reply: Assembly) -> None:
        import aiohttp

        headers = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
        key = key_of(abilities.provider, self.key_variable)
        if key:
            headers["Authorization"] = f"Bearer {key}"
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        session = await session_of_loop()
        stall = self.stall_seconds
        waiting = aiohttp.ClientTimeout(total=None, sock_connect=min(CONNECT_SECONDS, stall), sock_read=stall)
        try:
            async with session.post(
                self.address,
                data=io.BytesIO(raw) if len(raw) > LARGE else raw,
                headers=headers,
                timeout=waiting,
                allow_redirects=False,  # the key is for this address and no other
            ) as response:
                if response.status != 200:
                    text = await response.text(errors="replace")
                    raise ErrorAnswer(response.status, words_of(text), response)
                if response.headers.get("Content-Type", "").startswith("text/event-stream"):
                    await read_events(response, reply)
                else:
                    reply.add_whole(checked(json.loads(await response.read()), response))
        except aiohttp.SocketTimeoutError as error:
            raise Stalled(stall) from error


ALL = frozenset(
    {"tools", "temperature", "reasoning_effort", "max_tokens", "max_completion_tokens", "response_format"}
)


async def read_events(response: aiohttp.ClientResponse, reply: Assembly) -> None:
    """Server-sent events, of which only the data lines matter; comments keep the line awake."""
    rest = b""
    async for block in response.content.iter_any():
        *lines, rest = (rest + block).split(b"\n")
        if any(add_line(line, response, reply) for line in lines):
            break
    else:
        add_line(rest, response, reply)
    if not response.content.at_eof():
        with contextlib.suppress(TimeoutError):  # only a connection that is read to its end is used again
            async with asyncio.timeout(DRAIN_SECONDS):
                await response.read()


def add_line(line: bytes, response: aiohttp.ClientResponse, reply: Assembly) -> bool:
    """Whether it was the last."""
    if not line.startswith(b"data:"):
        return False
    data = line[5:].strip()
    if data == b"[DONE]":
        reply.finish = reply.finish or "stop"
        return True
    if data:
        reply.add(checked(json.loads(data.decode()), response))
    return False


def checked(value: Any, response: aiohttp.ClientResponse) -> dict[str, Any]:
    """A chunk or a reply. Raises ErrorAnswer for an error that came with status 200."""
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, found {str(value)[:200]}")
    error = value.get("error")
    if error:
        code = error.get("code") if isinstance(error, dict) else None
        status = int(str(code)) if re.fullmatch("[45][0-9][0-9]", str(code)) else 500
        raise ErrorAnswer(status, words_of(json.dumps(value)), response)
    return value


def words_of(text: str) -> str:
    """What an error body says, with its code, which may be the clearer half."""
    try:
        value = json.loads(text)
    except ValueError:
        return text[:2000] or "(no words)"
    error = value.get("error", value) if isinstance(value, dict) else value
    if not isinstance(error, dict):
        return str(error)
    message = str(error.get("message") or error.get("detail") or json.dumps(error))
    code = str(error.get("code") or error.get("type") or "")
    return message if not code or code in message else f"{message} ({code})"


async def session_of_loop() -> aiohttp.ClientSession:
    """One for all models and addresses, so that connections are kept; closed with the loop."""
    import aiohttp

    loop = asyncio.get_running_loop()
    session = _sessions.get(loop)
    if session is None or session.closed:
        session = _sessions[loop] = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=bool(urllib.request.getproxies()),
            headers={"User-Agent": "agentkit"},
        )
        await at_end_of_loop("aiohttp", session.close)
    return session
