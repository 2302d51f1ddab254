"""What runs in a container, by this machine's Python with `-I -S`: the standard library only."""
