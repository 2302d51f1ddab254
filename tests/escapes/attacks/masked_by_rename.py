"""Move a masked file, or the folder it is in, from under what hides it."""

import os
from pathlib import Path

place = Path("data/held.txt")
found = ""


def look() -> None:
    global found
    for path in Path().rglob("*"):
        if path.is_file() and path.name != "attack.py":
            found += path.read_text(errors="replace")


for move in (
    lambda: None,
    lambda: place.rename("data/moved.txt"),
    lambda: Path("data/moved.txt").rename(place),
    lambda: place.unlink(),
    lambda: Path("data").rename("elsewhere"),
    lambda: Path("data").mkdir(),
    lambda: os.link("elsewhere/held.txt", "data/linked.txt"),
    lambda: Path("elsewhere/held.txt").rename("data/back.txt"),
):
    try:
        move()
        look()
    except OSError as error:
        print(f"no: {error}")
print(f"escaped: {found}" if found else "held: it stays hidden")
