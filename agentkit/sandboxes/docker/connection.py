"""Connection: messages to and from the supervisor in a container, and descriptors that go along."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SEND_SECONDS = 10.0
"""For a message to be taken; the supervisor has nothing else to do then."""


class Connection:
    """Our side of the socket. A message is a length (4 bytes, big-endian) and JSON."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._line.settimeout(SEND_SECONDS)
        self._data = b""
        credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        self.peer = int(struct.unpack("3i", credentials)[0])
        """The supervisor's process number, as this process sees it; 0: it does not."""

    def fileno(self) -> int:
        return self._line.fileno()

    def send(self, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
        """OSError if nobody takes it."""
        data = json.dumps(message).encode()
        data = struct.pack(">I", len(data)) + data
        # The first part carries the descriptors, and may be all that fits.
        sent = socket.send_fds(self._line, [data], list(descriptors)) if descriptors else 0
        self._line.sendall(data[sent:])

    def arrived(self) -> list[dict[str, Any]]:
        """What has come until now, without waiting. EOFError: the other side is gone."""
        self._line.settimeout(0.0)
        try:
            data = self._line.recv(1 << 16)
        except BlockingIOError:
            return []
        except OSError as error:
            raise EOFError("the sandbox's container is gone") from error
        finally:
            self._line.settimeout(SEND_SECONDS)
        if not data:
            raise EOFError("the sandbox's container is gone")
        self._data += data
        return list(self._messages())

    def wait_for(self, name: str, seconds: float) -> Any:
        """Block for the message of that name, letting others go by. EOFError, or TimeoutError."""
        until = time.monotonic() + seconds
        while True:
            for message in self._messages():
                if name in message:
                    return message[name]
            self._line.settimeout(max(0.001, until - time.monotonic()))
            try:
                data = self._line.recv(1 << 16)
            except ConnectionError as error:
                raise EOFError("the sandbox's container is gone") from error
            finally:
                self._line.settimeout(SEND_SECONDS)
            if not data:
                raise EOFError("the sandbox's container is gone")
            self._data += data

    def _messages(self) -> Iterator[dict[str, Any]]:
        while len(self._data) >= 4:
            end = 4 + int(struct.unpack(">I", self._data[:4])[0])
            if len(self._data) < end:
                return
            message, self._data = json.loads(self._data[4:end]), self._data[end:]
            if "failed" in message:
                raise EOFError(f"the supervisor in the container failed: {message['failed']}")
            yield message

    def close(self) -> None:
        self._line.close()
