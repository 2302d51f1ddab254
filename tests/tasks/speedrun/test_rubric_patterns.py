"""The change leaves of records 11 and 13 to 20 on code whose names are not those of the project's scripts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agentkit.contracts.rubric import Criterion
from agentkit.judge.checks.kinds import run_check
from agentkit.judge.evidence import Evidence
from agentkit.judge.rubrics.toml_form import read_rubric
from agentkit.judge.tally import leaves

FOLDER = Path(__file__).parents[3] / "tasks" / "speedrun"

WITH: dict[tuple[int, str], list[str]] = {
    (11, "window"): [
        "far = 640\nfor stop in stops:\n    begin = max(0, stop - far)\n    keys = k[:, :, begin:stop]\n",
        "band = torch.ones(n, n, dtype=torch.bool).tril().triu(-sight)\n",
        "def look(q, k, v, span: int):\n    return near(q, k, v, span)\n",
        "y = flex_attention(q, k, v, block_mask=visible)\n",
    ],
    (11, "blocks"): [
        "for low in range(0, n, 64):\n    out.append(one(q[:, :, low : low + 64]))\n",
        "pieces = queries.split(chunk, dim=2)\n",
        "tiles = k.unflatten(2, (-1, tile_size))\n",
    ],
    (13, "tables"): [
        "self.extras = nn.ModuleList(\n    nn.Embedding(256, width) for _ in range(depth)\n)\n",
        "self.wide = nn.Embedding(256, depth * width)\n",
        "self.words = nn.Embedding(256, n)\nhead = nn.Linear(n, n)\nself.first = nn.Embedding(256, n)\n",
        "row = F.embedding(tokens, self.bank[place])\n",
    ],
    (13, "mixed"): [
        "v = self.keep * v + self.add * extra\n",
        "vals = torch.lerp(vals, token_emb.view_as(vals), self.share)\n",
        "values += self.weight * table_row\n",
        "y = look(q, k, v + self.gate * lookup)\n",
    ],
    (14, "mirrored"): [
        "row = value_rows[depth - 1 - place]\n",
        "extras = extras + extras[::-1]\n",
        "row = self.tables[min(place, depth - 1 - place)](tokens)\n",
        "for block, ve in zip(self.second, reversed(ves)):\n    x = block(x, ve)\n",
        "order = [0, 1, 2, 2, 1, 0]\n",
    ],
    (15, "separate-tables"): [
        "self.lookups = nn.ModuleList([nn.Embedding(256, n) for _ in range(half)])\n",
        "self.rows = nn.ModuleList(\n    [\n        nn.Embedding(256, n)\n        for _ in few\n    ]\n)\n",
        "self.rows = nn.ParameterList(nn.Parameter(torch.zeros(256, n)) for _ in range(half))\n",
    ],
    (16, "fewer-values"): [
        "if value_row is not None:\n    v = v + self.gate * value_row\n",
        "rows = [first, *[None] * (depth - 2), last]\n",
        "row = self.tables[0](tokens) if place in (0, last) else 0.0\n",
        "if str(place) in self.tables:\n    v = v + self.tables[str(place)](tokens)\n",
    ],
    (16, "half-rotary"): [
        "speed = torch.cat((turning, torch.zeros(len(turning))))\n",
        "freqs = F.pad(freqs, (0, freqs.numel()))\n",
        "theta[half:] = 0\n",
        "turning = 1e-3 ** torch.linspace(0, 1, head // 4)\n",
    ],
    (16, "no-attention"): [
        "if self.attends:\n    x = x + self.look(norm(x))\n",
        "self.attn = Attention(width) if place != hole else None\n",
        "if layer_number not in skipped:\n    x = x + look(x)\n",
    ],
    (17, "lower-cap"): [
        "y = 12.0 * torch.tanh(y / 12.0)\n",
        "y = (y / 15).tanh() * 15\n",
        "ceiling: float = 18.0\n",
        "y = 30 * torch.sigmoid(y / 7.5)\n",
    ],
    (18, "offset"): [
        "scores = 30 * torch.sigmoid(scores / 7.5)\n",
        "out = 2 * c * out.div(c / 2).sigmoid()\n",
        "out = c * torch.tanh(out / c) + c\n",
        "out = c * (1 + torch.tanh(out / c))\n",
    ],
    (18, "floor"): [
        "return left + (1 - left) * 0.1\n",
        "return max(0.05, left)\n",
        "return min_share + (1 - min_share) * left\n",
        "return 0.1 + 0.9 * left\n",
        "lr_floor: float = 0.15\n",
    ],
    (19, "fused"): [
        "self.joint = nn.Linear(n, 3 * n, bias=False)\n",
        "self.joint = nn.Parameter(torch.empty(3, n, n))\n",
        "q, k, v = self.joint(x).split(n, dim=-1)\n",
        "parts = self.joint(x).chunk(3, dim=-1)\n",
    ],
    (19, "long-short"): [
        "near = max(block, span // 2)\n",
        "sights = (long, short)\nshort = 128\n",
        "for block, sight in zip(self.blocks, windows, strict=True):\n    x = block(x, sight)\n",
        "reach = near if place % 2 else far\n",
    ],
    (19, "scale"): [
        "y = F.scaled_dot_product_attention(q, k, v, attn_mask=m, scale=0.24)\n",
        "y = look(\n    q,\n    k,\n    v,\n    scale=self.sharp,\n)\n",
        "softmax_scale: float = 0.24\n",
        "q = norm(q) * 1.36\n",
    ],
    (19, "eps"): [
        "adam = AdamW(others, lr=rate, eps=1e-10)\n",
        "adam_epsilon: float = 1e-12\neps = 10**-10\n",
    ],
    (19, "batched"): [
        "x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)\n",
        "square = x @ x.mT\n",
        "joint = torch.stack([each.grad for each in same_shape])\n",
        "x = torch.baddbmm(x, square, x, beta=a)\n",
    ],
    (20, "smaller-batch"): [
        "sequences: int = 3\n",
        "batch_size = 2\n",
        "seq_len = 768\n",
        "seq_len = 48 * 1024\n",
    ],
}

WITHOUT: dict[tuple[int, str], list[str]] = {
    (11, "window"): [
        "y = F.scaled_dot_product_attention(q, k, v, is_causal=True)\n",
        "mask = torch.ones(n, n, dtype=torch.bool).tril()\nleft = max(0.0, 1 - done)\n",
    ],
    (11, "blocks"): ["for step in range(1, steps + 1):\n    x = q.unflatten(-1, (heads, -1))\n"],
    (13, "tables"): ["self.embed = nn.Embedding(256, width)\nself.value = nn.Linear(width, width)\n"],
    (13, "mixed"): [
        "v = (1 - self.mix) * v + self.mix * first\n",
        "x = self.a * x + self.b * embedded\nvalue_table = nn.Embedding(256, 2 * width)\n",
    ],
    (14, "mirrored"): [
        "row = value_rows[place]\nx = x + self.weights[i] * skips.pop()\n",
        "values = v[:, :, end - window : end]\n",
    ],
    (15, "separate-tables"): [
        "self.rows = nn.Embedding(256, half * n)\nrows = self.rows(tokens).chunk(half, dim=-1)\n"
    ],
    (16, "fewer-values"): ["v = self.a * v + self.b * value_row\nangles = angles[None, None, :]\n"],
    (16, "half-rotary"): [
        "angles = torch.outer(torch.arange(n), 1e-4 ** torch.linspace(0, 1, half))\n",
        "return torch.cat((a * cos + b * sin, b * cos - a * sin), dim=-1)\n",
    ],
    (16, "no-attention"): ["x = x + self.attention(norm(x))\nif step % 10 == 0:\n    print(step)\n"],
    (17, "lower-cap"): ["y = 30 * torch.tanh(y / 30)\nlogit_cap: float = 30.0\ncapacity = 16\n"],
    (18, "offset"): ["logits = cap * torch.tanh(self.head(x) / cap)\n"],
    (18, "floor"): [
        "return min(1.0, (steps - step) / (cooldown * steps))\n",
        "momentum = (1 - share) * 0.85 + share * 0.95\nscale = max(1, rows / columns) ** 0.5\n",
    ],
    (19, "fused"): ["q, k, v = self.query(y), self.key(y), self.value(y)\nup = nn.Linear(n, 4 * n)\n"],
    (19, "long-short"): ["window = window_at(step)\nx = block(x, window)\nshortcut = self.mix * first\n"],
    (19, "scale"): ["scale = max(1, rows / columns) ** 0.5\ny = look(q, k, v, attn_mask=mask)\n"],
    (19, "eps"): ["adam = AdamW(others, lr=rate, eps=1e-8)\nx = x / (x.norm() + 1e-7)\n"],
    (19, "batched"): ["x = x / (x.norm() + 1e-7)\nsquare = x @ x.T\ny = norm(x.transpose(1, 2))\n"],
    (20, "smaller-batch"): ["sequences: int = 4\nlength: int = 1024\nbatch_size = 3 * 8\n"],
}


def change(number: int, name: str) -> Criterion:
    (leaf,) = [each for each in leaves(read_rubric(rubric(number))) if each.id == name]
    return leaf


def rubric(number: int) -> Path:
    return FOLDER / f"record{number}" / "rubric.toml"


def holds(leaf: Criterion, text: str, folder: Path) -> bool:
    (folder / "train.py").write_text(text, encoding="utf-8")
    assert leaf.check is not None
    finding = asyncio.run(run_check(leaf.check, Evidence(folder=folder)))
    assert finding.status in ("passed", "failed"), finding.evidence
    return finding.status == "passed"


def commented(text: str) -> str:
    return "".join(f"x = 1  # {line}\n# {line}\n" for line in text.splitlines())


def test_every_pattern_of_these_rubrics_is_tried() -> None:
    numbers = {number for number, _ in WITH}
    found = {
        (number, leaf.id)
        for number in numbers
        for leaf in leaves(read_rubric(rubric(number)))
        if leaf.check is not None and leaf.check["kind"] == "regex"
    }
    assert numbers == {11, 13, 14, 15, 16, 17, 18, 19, 20}
    assert found == set(WITH) == set(WITHOUT)


@pytest.mark.parametrize(("number", "name"), WITH, ids=lambda each: str(each))
def test_a_change_under_other_names_is_found(number: int, name: str, tmp_path: Path) -> None:
    leaf = change(number, name)
    assert [text for text in WITH[number, name] if not holds(leaf, text, tmp_path)] == []


@pytest.mark.parametrize(("number", "name"), WITH, ids=lambda each: str(each))
def test_a_change_that_is_not_there_is_not_found(number: int, name: str, tmp_path: Path) -> None:
    leaf = change(number, name)
    assert [text for text in WITHOUT[number, name] if holds(leaf, text, tmp_path)] == []


@pytest.mark.parametrize(("number", "name"), WITH, ids=lambda each: str(each))
def test_a_change_in_a_comment_does_not_count(number: int, name: str, tmp_path: Path) -> None:
    leaf = change(number, name)
    text = commented("".join(WITH[number, name])) + "".join(WITHOUT[number, name])
    assert not holds(leaf, text, tmp_path)
