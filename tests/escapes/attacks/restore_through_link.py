"""Put a link to a host folder where a folder was, for whoever restores the workspace."""

import os
import shutil
from pathlib import Path

shutil.rmtree("package")
Path("package").symlink_to(os.environ["FOLDER"])
print("tried: package is a link")
