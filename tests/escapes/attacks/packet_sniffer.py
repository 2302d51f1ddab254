"""Listen to what goes over the host's loopback, by a packet socket."""

import socket
import time
from pathlib import Path

try:
    sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sniffer.bind(("lo", 0))
    sniffer.settimeout(0.5)
    print("ready: listening", flush=True)
    until = time.monotonic() + 10
    while not Path("go").exists() and time.monotonic() < until:
        time.sleep(0.02)
    heard = b""
    try:
        for _ in range(2000):
            packet = sniffer.recv(65535)
            if b"token-" in packet:
                heard = packet[packet.index(b"token-") :][:40]
                break
    except TimeoutError:
        pass
    print(f"escaped: heard {heard.decode()}" if heard else "held: nothing was heard")
except OSError as error:
    print(f"held: {error}")
