"""Open a socket to the hypervisor, which no network namespace covers. Nothing is sent."""

import socket

try:
    with socket.socket(40, socket.SOCK_STREAM):
        print("escaped: there is a vsock socket")
except OSError as error:
    print(f"held: {error}")
