"""Change mounted data: its content, names, modes, times and attributes."""

import os
from collections.abc import Callable
from pathlib import Path

file = Path(os.environ["DATA"], "train.txt")
done = []
ways: dict[str, Callable[[], object]] = {
    "content": lambda: file.write_text("changed"),
    "mode": lambda: file.chmod(0o777),
    "times": lambda: os.utime(file, (1, 1)),
    "attribute": lambda: os.setxattr(file, "user.escape", b"1"),
    "link": lambda: os.link(file, file.with_name("link")),
    "name": lambda: file.rename(file.with_name("moved")),
    "by /proc": lambda: os.open(f"/proc/self/fd/{os.open(file, os.O_RDONLY)}", os.O_RDWR),
}
for name, way in ways.items():
    try:
        way()
        done.append(name)
    except OSError as error:
        print(f"no: {name}: {error}")
print(f"escaped: {' '.join(done)} changed" if done else "held: nothing can be changed")
