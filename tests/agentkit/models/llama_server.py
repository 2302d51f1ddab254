"""llama.cpp's own HTTP server in a process; prints its address.

`python llama_server.py MODEL CONTEXT [KEY …]`: CONTEXT tokens for each of four conversations at a time.
It ends when its standard input does, so that it never outlives the test.
"""

from __future__ import annotations

import sys

import xllamacpp  # type: ignore[import-untyped]

CONVERSATIONS = 4


def main(model: str, context: int, keys: list[str]) -> None:
    settings = xllamacpp.CommonParams()
    settings.model.path = model
    settings.model_alias = {"scripted"}
    settings.n_ctx = CONVERSATIONS * context
    settings.n_parallel = CONVERSATIONS
    settings.api_keys = keys
    settings.port = 0
    settings.use_jinja = True
    settings.warmup = False
    settings.verbosity = 0
    settings.cpuparams.n_threads = 1
    server = xllamacpp.Server(settings)
    print(f"{server.listening_address}/v1", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
