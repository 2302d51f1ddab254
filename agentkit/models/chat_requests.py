"""Chat completions as other programs ask for them, read into our messages, and our replies written back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from agentkit.contracts.messages import Image, Message, Reply, Role, ToolOffer
from agentkit.errors import AgentkitError
from agentkit.models.chat import read_message, read_text, written_arguments

Read = TypeVar("Read")

_DATA = re.compile(r"data:(image/(?:png|jpeg|webp|gif));base64,(.*)", re.DOTALL)


class BadRequest(AgentkitError):
    """What another program asked cannot be passed on; the message is for that program."""


@dataclass(frozen=True, eq=False)
class ChatRequest:
    """What of a request reaches the model. Sampling parameters are the run's own, so they are left out."""

    model: str
    messages: tuple[Message, ...]
    tools: tuple[ToolOffer, ...] = ()
    max_tokens: int | None = None
    reply_schema: Mapping[str, Any] | None = None
    stream: bool = False
    stream_usage: bool = False


def read_chat_request(body: Any) -> ChatRequest:
    """Raises BadRequest, whatever the body is."""
    if not isinstance(body, dict):
        raise BadRequest("The body is no JSON object.")
    if body.get("n") not in (None, 1):
        raise BadRequest("Only one choice a request can be had (n = 1).")
    messages = _list(body, "messages")
    if not messages:
        raise BadRequest("messages is empty.")
    tools = () if body.get("tool_choice") == "none" else _list(body, "tools")
    limits = [body.get(name) for name in ("max_completion_tokens", "max_tokens")]
    options = body.get("stream_options")
    return ChatRequest(
        model=str(body.get("model") or ""),
        messages=tuple(_read(f"messages[{n}]", _message, each) for n, each in enumerate(messages)),
        tools=tuple(_read(f"tools[{n}]", _tool, each) for n, each in enumerate(tools)),
        max_tokens=next((each for each in limits if type(each) is int and each > 0), None),
        reply_schema=_read("response_format", _schema, body.get("response_format")),
        stream=body.get("stream") is True,
        stream_usage=isinstance(options, dict) and options.get("include_usage") is True,
    )


def _list(body: Mapping[str, Any], name: str) -> list[Any]:
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadRequest(f"{name} is no list.")
    return value


def _read(where: str, read: Callable[[Any], Read], value: Any) -> Read:
    try:
        return read(value)
    except BadRequest as error:
        raise BadRequest(f"{where}: {error.message}") from error
    except (ValueError, TypeError, RecursionError) as error:
        # Of pydantic and json: a wrong type, half a surrogate pair, a thousand brackets.
        said = str(error).splitlines() or [type(error).__name__]
        raise BadRequest(f"{where} cannot be read: {' '.join(said)[:300]}") from error


def _message(chat: Any) -> Message:
    role: Any = _of(chat).get("role")
    role = "system" if role == "developer" else role
    if role not in get_args(Role):
        raise BadRequest(f"the role {role!r} is not known (system, user, assistant, tool).")
    content = chat.get("content")
    if role == "assistant":
        calls = _list(chat, "tool_calls")
        if chat.get("function_call"):
            raise BadRequest("function_call is not known here; use tool_calls.")
        for each in calls:
            _of(_of(each).get("function"))
        message = read_message({"content": content, "tool_calls": calls})
    else:
        message = Message(
            role=role,
            text=read_text(content),
            tool_call_id=str(chat.get("tool_call_id") or "") if role == "tool" else None,
            images=_images(content),
        )
    message.model_dump_json().encode()
    return message


def _images(content: Any) -> tuple[Image, ...]:
    found = []
    for part in content if isinstance(content, list) else ():
        kind = _of(part).get("type")
        if kind == "image_url":
            place = part.get("image_url")
            match = _DATA.fullmatch(str(place.get("url") if isinstance(place, dict) else place))
            if match is None:
                raise BadRequest("a picture has to be sent itself: data:image/png;base64,…")
            found.append(Image.model_validate({"media_type": match[1], "data": match[2]}))
        elif kind not in ("text", "refusal"):
            raise BadRequest(f"content of the type {kind!r} cannot be passed on (text, image_url).")
    return tuple(found)


def _tool(offer: Any) -> ToolOffer:
    if _of(offer).get("type") != "function":
        raise BadRequest(f"a tool of the type {offer.get('type')!r} cannot be passed on (function).")
    function = _of(offer.get("function"))
    found = {
        "name": function.get("name"),
        "description": function.get("description") or "",
        "parameters": function.get("parameters") or {"type": "object", "properties": {}},
    }
    read = ToolOffer.model_validate(found)
    read.model_dump_json().encode()
    return read


def _schema(form: Any) -> Mapping[str, Any] | None:
    """JSON of any shape is asked for by the words of the prompt, which every client has to say as well."""
    if form is None or _of(form).get("type") != "json_schema":
        return None
    return _of(_of(form.get("json_schema")).get("schema"))


def _of(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest(f"an object was expected, and found {str(value)[:100]!r}.")
    return value


def written_reply(reply: Reply, model: str, name: str, created: int) -> dict[str, Any]:
    """A chat completion. `name` is its id, `model` what the client has called the model."""
    choice = {"index": 0, "message": _written(reply), "finish_reason": reply.finish_reason, "logprobs": None}
    head = {"id": name, "object": "chat.completion", "created": created, "model": model}
    return {**head, "choices": [choice], "usage": _usage(reply)}


def written_chunks(
    reply: Reply, model: str, name: str, created: int, usage: bool = True
) -> list[dict[str, Any]]:
    """The same as the pieces of a stream: all that was said in one, the end in the next, the usage last."""
    head = {"id": name, "object": "chat.completion.chunk", "created": created, "model": model}
    delta = _written(reply)
    for number, call in enumerate(delta.get("tool_calls", ())):
        call["index"] = number
    chunks: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reply.finish_reason}]},
    ]
    return [*chunks, {**head, "choices": [], "usage": _usage(reply)}] if usage else chunks


def _written(reply: Reply) -> dict[str, Any]:
    said: dict[str, Any] = {"role": "assistant", "content": reply.message.text or None}
    if reply.message.tool_calls:
        said["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.malformed or written_arguments(call)},
            }
            for call in reply.message.tool_calls
        ]
    return said


def _usage(reply: Reply) -> dict[str, Any]:
    """`cost` in dollars, as several providers say it; 0 is a price, None is none that is known."""
    usage = reply.usage
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        **({} if usage.dollars is None else {"cost": usage.dollars}),
    }
