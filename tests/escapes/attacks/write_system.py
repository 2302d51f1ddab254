"""Put a file into the system's folders."""

import sys
from pathlib import Path

for folder in ("/usr/local/bin", "/usr/lib", "/etc", "/bin", "/", "/var/tmp", "/opt"):
    try:
        Path(folder, sys.argv[1]).write_text("was here")
        print(f"tried: {folder} can be written")
    except OSError as error:
        print(f"held: {error}")
