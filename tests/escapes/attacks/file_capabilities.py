"""Leave a program that has a capability whoever starts it."""

import os
import shutil

shutil.copyfile("/bin/true", "tool")
data = bytes.fromhex("0100000200200000000000000000000000000000")
try:
    os.setxattr("tool", "security.capability", data)
    print("escaped: it has one")
except OSError as error:
    print(f"held: {error}")
