"""Reach a Unix socket in the abstract namespace, which has no file that could be hidden."""

import os
import socket

try:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(3)
        client.connect(b"\0" + os.environ["NAME"].encode())
        client.sendall(b"out\n")
        print("escaped: connected,", client.recv(100))
except OSError as error:
    print(f"held: {error}")
