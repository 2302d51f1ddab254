"""Record 13 in miniature: record 12's byte-level GPT, whose attention window grows while it trains.

Reads $AGENTKIT_DATA/train.bin (raw bytes), writes checkpoint.pt, and offers `load` to whoever measures it.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Recipe:
    steps: int = 102
    """As few as reach the target loss."""
    sequences: int = 4
    """Sequences a step."""
    length: int = 1024
    """Bytes a sequence."""
    width: int = 64
    layers: int = 2
    heads: int = 1
    block: int = 128
    """Attention works on blocks of this many bytes; it divides `length` and every window."""
    window: int = 768
    """How far back attention sees in the end, in bytes, its own block included."""
    first_window: int = 128
    """How far back it sees at first: close context is learnt first, and cheaper."""
    matrix_rate: float = 0.085
    """Muon's, for the matrices inside the blocks."""
    other_rate: float = 0.05
    """AdamW's, for the embedding and the head."""
    cooldown: float = 0.5
    """The share of the steps, at the end, over which both rates fall to zero."""
    logit_cap: float = 15.0
    log_every: int = 10


RECIPE = Recipe()
GOLDEN = (5**0.5 - 1) / 2


def norm(x: Tensor) -> Tensor:
    return F.rms_norm(x, (x.size(-1),))


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions: turn each pair of channels by an angle that grows with the position."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos + b * sin, b * cos - a * sin), dim=-1)


def attend(q: Tensor, k: Tensor, v: Tensor, window: int, block: int) -> Tensor:
    """Causal attention in which each block of queries sees the last `window` bytes up to its own end."""
    # Only the last block of keys has a future to hide: everything before it is past for every query.
    mask = torch.ones(block, window, dtype=torch.bool).tril(window - block)
    parts = []
    for start in range(0, q.size(2), block):
        end = start + block
        first = max(0, end - window)
        keys, values = k[:, :, first:end], v[:, :, first:end]
        queries = q[:, :, start:end]
        parts.append(F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask[:, first - end :]))
    return torch.cat(parts, dim=2)


class Block(nn.Module):
    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        width = recipe.width
        self.heads, self.block = recipe.heads, recipe.block
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.mix = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)
        # A block that starts by adding nothing lets the first steps train the embedding and the head.
        nn.init.zeros_(self.mix.weight)
        nn.init.zeros_(self.down.weight)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, window: int) -> Tensor:
        y = norm(x)
        parts = self.query(y), self.key(y), self.value(y)
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        q, k = rotate(norm(q), cos, sin), rotate(norm(k), cos, sin)
        x = x + self.mix(attend(q, k, v, window, self.block).transpose(1, 2).flatten(2))
        return x + self.down(F.relu(self.up(norm(x))).square())


class GPT(nn.Module):
    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.embed = nn.Embedding(256, recipe.width)
        self.blocks = nn.ModuleList(Block(recipe) for _ in range(recipe.layers))
        self.head = nn.Linear(recipe.width, 256, bias=False)
        nn.init.zeros_(self.head.weight)

    def forward(self, tokens: Tensor, window: int) -> Tensor:
        half = self.recipe.width // self.recipe.heads // 2
        angles = torch.outer(torch.arange(tokens.size(1)), 1e-4 ** torch.linspace(0, 1, half))
        cos, sin = angles.cos(), angles.sin()
        x = norm(self.embed(tokens))
        for block in self.blocks:
            x = block(x, cos, sin, window)
        cap = self.recipe.logit_cap
        return cap * torch.tanh(self.head(norm(x)) / cap)


def orthogonal(matrix: Tensor) -> Tensor:
    """Newton-Schulz: push every singular value of a gradient towards one, with matrix products only."""
    tall = matrix.size(0) > matrix.size(1)
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x.T if tall else x


class Muon:
    """Momentum whose step is made orthogonal, so that all directions of a matrix learn equally fast."""

    def __init__(self, params: list[nn.Parameter], momentum: float = 0.7) -> None:
        self.params, self.momentum = params, momentum
        self.averages = [torch.zeros_like(param) for param in params]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        for param, average in zip(self.params, self.averages, strict=True):
            average.lerp_(param.grad, 1 - self.momentum)
            update = orthogonal(param.grad.lerp(average, self.momentum))
            scale = max(1, param.size(0) / param.size(1)) ** 0.5
            param.add_(update, alpha=-rate * scale)
            param.grad = None


class Adam:
    """AdamW without decay. Written out, since making one of `torch.optim` imports for two CPU seconds."""

    def __init__(self, params: list[nn.Parameter]) -> None:
        self.params = params
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
    """Trapezoid without a warm-up: constant, then straight to zero."""
    return min(1.0, (recipe.steps - step) / (recipe.cooldown * recipe.steps))


def window_at(step: int, recipe: Recipe) -> int:
    """Grow from the first window to the last, in whole blocks."""
    grown = recipe.first_window + (recipe.window - recipe.first_window) * (step / recipe.steps) ** 2
    return recipe.block * round(grown / recipe.block)


def train(recipe: Recipe) -> GPT:
    torch.manual_seed(int(os.environ.get("AGENTKIT_SEED", "0")))
    first = torch.rand(()).item()
    path = os.path.join(os.environ["AGENTKIT_DATA"], "train.bin")
    data = torch.from_file(path, size=os.path.getsize(path), dtype=torch.uint8)
    model = GPT(recipe)
    others = [*model.embed.parameters(), *model.head.parameters()]
    optimizers = [Muon(list(model.blocks.parameters())), Adam(others)]
    peaks = [recipe.matrix_rate, recipe.other_rate]
    begin = time.perf_counter()
    for step in range(1, recipe.steps + 1):
        tokens, targets = batch(data, recipe, step, first)
        logits = model(tokens, window_at(step, recipe))
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        loss.backward()
        for optimizer, peak in zip(optimizers, peaks, strict=True):
            optimizer.step(peak * rate(step - 1, recipe))
        if step % recipe.log_every == 0 or step == recipe.steps:
            elapsed = 1000 * (time.perf_counter() - begin)
            progress = f"step:{step}/{recipe.steps} train_loss:{loss.item():.4f}"
            print(f"{progress} train_time:{elapsed:.0f}ms", flush=True)
    return model


def load(checkpoint: str) -> Callable[[Tensor], Tensor]:
    """The trained model: from bytes [B, T], T in whole blocks, to logits of the next byte [B, T, 256]."""
    model = GPT(RECIPE)
    model.load_state_dict(torch.load(checkpoint, weights_only=True))

    @torch.no_grad()
    def logits(tokens: Tensor) -> Tensor:
        return model(tokens, RECIPE.window).float()

    return logits


if __name__ == "__main__":
    torch.save(train(RECIPE).state_dict(), "checkpoint.pt")
