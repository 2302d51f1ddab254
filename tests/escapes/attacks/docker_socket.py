"""Ask a docker daemon, which could start a container with all of the host in it."""

import os
import socket

QUESTION = b"GET /info HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"
names = [os.environ["DOCKER_SOCKET"], "/var/run/docker.sock", "/run/docker.sock"]
names += ["/proc/1/root/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock"]
for name in names:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(3)
            client.connect(name)
            client.sendall(QUESTION)
            answer = b""
            while data := client.recv(65536):
                answer += data
            print(f"escaped: {name}: {answer.decode(errors='replace')}")
            break
    except OSError as error:
        print(f"held: {name}: {error}")
