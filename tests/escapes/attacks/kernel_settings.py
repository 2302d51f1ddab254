"""Change a setting of the host's kernel: how many messages in a row it prints."""

from pathlib import Path

for name in (
    "/proc/sys/kernel/printk_ratelimit_burst",
    "/proc/self/root/proc/sys/kernel/printk_ratelimit_burst",
):
    place = Path(name)
    try:
        place.write_text("11\n")
        print(f"escaped: it is {place.read_text().strip()} now")
        break
    except OSError as error:
        print(f"held: {error}")
