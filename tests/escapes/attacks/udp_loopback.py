"""Send a datagram to the host's loopback."""

import os
import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(1)
    try:
        client.connect((os.environ["HOST"], int(os.environ["PORT"])))
        client.send(b"out\n")
        print("escaped: answered", client.recv(100))
    except OSError as error:
        print(f"held: {error}")
