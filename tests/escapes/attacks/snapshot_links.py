"""Leave links to host files and folders for whoever copies the workspace."""

import os
from pathlib import Path

secret = Path(os.environ["SECRET"])
Path("file").symlink_to(secret)
Path("folder").symlink_to(secret.parent)
Path("up").symlink_to("../../" * 20 + str(secret.parent).lstrip("/"))
Path("chain").symlink_to("folder")
print("tried: links to the host lie here")
