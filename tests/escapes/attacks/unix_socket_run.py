"""Reach a Unix socket of a service below /run."""

import os
import socket
from pathlib import Path

SEEN = Path(os.environ["NAME"])
for name in (SEEN, Path("/proc/self/root", *SEEN.parts[1:]), Path("/proc/1/root", *SEEN.parts[1:])):
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(3)
            client.connect(str(name))
            client.sendall(b"out\n")
            print("escaped: connected,", client.recv(100))
            break
    except OSError as error:
        print(f"held: {name}: {error}")
