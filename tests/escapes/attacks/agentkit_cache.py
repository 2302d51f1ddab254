"""Read what agentkit keeps in its cache: data sets, answers of earlier runs."""

import os
from pathlib import Path

try:
    print("escaped:", Path(os.environ["SECRET"]).read_text())
except OSError as error:
    print(f"held: {error}")
