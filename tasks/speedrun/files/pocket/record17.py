"""Record 17 in miniature: record 16's byte-level GPT with fewer value embeddings and one attention less.

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
    steps: int = 47
    """As few as reach the target loss."""
    sequences: int = 4
    """Sequences a step."""
    length: int = 1024
    """Bytes a sequence."""
    width: int = 48
    layers: int = 4
    """An even number: each layer of the second half takes up what its mirror image in the first half left."""
    no_attention: int = 2
    """The layer that is an MLP alone, counted from 0."""
    heads: int = 1
    block: int = 128
    """Attention works on blocks of this many bytes; it divides `length` and every window."""
    window: int = 768
    """How far back attention sees in the end, in bytes, its own block included."""
    first_window: int = 128
    """How far back it sees at first: close context is learnt first, and cheaper."""
    matrix_rate: float = 0.085
    """Muon's, for the matrices inside the blocks."""
    first_momentum: float = 0.5
    momentum: float = 0.7
    """Muon's: it rises over the first fifth of the steps."""
    other_rate: float = 0.04
    """AdamW's, for the embedding, the head and the single numbers."""
    table_rate: float = 0.3
    """AdamW's, for the value embeddings: a row learns only when its byte occurs."""
    cooldown: float = 0.5
    """The share of the steps, at the end, over which the rates fall to zero."""
    logit_cap: float = 30.0
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


class Attention(nn.Module):
    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        width = recipe.width
        self.heads, self.block = recipe.heads, recipe.block
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.mix = nn.Linear(width, width, bias=False)
        nn.init.zeros_(self.mix.weight)
        self.value_weights = nn.Parameter(torch.tensor([0.5, 0.5]))

    def forward(self, x: Tensor, extra: Tensor | None, cos: Tensor, sin: Tensor, window: int) -> Tensor:
        """`extra`, where a layer has one, is the row of a table for each byte: it is added to the values."""
        v = self.value_weights[0] * self.value(x)
        if extra is not None:
            v = v + self.value_weights[1] * extra
        parts = self.query(x), self.key(x), v
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        q, k = rotate(norm(q), cos, sin), rotate(norm(k), cos, sin)
        return self.mix(attend(q, k, v, window, self.block).transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self, recipe: Recipe, layer: int) -> None:
        super().__init__()
        self.attention = Attention(recipe) if layer != recipe.no_attention else None
        self.up = nn.Linear(recipe.width, 4 * recipe.width, bias=False)
        self.down = nn.Linear(4 * recipe.width, recipe.width, bias=False)
        # A block that starts by adding nothing lets the first steps train the embedding and the head.
        nn.init.zeros_(self.down.weight)
        self.state_weights = nn.Parameter(torch.tensor([1.0, 0.0]))

    def forward(
        self, x: Tensor, x0: Tensor, extra: Tensor | None, cos: Tensor, sin: Tensor, window: int
    ) -> Tensor:
        """`x0` is what the first block got: the embedding of the bytes."""
        x = self.state_weights[0] * x + self.state_weights[1] * x0
        if self.attention is not None:
            x = x + self.attention(norm(x), extra, cos, sin, window)
        return x + self.down(F.relu(self.up(norm(x))).square())


class GPT(nn.Module):
    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.embed = nn.Embedding(256, recipe.width)
        self.blocks = nn.ModuleList(Block(recipe, layer) for layer in range(recipe.layers))
        self.head = nn.Linear(recipe.width, 256, bias=False)
        nn.init.zeros_(self.head.weight)
        half = recipe.layers // 2
        self.skip_weights = nn.Parameter(torch.ones(half))
        self.value_tables = nn.ModuleList(nn.Embedding(256, recipe.width) for _ in range(half))

    def forward(self, tokens: Tensor, window: int) -> Tensor:
        # Half of the pairs of channels do not turn: they compare by content, wherever it stands.
        turning = (1 / 64) ** torch.linspace(0, 1, self.recipe.width // self.recipe.heads // 4)
        angles = torch.outer(torch.arange(tokens.size(1)), torch.cat((turning, torch.zeros(len(turning)))))
        cos, sin = angles.cos(), angles.sin()
        x = x0 = norm(self.embed(tokens))
        layers = len(self.blocks)
        first, second = (table(tokens) for table in self.value_tables)
        extras = [first, second, None, first]
        skips: list[Tensor] = []
        for layer, block in enumerate(self.blocks):
            if layer >= layers // 2:
                x = x + self.skip_weights[layer - layers // 2] * skips.pop()
            x = block(x, x0, extras[layer], cos, sin, window)
            if layer < layers // 2:
                skips.append(x)
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

    def __init__(self, params: list[nn.Parameter]) -> None:
        self.params = params
        self.averages = [torch.zeros_like(param) for param in params]

    @torch.no_grad()
    def step(self, rate: float, momentum: float) -> None:
        for param, average in zip(self.params, self.averages, strict=True):
            average.lerp_(param.grad, 1 - momentum)
            update = orthogonal(param.grad.lerp(average, momentum))
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


def momentum_at(step: int, recipe: Recipe) -> float:
    """Short memory while gradients still change quickly, longer memory after the first fifth of the steps."""
    risen = min(1.0, 5 * step / recipe.steps)
    return recipe.first_momentum + (recipe.momentum - recipe.first_momentum) * risen


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
    matrices = [param for param in model.blocks.parameters() if param.ndim == 2]
    tables = list(model.value_tables.parameters())
    apart = {id(param) for param in (*matrices, *tables)}
    others = [param for param in model.parameters() if id(param) not in apart]
    muon, adam, table_adam = Muon(matrices), Adam(others), Adam(tables)
    begin = time.perf_counter()
    for step in range(1, recipe.steps + 1):
        tokens, targets = batch(data, recipe, step, first)
        logits = model(tokens, window_at(step, recipe))
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        loss.backward()
        share = rate(step - 1, recipe)
        muon.step(recipe.matrix_rate * share, momentum_at(step, recipe))
        adam.step(recipe.other_rate * share)
        table_adam.step(recipe.table_rate * share)
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
