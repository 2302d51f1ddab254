"""The same with a datagram ICMP socket, which some hosts give to everybody."""

import os
import socket

try:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as ping:
        ping.sendto(b"\x08\x00\0\0\x00\x01\x00\x01" + os.environ["PAYLOAD"].encode(), ("127.0.0.1", 0))
    print("escaped: sent")
except OSError as error:
    print(f"held: {error}")
