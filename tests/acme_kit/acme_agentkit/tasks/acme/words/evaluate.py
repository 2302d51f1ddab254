"""Counts the words of the candidate; its answer is the file that AGENTKIT_RESULT names."""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from words import words

count = len(set(words()))
result = {"metrics": {"words": count}, "valid": count > 0, "reason": f"{count} different words"}
Path(os.environ["AGENTKIT_RESULT"]).write_text(json.dumps(result))
