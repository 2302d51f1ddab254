"""Record 11 in miniature: record 10's byte-level GPT with skip connections as in a U-Net, and doubled rates.

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
    steps: int = 60
    """As few as reach the target loss."""
    sequences: int = 4
    """Sequences a step."""
    length: int = 1024
    """Bytes a sequence."""
    width: int = 32
    layers: int = 4
    heads: int = 1
    attention_scale: float = 0.35
    """Of the product of a query and a key: both have a fixed length, so the usual 1 / 5.7 is too soft."""
    embedding_scale: float = 0.2
    """Standard deviation of the embedding's first values."""
    matrix_rate: float = 0.06
    """Muon's, for the matrices inside the blocks, at its highest."""
    embed_rate: float = 0.06
    """AdamW's, for the embedding, at its highest."""
    head_rate: float = 0.03
    """AdamW's, for the head, at its highest."""
    scalar_rate: float = 0.02
    """AdamW's, for the shares of shortcuts and skips, at its highest."""
    first_momentum: float = 0.7
    """Muon's at the start: gradients turn quickly there."""
    momentum: float = 0.85
    """Muon's later on."""
    momentum_rise: int = 30
    """Steps over which the momentum rises."""
    warmup: int = 5
    """Steps over which all rates rise."""
    cooldown: float = 0.4
    """The share of the steps, at the end, over which all rates fall to zero."""
    logit_cap: float = 30.0
    log_every: int = 20


RECIPE = Recipe()
GOLDEN = (5**0.5 - 1) / 2

# Without matrix units bfloat16 is slower than float32: products take 1.6 times as long, attention 5 times.
PRECISION: torch.dtype = torch.bfloat16 if torch.cpu.get_capabilities().get("amx_bf16") else torch.float32


def norm(x: Tensor) -> Tensor:
    return F.rms_norm(x, (x.size(-1),))


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions: turn each pair of channels by an angle that grows with the position."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos + b * sin, b * cos - a * sin), dim=-1)


class Linear(nn.Linear):
    """Its weight stays in float32, so that small steps are not lost, and is cast where it is used."""

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight.to(x.dtype))


class Block(nn.Module):
    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        width = recipe.width
        self.heads, self.scale = recipe.heads, recipe.attention_scale
        self.qkv = Linear(width, 3 * width, bias=False)
        self.mix = Linear(width, width, bias=False)
        self.up = Linear(width, 4 * width, bias=False)
        self.down = Linear(4 * width, width, bias=False)
        self.keep = nn.Parameter(torch.ones(()))
        self.again = nn.Parameter(torch.zeros(()))
        self.share = nn.Parameter(torch.full((), 0.5))

    def forward(
        self, x: Tensor, x0: Tensor, v1: Tensor | None, cos: Tensor, sin: Tensor
    ) -> tuple[Tensor, Tensor]:
        """From the stream, the embedding and the first block's values to the stream and these values."""
        x = self.keep * x + self.again * x0
        parts = self.qkv(norm(x)).chunk(3, dim=-1)
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        v1 = v if v1 is None else v1
        v = (1 - self.share) * v + self.share * v1
        q, k = rotate(norm(q), cos, sin), rotate(norm(k), cos, sin)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=self.scale)
        x = x + self.mix(mixed.transpose(1, 2).flatten(2))
        return x + self.down(F.relu(self.up(norm(x))).square()), v1


