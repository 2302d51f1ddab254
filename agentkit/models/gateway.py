"""Gateway: an OpenAI-compatible server on a Unix socket, by which another program reaches our model.

It holds no key and knows no provider: what is asked goes to an `Answerer`, which has the journal and the
budget. Whoever calls it must show the token, since on a machine without a network namespace any user can
reach the port that leads here.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from agentkit.contracts.messages import Reply
from agentkit.errors import AgentkitError, BudgetSpent, ContextOverflow, ModelProblem
from agentkit.models.chat_requests import (
    BadRequest,
    ChatRequest,
    read_chat_request,
    written_chunks,
    written_reply,
)

if TYPE_CHECKING:
    from aiohttp import web  # takes a tenth of a second, so only a gateway that is opened imports it

MODEL = "agentkit"
"""What a client may always call the model."""
REQUEST_BYTES = 64 * 1024 * 1024
AT_ONCE = 32
"""Calls under way; more of them wait."""
PATHS = ("/v1/chat/completions", "/v1/models")

Handler = Callable[["web.Request"], Awaitable["web.StreamResponse"]]


class Answerer(Protocol):
    """Who stands behind a gateway."""

    async def answer(self, request: ChatRequest) -> Reply:
        """Raises BudgetSpent where no call is left, else ModelProblem; both are told to the client."""

    def undelivered(self, request: ChatRequest) -> None:
        """The client was gone when its reply came; it may ask for the same again."""


class Refusal(AgentkitError):
    """A request that goes no further, with its status and OpenAI's words for the sort and the cause."""

    def __init__(self, status: int, kind: str, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind, self.code = status, kind, code


class ModelGateway:
    """Serves from `open` to `close`, on the loop that opened it."""

    def __init__(self, answerer: Answerer, models: Sequence[str], token: str) -> None:
        """`models`: names of the one model there is, besides MODEL."""
        self.models = tuple(dict.fromkeys([MODEL, *models]))
        self._answerer = answerer
        self._token = token.encode()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._calls: set[asyncio.Task[Reply]] = set()
        self._runner: web.AppRunner | None = None
        self._site: web.UnixSite | None = None
        self._count = 0

    async def open(self, path: Path) -> None:
        """`path`: at most some hundred bytes, as the kernel has it."""
        from aiohttp import web

        application = web.Application(client_max_size=REQUEST_BYTES, middlewares=[self._in_their_words()])
        for root in ("/v1", ""):
            application.router.add_post(f"{root}/chat/completions", self._complete)
            application.router.add_get(f"{root}/models", self._list_models)
            application.router.add_get(f"{root}/models/{{name:.+}}", self._show_model)
            application.router.add_route("*", f"{root}/responses", self._refuse_responses)
        self._runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.5)
        await self._runner.setup()
        self._site = web.UnixSite(self._runner, str(path))
        await self._site.start()
        # Its folder is the harness's own; inside a sandbox the user may be another one.
        path.chmod(0o666)

    async def close(self, grace_seconds: float = 0.0) -> None:
        """No new calls; those under way have so long to end, since they are paid for."""
        site, self._site = self._site, None
        if site is not None:
            await site.stop()
        if self._calls and grace_seconds:
            await asyncio.wait(self._calls, timeout=grace_seconds)
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    # ---- what is served ----

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        asked = read_chat_request(read_json(await request.read()))
        if asked.model and asked.model not in self.models:
            raise self._unknown(asked.model)
        call = asyncio.ensure_future(self._answer(asked))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        reply = await asyncio.shield(call)
        if request.transport is None or request.transport.is_closing():
            self._answerer.undelivered(asked)
            return answered(499, {})
        self._count += 1
        name, created, model = f"chatcmpl-{self._count}", int(time.time()), asked.model or MODEL
        if not asked.stream:
            return answered(200, written_reply(reply, model, name, created))
        return await stream(request, written_chunks(reply, model, name, created, asked.stream_usage))

    async def _answer(self, asked: ChatRequest) -> Reply:
        async with self._room:
            return await self._answerer.answer(asked)

    async def _list_models(self, request: web.Request) -> web.StreamResponse:
        return answered(200, {"object": "list", "data": [described(each) for each in self.models]})

    async def _show_model(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in self.models:
            raise self._unknown(name)
        return answered(200, described(name))

    async def _refuse_responses(self, request: web.Request) -> web.StreamResponse:
        text = "The Responses API is not served; have the program use /v1/chat/completions."
        raise Refusal(404, "invalid_request_error", "unknown_url", text)

    # ---- refusals ----

    def _unknown(self, name: str) -> Refusal:
        text = f"There is no model '{name[:200]}'; there are: {', '.join(self.models)}."
        return Refusal(404, "invalid_request_error", "model_not_found", text)

    def _in_their_words(self) -> Any:
        """A middleware: the token is asked for first, and every refusal is JSON in OpenAI's form."""
        from aiohttp import web

        @web.middleware
        async def in_their_words(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                self._check_token(request)
                return await handler(request)
            except web.HTTPException as error:
                served = ", ".join(PATHS)
                text = f"{error.reason}: {request.method} {request.path}. Served are {served}."
                return refused(Refusal(error.status, "invalid_request_error", "unknown_url", text))
            except AgentkitError as error:
                return refused(error if isinstance(error, Refusal) else as_refusal(error))

        return in_their_words

    def _check_token(self, request: web.Request) -> None:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        shown = bearer or request.headers.get("api-key", "")
        if not hmac.compare_digest(shown.encode(errors="replace"), self._token):
            text = "The API key is wrong: use the one in OPENAI_API_KEY."
            raise Refusal(401, "invalid_request_error", "invalid_api_key", text)


def as_refusal(error: AgentkitError) -> Refusal:
    """402 and no 429 for a cap: what is too many requests would be tried again."""
    text = error.message
    if isinstance(error, BadRequest):
        return Refusal(400, "invalid_request_error", "bad_request", text)
    if isinstance(error, BudgetSpent):
        return Refusal(402, "insufficient_quota", "budget_spent", text)
    if isinstance(error, ContextOverflow):
        return Refusal(400, "invalid_request_error", "context_length_exceeded", text)
    if isinstance(error, ModelProblem):
        return Refusal(502, "api_error", "model_failed", text)
    return Refusal(500, "api_error", "failed", text)


def read_json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"The body is no JSON: {str(error)[:200]}") from error


def described(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "agentkit"}


def refused(refusal: Refusal) -> web.StreamResponse:
    error = {"message": refusal.message, "type": refusal.kind, "param": None, "code": refusal.code}
    return answered(refusal.status, {"error": error})


def answered(status: int, value: Any) -> web.StreamResponse:
    from aiohttp import web

    return web.Response(status=status, body=written(value), content_type="application/json")


def written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


async def stream(request: web.Request, chunks: Sequence[Any]) -> web.StreamResponse:
    """Server-sent events. The status comes first, so nothing was sent before the reply was there."""
    from aiohttp import web

    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
    )
    await response.prepare(request)
    for each in chunks:
        await response.write(b"data: " + written(each) + b"\n\n")
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response
