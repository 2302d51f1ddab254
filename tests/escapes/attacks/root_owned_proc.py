"""Read a table of /proc that is for the host's root alone."""

import hashlib

for name in ("/proc/kpagecount", "/proc/slabinfo", "/proc/vmallocinfo", "/proc/kpageflags"):
    try:
        with open(name, "rb", buffering=0) as table:  # noqa: PTH123 - one short read
            data = table.read(64)
            if not data:
                print(f"held: {name} is empty")
                continue
            print(f"escaped: {len(data)} bytes of {name} {hashlib.sha256(data).hexdigest()[:8]}")
            break
    except OSError as error:
        print(f"held: {error}")
