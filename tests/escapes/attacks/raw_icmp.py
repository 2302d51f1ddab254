"""Send an ICMP packet that carries data, by a raw socket."""

import os
import socket

payload = os.environ["PAYLOAD"].encode()
packet = b"\x08\x00" + b"\0\0" + b"\x00\x01\x00\x01" + payload + b"\0" * (len(payload) % 2)
total = sum(int.from_bytes(packet[at : at + 2], "big") for at in range(0, len(packet), 2))
while total >> 16:
    total = (total & 0xFFFF) + (total >> 16)
packet = packet[:2] + (~total & 0xFFFF).to_bytes(2, "big") + packet[4:]
try:
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        raw.sendto(packet, ("127.0.0.1", 0))
    print("escaped: sent")
except OSError as error:
    print(f"held: {error}")
