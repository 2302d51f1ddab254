"""Give the machine another name."""

import socket
import sys

try:
    socket.sethostname(sys.argv[1])
    print(f"escaped: it is called {socket.gethostname()}")
except OSError as error:
    print(f"held: {error}")
