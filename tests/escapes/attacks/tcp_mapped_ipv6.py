"""Reach an IPv4 server through an IPv6 socket."""

import os
import socket

try:
    with socket.socket(socket.AF_INET6) as client:
        client.settimeout(3)
        client.connect((f"::ffff:{os.environ['HOST']}", int(os.environ["PORT"])))
        client.sendall(b"out\n")
        print("escaped: connected,", client.recv(100))
except OSError as error:
    print(f"held: {error}")
