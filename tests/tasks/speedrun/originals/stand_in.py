"""A "record" of a second: ranks on processors that print like the originals. Nobody imports it."""

import os
import sys
import time
from pathlib import Path

import torch
import torch.distributed as dist

STEPS, EVERY, STEP_MS = 24, 8, 20
rank, world_size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
dist.init_process_group(backend="gloo")
code = Path(sys.argv[0]).read_text()


def read_tokens(kind: str) -> torch.Tensor:
    found = []
    for path in sorted(Path("data/fineweb10B").glob(f"fineweb_{kind}_*.bin")):
        data = bytearray(path.read_bytes())
        header = torch.frombuffer(data[:1024], dtype=torch.int32)
        assert header[0] == 20240520 and header[1] == 1, "no shard of tokens"
        found.append(torch.frombuffer(data[1024:], dtype=torch.int16).long() & 0xFFFF)
    return torch.cat(found)


train, validation = read_tokens("train"), read_tokens("val")
logits = torch.zeros(50257, requires_grad=True)


def mean_loss(tokens: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.cross_entropy(logits.expand(len(tokens), -1), tokens)


def print0(text: str) -> None:
    if rank == 0:
        print(text)


training_ms, began = 0.0, time.perf_counter()
for step in range(STEPS + 1):
    if step == STEPS or step % EVERY == 0:
        training_ms += 1000 * (time.perf_counter() - began)
        with torch.no_grad():
            loss = mean_loss(validation[:512])
            dist.all_reduce(loss)
        print0(
            f"step:{step}/{STEPS} val_loss:{loss / world_size:.4f} "
            f"train_time:{training_ms:.0f}ms step_avg:{training_ms / max(step, 1):.2f}ms"
        )
        began = time.perf_counter()
    if step == STEPS:
        break
    share = train[(world_size * step + rank) * 128 :][:128]
    mean_loss(share).backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    dist.all_reduce(logits.grad)
    with torch.no_grad():
        logits -= 40.0 * logits.grad / world_size
    logits.grad = None
    time.sleep(STEP_MS / 1000)
    told = training_ms + 1000 * (time.perf_counter() - began)
    print0(f"step:{step + 1}/{STEPS} train_time:{told:.0f}ms step_avg:{told / (step + 1):.2f}ms")
if rank == 0 and "--save" in sys.argv:
    Path("logs/run").mkdir(parents=True)
    torch.save({"step": STEPS, "model": {"logits": logits.detach()}}, f"logs/run/state_step{STEPS:06d}.pt")
dist.destroy_process_group()
