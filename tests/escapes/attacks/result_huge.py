"""Hand in a result of one terabyte, which takes no room on disk."""

from pathlib import Path

with Path("result.json").open("wb") as file:
    file.truncate(1 << 40)
print("tried: result.json has a terabyte")
