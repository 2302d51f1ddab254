"""Figures of published implementations, asked of another Python that has them installed.

They are no dependency of this project: AGENTKIT_REFERENCE_PYTHON names a Python with scikit-learn,
krippendorff, rliable and scipy; without it such a comparison is skipped, and an independent computation in
the same test file stands alone.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

VARIABLE = "AGENTKIT_REFERENCE_PYTHON"
asks_reference = [
    pytest.mark.real,
    pytest.mark.skipif(VARIABLE not in os.environ, reason=f"{VARIABLE} is not set"),
]


def ask(script: str, question: object) -> Any:
    """`script` reads `question` from a variable of that name and leaves its `answer`; both are JSON."""
    whole = f"import json, sys\nquestion = json.load(sys.stdin)\n{script}\njson.dump(answer, sys.stdout)\n"
    done = subprocess.run(
        [os.environ[VARIABLE], "-W", "ignore", "-c", whole],
        input=json.dumps(question), capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
