"""Hand in a link to a host file as the result."""

import os
from pathlib import Path

Path("result.json").symlink_to(os.environ["SECRET"])
print("tried: result.json is a link")
