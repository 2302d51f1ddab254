"""MCP results: what a server answered, in our envelope."""

from __future__ import annotations

import json
from typing import Any, get_args

from agentkit.contracts.messages import Image
from agentkit.contracts.tool import ToolContext, ToolResult, Truncated
from agentkit.source.excerpt import cut_line, excerpt, printable
from agentkit.toolbox.command import log_name, next_log

IMAGES = 4
IMAGE_BYTES = 5_000_000
"""Of a picture in base64; a model's API takes no larger ones."""
DATA_BYTES = 20_000
SEEN = get_args(Image.model_fields["media_type"].annotation)


def as_result(name: str, answer: Any, context: ToolContext, seconds: float) -> ToolResult:
    """Text bounded, the whole of it in `<name>-0001.log`; pictures that a model can see; the rest named."""
    parts: list[str] = []
    images: list[Image] = []
    for each in answer.content:
        image = picture(each)
        if image is not None and len(images) < IMAGES:
            images.append(image)
        else:
            parts.append(in_words(each))
    structured = answer.structured_content
    written = "" if structured is None else json.dumps(structured, ensure_ascii=False)
    text = printable("\n".join(parts) or ("" if images else written)).rstrip("\n")
    shown = excerpt(text)
    truncated = None
    if shown != text:
        log = next_log(context.logs, name)
        log.write_text(text, encoding="utf-8")
        truncated = Truncated(from_chars=len(text), kept=len(shown), full_log=log_name(log))
        shown += f"\n[The answer was {len(text):,} characters; all of it is in {log_name(log)}.]"
    ok = not answer.is_error
    first = cut_line(" ".join(shown[:400].split()), 120)
    return ToolResult(
        ok=ok,
        summary=f"{name}{'' if ok else ' failed'}: {first}" if first else name,
        text=shown or ("" if images else "[It answered nothing.]"),
        data={"structured": structured} if written and len(written) <= DATA_BYTES else {},
        truncated=truncated,
        seconds=round(seconds, 4),
        images=tuple(images),
    )


def picture(part: Any) -> Image | None:
    """None for what is none, is of a kind that models do not take, or is too large."""
    if part.type != "image" or part.mime_type not in SEEN or len(part.data) > IMAGE_BYTES:
        return None
    return Image(media_type=part.mime_type, data=part.data)


def in_words(part: Any) -> str:
    match part.type:
        case "text":
            return str(part.text)
        case "resource" if hasattr(part.resource, "text"):
            return f"[{part.resource.uri}]\n{part.resource.text}"
        case "resource":
            return f"[{part.resource.uri}: {len(part.resource.blob) * 3 // 4:,} bytes, not shown]"
        case "resource_link":
            return f"[{part.name}: {part.uri}]"
        case kind:
            return f"[{kind} {part.mime_type}, {len(part.data) * 3 // 4:,} bytes, not shown]"
