"""Talk to a server on the address that the host has towards other machines."""

import os
import socket

try:
    with socket.create_connection((os.environ["HOST"], int(os.environ["PORT"])), 3) as client:
        client.sendall(b"out\n")
        print("escaped: connected,", client.recv(100))
except OSError as error:
    print(f"held: {error}")
