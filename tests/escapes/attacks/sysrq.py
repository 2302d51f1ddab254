"""Press the host's magic key: `h`, which prints a help text into the kernel log."""

from pathlib import Path

try:
    Path("/proc/sysrq-trigger").write_text("h")
    print("escaped: pressed")
except OSError as error:
    print(f"held: {error}")
