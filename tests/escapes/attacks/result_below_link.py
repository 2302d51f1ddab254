"""Hand in a plain file, in a folder that is a link to a folder of the host."""

import os
from pathlib import Path

Path("out").symlink_to(Path(os.environ["SECRET"]).parent)
print("tried: out is a link")
