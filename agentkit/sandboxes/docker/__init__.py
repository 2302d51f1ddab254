"""Docker: commands in a kept container, started by a program of ours inside, not by `docker exec`."""
