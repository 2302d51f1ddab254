"""List the host's network devices and their hardware addresses, by netlink."""

import socket
import struct

LIST_LINKS, LIST_ALL = 18, 0x301
try:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        kernel.settimeout(2)
        body = struct.pack("=BxHiII", 0, 0, 0, 0, 0)
        kernel.send(struct.pack("=IHHII", 16 + len(body), LIST_LINKS, LIST_ALL, 1, 0) + body)
        answer = kernel.recv(1 << 20)
    at, names = 0, []
    while at < len(answer):
        length, kind = struct.unpack_from("=IH", answer, at)
        inner = at + 32
        while kind == 16 and inner < at + length:
            size, attribute = struct.unpack_from("=HH", answer, inner)
            if attribute == 1:
                names.append(answer[inner + 4 : inner + size].hex(":"))
            inner += max(4, (size + 3) & ~3)
        at += max(16, (length + 3) & ~3)
    real = [name for name in names if name != "00:00:00:00:00:00"]
    print(f"escaped: {' '.join(real)}" if real else "held: only a loopback")
except OSError as error:
    print(f"held: {error}")
