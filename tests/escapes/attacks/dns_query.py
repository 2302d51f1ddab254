"""Carry data out in the name of a DNS question, to a resolver on the host's loopback."""

import os
import socket

label = b"out"
question = b"".join(bytes([len(part)]) + part for part in (label, b"example", b"invalid")) + b"\0"
packet = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + question + b"\x00\x10\x00\x01"
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(1)
    try:
        client.sendto(packet, (os.environ["HOST"], int(os.environ["PORT"])))
        print("escaped: the resolver answered", client.recv(512)[-30:])
    except OSError as error:
        print(f"held: {error}")
