"""Read a key from the environment."""

import os

for name, value in os.environ.items():
    if "API_KEY" in name:
        print(f"escaped: {name}={value}")
        break
else:
    print("held: no key in", *os.environ)
