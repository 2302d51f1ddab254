"""Put a link to a host file where a file of the task is laid, for whoever writes it."""

import os
from pathlib import Path

Path("check.py").unlink()
Path("check.py").symlink_to(os.environ["VICTIM"])
print("tried: check.py is a link")