class GPT(nn.Module):
    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.embed = nn.Embedding(256, recipe.width)
        self.blocks = nn.ModuleList(Block(recipe) for _ in range(recipe.layers))
        self.skips = nn.Parameter(torch.ones(recipe.layers // 2))
        self.head = Linear(recipe.width, 256, bias=False)
        for name, param in self.named_parameters():
            if param.ndim < 2:
                continue
            std = recipe.embedding_scale if name.startswith("embed") else 0.6 * param.size(1) ** -0.5
            # Blocks that add nothing and a head that prefers nothing: no step is lost on unlearning.
            silent = name.endswith(("mix.weight", "down.weight", "head.weight"))
            nn.init.normal_(param, std=0.0 if silent else std)

    def forward(self, tokens: Tensor) -> Tensor:
        half = self.recipe.width // self.recipe.heads // 2
        angles = torch.outer(torch.arange(tokens.size(1)), 1e-4 ** torch.linspace(0, 1, half))
        # The angles have to be exact: in bfloat16 257 is 256.
        cos, sin = angles.cos().to(PRECISION), angles.sin().to(PRECISION)
        x = x0 = norm(self.embed(tokens).to(PRECISION))
        v1 = None
        middle = len(self.blocks) // 2
        kept: list[Tensor] = []
        for number, block in enumerate(self.blocks):
            if number >= middle:
                x = x + self.skips[number - middle] * kept.pop()
            x, v1 = block(x, x0, v1, cos, sin)
            if number < middle:
                kept.append(x)
        cap = self.recipe.logit_cap
        return cap * torch.tanh(self.head(norm(x)).float() / cap)


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


def orthogonal(matrix: Tensor) -> Tensor:
    """Newton-Schulz: push every singular value of a gradient towards one, with matrix products only."""
    tall = matrix.size(0) > matrix.size(1)
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    # Steeper at zero than an exact iteration, and so done in half the rounds: near one is near enough.
    for _ in range(5):
        square = x @ x.T
        slope = torch.addmm(square, square, square, beta=-4.7750, alpha=2.0315)
        x = torch.addmm(x, slope, x, beta=3.4445)
    return x.T if tall else x


class Muon:
    """Momentum whose step is made orthogonal, so that all directions of a matrix learn equally fast."""

    def __init__(self, params: list[nn.Parameter], momentum: float) -> None:
        self.params, self.momentum = params, momentum
        self.averages = [torch.zeros_like(param) for param in params]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        for param, average in zip(self.params, self.averages, strict=True):
            average.lerp_(param.grad, 1 - self.momentum)
            # Nesterov: look one step of momentum ahead.
            ahead = param.grad.lerp(average, self.momentum)
            # Query, key and value are three matrices, though one product makes them.
            parts = ahead.split(param.size(1)) if param.size(0) == 3 * param.size(1) else [ahead]
            update = torch.cat([orthogonal(part) for part in parts])
            scale = max(1, parts[0].size(0) / parts[0].size(1)) ** 0.5
            param.add_(update, alpha=-rate * scale)
            param.grad = None


def batch(data: Tensor, recipe: Recipe, step: int, first: float) -> tuple[Tensor, Tensor]:
    """Sequences a golden section apart: they cover the corpus evenly, so seeds differ less."""
    numbers = range(step * recipe.sequences, (step + 1) * recipe.sequences)
    room = len(data) - recipe.length - 1
    starts = [int((first + number * GOLDEN) % 1 * room) for number in numbers]
    pieces = torch.stack([data[start : start + recipe.length + 1] for start in starts]).long()
    return pieces[:, :-1], pieces[:, 1:]


def rate(step: int, recipe: Recipe) -> float:
    """Trapezoid: a linear warm-up, a long constant part, then straight to zero."""
    return min(1.0, (step + 1) / recipe.warmup, (recipe.steps - step) / (recipe.cooldown * recipe.steps))


def momentum(step: int, recipe: Recipe) -> float:
    part = min(1.0, step / recipe.momentum_rise)
    return (1 - part) * recipe.first_momentum + part * recipe.momentum


def train(recipe: Recipe) -> GPT:
    torch.manual_seed(int(os.environ.get("AGENTKIT_SEED", "0")))
    first = torch.rand(()).item()
    path = os.path.join(os.environ["AGENTKIT_DATA"], "train.bin")
    data = torch.from_file(path, size=os.path.getsize(path), dtype=torch.uint8)
    model = GPT(recipe)
    scalars = [param for param in model.parameters() if param.ndim < 2]
    muon = Muon([param for param in model.blocks.parameters() if param.ndim == 2], recipe.first_momentum)
    optimizers = [muon, Adam([model.embed.weight]), Adam([model.head.weight]), Adam(scalars)]
    peaks = [recipe.matrix_rate, recipe.embed_rate, recipe.head_rate, recipe.scalar_rate]
    begin = time.perf_counter()
    for step in range(1, recipe.steps + 1):
        tokens, targets = batch(data, recipe, step, first)
        loss = F.cross_entropy(model(tokens).flatten(0, 1), targets.flatten())
        loss.backward()
        muon.momentum = momentum(step - 1, recipe)
        for optimizer, peak in zip(optimizers, peaks, strict=True):
            optimizer.step(peak * rate(step - 1, recipe))
        if step % recipe.log_every == 0 or step == recipe.steps:
            elapsed = 1000 * (time.perf_counter() - begin)
            progress = f"step:{step}/{recipe.steps} train_loss:{loss.item():.4f}"
            print(f"{progress} train_time:{elapsed:.0f}ms", flush=True)
    return model


def load(checkpoint: str) -> Callable[[Tensor], Tensor]:
    """The trained model: from bytes [B, T] to logits of the next byte [B, T, 256]."""
    model = GPT(RECIPE)
    model.load_state_dict(torch.load(checkpoint, weights_only=True))

    @torch.no_grad()
    def logits(tokens: Tensor) -> Tensor:
        return model(tokens).float()

    return logits


if __name__ == "__main__":
    torch.save(train(RECIPE).state_dict(), "checkpoint.pt")
