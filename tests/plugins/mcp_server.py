"""A small MCP server made with the SDK, for test_mcp.py: over stdio, or with a port over HTTP."""

# mypy: disable-error-code="untyped-decorator"

import base64
import os
import sys
import time
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import Image, MCPServer

server = MCPServer("tiny")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@server.tool()
def add(left: int, right: int) -> int:
    """Add two numbers."""
    return left + right


@server.tool()
def flood(lines: int) -> str:
    """Say much, with an error in the middle."""
    said = [f"line {number} of what is of no interest" for number in range(lines)]
    return "\n".join([*said[: lines // 2], "error: the one that matters", *said[lines // 2 :]])


@server.tool()
def dot() -> Image:
    """A picture."""
    return Image(data=PNG, format="png")


@server.tool()
def around(name: str) -> str:
    """A variable of the server, its folder, and a file that it leaves there."""
    Path("left.txt").write_text("x")
    return f"{os.environ.get(name)} {Path.cwd()} {os.getpid()}"


@server.tool()
def sleep(seconds: float) -> str:
    """Say nothing for a while."""
    time.sleep(seconds)
    return "awake"


@server.tool()
def die(words: str) -> str:
    """End the server."""
    print(words, file=sys.stderr, flush=True)
    os._exit(3)


def only_with(token: str, application: Any) -> Any:
    """Answers 401 to whoever does not bring the token."""

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        brought = dict(scope.get("headers", ())).get(b"authorization", b"")
        if scope["type"] != "http" or brought == f"Bearer {token}".encode():
            await application(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return guarded


if __name__ == "__main__":
    if len(sys.argv) > 2:
        import uvicorn

        guarded = only_with(sys.argv[2], server.streamable_http_app(host="127.0.0.1"))
        uvicorn.run(guarded, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
    elif len(sys.argv) > 1:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        print("this is no message")
        server.run("stdio")
