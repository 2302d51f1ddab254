"""Runs in the sandbox between an MCP server and us: puts before each line of the server's its length.

Only the standard library, in one file: it is passed to the sandbox's Python as text.
"""

import os
import struct
import subprocess
import sys

LINE_BYTES = 32 * 1024 * 1024


def relay(argv: list[str]) -> int:
    """The server reads our standard input itself, and its standard error is ours."""
    try:
        server = subprocess.Popen(argv, stdout=subprocess.PIPE)
    except OSError as error:
        print(f"{argv[0]} cannot be started: {error.strerror}", file=sys.stderr)
        return 127
    assert server.stdout is not None
    while line := server.stdout.readline(LINE_BYTES):
        if len(line) == LINE_BYTES:
            print("a message was longer than 32 MiB", file=sys.stderr)
            server.kill()
            break
        data = struct.pack(">I", len(line)) + line
        while data:
            data = data[os.write(1, data) :]
    return server.wait()


if __name__ == "__main__":
    code = relay(sys.argv[1:])
    sys.exit(code if code >= 0 else 128 - code)
