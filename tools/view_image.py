"""Show a picture of the workspace to a model that can see."""

from __future__ import annotations

import base64
from typing import Literal

from agentkit import ToolContext, ToolResult, reading_tool
from agentkit.contracts.messages import Image
from agentkit.source.paths import Refused, locate_readable
from agentkit.source.textfile import read_bytes
from agentkit.toolbox.command import refused

MOST_BYTES = 4 * 1024 * 1024
"""Providers refuse more."""
MediaType = Literal["image/png", "image/jpeg", "image/webp", "image/gif"]


@reading_tool
async def view_image(context: ToolContext, path: str) -> ToolResult:
    """Look at a PNG, JPEG, WebP or GIF file, such as a plot of a loss."""
    try:
        place = locate_readable(context.workspace.folder, context.logs, path)
        if place.path.is_file() and place.path.stat().st_size > MOST_BYTES:
            size = place.path.stat().st_size
            raise Refused(
                f"{place.name} has {size:,} bytes; at most {MOST_BYTES:,} can be shown. Make it smaller."
            )
        data = read_bytes(place)
    except Refused as refusal:
        return refused(str(refusal))
    kind = media_type(data)
    if kind is None:
        return refused(f"{place.name} is no PNG, JPEG, WebP or GIF picture.")
    said = f"{place.name}: {kind.removeprefix('image/')}, {len(data):,} bytes"
    picture = Image(media_type=kind, data=base64.b64encode(data).decode())
    return ToolResult(ok=True, summary=said, text=said, data={"path": place.name}, images=(picture,))


def media_type(data: bytes) -> MediaType | None:
    """By the content: a name may say anything."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/gif" if data.startswith((b"GIF87a", b"GIF89a")) else None
