"""Record 1 in miniature: a plain byte-level GPT, trained with AdamW on one CPU thread.

Reads $AGENTKIT_DATA/train.bin (raw bytes), writes checkpoint.pt, and offers `load` to whoever measures it.
"""

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Recipe:
    steps: int = 1300
    """As few as reach the target loss."""
    sequences: int = 8
    """Sequences a step."""
    length: int = 128
    """Bytes a sequence, and the longest text that the model can read."""
    width: int = 64
    layers: int = 1
    """At this size a second one costs more than it brings."""
    heads: int = 2
    embedding_scale: float = 0.1
    """Standard deviation of the embedding's first values."""
    rate: float = 0.005
    """AdamW's, at its highest."""
    warmup: int = 20
    """Steps over which the rate rises."""
    weight_decay: float = 0.1
    log_every: int = 20


RECIPE = Recipe()
GOLDEN = (5**0.5 - 1) / 2


def norm(x: Tensor) -> Tensor:
    return F.rms_norm(x, (x.size(-1),))


class Block(nn.Module):
    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        width = recipe.width
        self.heads = recipe.heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.mix = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        parts = self.qkv(norm(x)).unflatten(-1, (3 * self.heads, -1)).transpose(1, 2)
        q, k, v = parts.chunk(3, dim=1)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.mix(mixed.transpose(1, 2).flatten(2))
        return x + self.down(F.gelu(self.up(norm(x))))


class GPT(nn.Module):
    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.embed = nn.Embedding(256, recipe.width)
        self.place = nn.Embedding(recipe.length, recipe.width)
        self.blocks = nn.ModuleList(Block(recipe) for _ in range(recipe.layers))
        for name, param in self.named_parameters():
            std = recipe.embedding_scale if name.startswith(("embed", "place")) else param.size(1) ** -0.5
            # What is added to the residual stream starts smaller, so that depth does not blow it up.
            adds = name.endswith(("mix.weight", "down.weight"))
            nn.init.normal_(param, std=std / math.sqrt(2 * recipe.layers) if adds else std)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens) + self.place(torch.arange(tokens.size(1)))
        for block in self.blocks:
            x = block(x)
        # The head is the embedding once more.
        return F.linear(norm(x), self.embed.weight)


class Adam:
    """AdamW. Written out, since making one of `torch.optim` imports for two CPU seconds."""

    def __init__(self, params: list[nn.Parameter], decay: float) -> None:
        self.params = params
        self.decay = decay
        self.averages = [torch.zeros_like(param) for param in params]
        self.squares = [torch.zeros_like(param) for param in params]
        self.steps = 0

    @torch.no_grad()
    def step(self, rate: float) -> None:
        self.steps += 1
        first, second = 1 - 0.9**self.steps, 1 - 0.95**self.steps
        for param, average, square in zip(self.params, self.averages, self.squares, strict=True):
            average.lerp_(param.grad, 0.1)
            square.lerp_(param.grad.square(), 0.05)
            param.mul_(1 - rate * self.decay)
            param.addcdiv_(average, (square / second).sqrt_().add_(1e-8), value=-rate / first)
            param.grad = None


def batch(data: Tensor, recipe: Recipe, step: int, first: float) -> tuple[Tensor, Tensor]:
    """Sequences a golden section apart: they cover the corpus evenly, so seeds differ less."""
    numbers = range(step * recipe.sequences, (step + 1) * recipe.sequences)
    room = len(data) - recipe.length - 1
    starts = [int((first + number * GOLDEN) % 1 * room) for number in numbers]
    pieces = torch.stack([data[start : start + recipe.length + 1] for start in starts]).long()
    return pieces[:, :-1], pieces[:, 1:]


def rate(step: int, recipe: Recipe) -> float:
    """A linear warm-up, then half a cosine down to a tenth."""
    if step < recipe.warmup:
        return (step + 1) / recipe.warmup
    progress = (step - recipe.warmup) / (recipe.steps - recipe.warmup)
    return 0.1 + 0.9 * (1 + math.cos(math.pi * progress)) / 2


def train(recipe: Recipe) -> GPT:
    torch.manual_seed(int(os.environ.get("AGENTKIT_SEED", "0")))
    first = torch.rand(()).item()
    path = Path(os.environ["AGENTKIT_DATA"], "train.bin")
    data = torch.from_file(str(path), size=path.stat().st_size, dtype=torch.uint8)
    model = GPT(recipe)
    optimizer = Adam(list(model.parameters()), recipe.weight_decay)
    begin = time.perf_counter()
    for step in range(1, recipe.steps + 1):
        tokens, targets = batch(data, recipe, step, first)
        loss = F.cross_entropy(model(tokens).flatten(0, 1), targets.flatten())
        loss.backward()
        optimizer.step(recipe.rate * rate(step - 1, recipe))
        if step % recipe.log_every == 0 or step == recipe.steps:
            elapsed = 1000 * (time.perf_counter() - begin)
            progress = f"step:{step}/{recipe.steps} train_loss:{loss.item():.4f}"
            print(f"{progress} train_time:{elapsed:.0f}ms", flush=True)
    return model


def load(checkpoint: str) -> Callable[[Tensor], Tensor]:
    """The trained model: from bytes [B, T], T at most `length`, to logits of the next byte [B, T, 256]."""
    model = GPT(RECIPE)
    model.load_state_dict(torch.load(checkpoint, weights_only=True))

    @torch.no_grad()
    def logits(tokens: Tensor) -> Tensor:
        return model(tokens).float()

    return logits


if __name__ == "__main__":
    torch.save(train(RECIPE).state_dict(), "checkpoint.pt")
