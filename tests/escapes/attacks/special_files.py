"""Leave a pipe, a socket and an endless link for whoever copies the workspace."""

import os
import socket
from pathlib import Path

os.mkfifo("pipe")
socket.socket(socket.AF_UNIX).bind("socket")
Path("loop").symlink_to("loop")
print("tried: special files lie here")
