"""List the homes of the host's users."""

from pathlib import Path

seen = []
for home in [Path("/root"), *Path("/home").glob("*")]:
    try:
        seen += [str(place) for place in home.iterdir()]
    except OSError:
        continue
print("seen:", *seen, sep="\n")
print("tried: that is all there is")
