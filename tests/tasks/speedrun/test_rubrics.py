"""Every rubric can be read, and its `change` leaves tell the target's script from the start's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agentkit.contracts.rubric import Criterion, Rubric
from agentkit.judge.checks.kinds import run_check
from agentkit.judge.evidence import Evidence
from agentkit.judge.rubrics.toml_form import read_rubric
from agentkit.judge.tally import leaves

FOLDER = Path(__file__).parents[3] / "tasks" / "speedrun"
TASKS = sorted(path.parent for path in FOLDER.glob("record*/rubric.toml"))


def script(number: int) -> Path:
    return FOLDER / "files" / "pocket" / f"record{number}.py"


def number_of(task: Path) -> int:
    return int(task.name.removeprefix("record"))


WITH_SCRIPTS = [
    task for task in TASKS if script(number_of(task)).is_file() and script(number_of(task) + 1).is_file()
]


def changes(rubric: Rubric) -> list[Criterion]:
    """The leaves that look for the record's change in the script."""
    (group,) = [each for each in rubric.criteria if each.id == "change"]
    return [leaf for leaf in group.children if leaf.check is not None and leaf.check["kind"] == "regex"]


def passed(leaf: Criterion, text: str, folder: Path) -> bool:
    assert leaf.check is not None
    (folder / leaf.check["file"]).write_text(text, encoding="utf-8")
    finding = asyncio.run(run_check(leaf.check, Evidence(folder=folder)))
    assert finding.status in ("passed", "failed"), finding.evidence
    return finding.status == "passed"


def commented(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.splitlines())


def test_there_are_rubrics_and_scripts_to_try_them_on() -> None:
    assert FOLDER / "record12" in WITH_SCRIPTS


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_rubric_has_three_groups_of_weighted_leaves(task: Path) -> None:
    rubric = read_rubric(task / "rubric.toml")
    assert [group.id for group in rubric.criteria] == ["result", "change", "conduct"]
    found = leaves(rubric)
    assert len({leaf.id for leaf in found}) == len(found)
    assert all(node.weight > 0 for node in (*rubric.criteria, *found))
    assert all(leaf.check is not None for leaf in found)
    assert {"half", "nearly-all", "target", "verified", "small", "honest"} <= {leaf.id for leaf in found}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_title_names_both_records(task: Path) -> None:
    number = number_of(task)
    assert read_rubric(task / "rubric.toml").title.startswith(f"Record {number} to {number + 1}: ")


@pytest.mark.parametrize("task", WITH_SCRIPTS, ids=lambda task: task.name)
def test_every_change_is_in_the_target_and_not_in_the_start(task: Path, tmp_path: Path) -> None:
    number = number_of(task)
    start, target = (script(each).read_text(encoding="utf-8") for each in (number, number + 1))
    found = changes(read_rubric(task / "rubric.toml"))
    assert found
    assert {leaf.id: passed(leaf, start, tmp_path) for leaf in found} == {leaf.id: False for leaf in found}
    assert {leaf.id: passed(leaf, target, tmp_path) for leaf in found} == {leaf.id: True for leaf in found}


@pytest.mark.parametrize("task", WITH_SCRIPTS, ids=lambda task: task.name)
def test_a_change_that_is_only_a_comment_does_not_count(task: Path, tmp_path: Path) -> None:
    number = number_of(task)
    start, target = (script(each).read_text(encoding="utf-8") for each in (number, number + 1))
    found = changes(read_rubric(task / "rubric.toml"))
    text = start + commented(target)
    assert {leaf.id: passed(leaf, text, tmp_path) for leaf in found} == {leaf.id: False for leaf in found}


SPELLINGS = [
    (1, "rotary", "y = (q * cos[:T]) + (turned(q) * sin[:T])", True),
    (1, "rotary", "return 0.1 + 0.9 * (1 + math.cos(math.pi * progress)) / 2", False),
    (1, "trapezoid", "factor = min(1.0, (total_steps - i) / fall)", True),
    (1, "trapezoid", "progress = (step - warmup) / (steps - warmup)", False),
    (1, "higher-rate", "    learning_rate: float = 6e-3", True),
    (1, "higher-rate", "    learning_rate: float = 5.5e-3", True),
    (1, "higher-rate", "    learning_rate: float = 0.0050", False),
    (1, "higher-rate", "    learning_rate: float = 3e-3", False),
    (1, "even-gradients", "p.grad.div_(p.grad.norm() + eps)", True),
    (1, "even-gradients", "nn.utils.clip_grad_norm_(model.parameters(), 1.0)", False),
    (2, "orthogonal", "gram = g @ g.mT", True),
    (2, "orthogonal", "nn.init.orthogonal_(self.up.weight)", False),
    (2, "two-optimizers", "adam = AdamW([model.embed.weight], lr=1e-3)", True),
    (2, "two-optimizers", "adam = AdamW(\n    params=model.parameters(), lr=1e-3)", False),
    (3, "steep-iteration", "x = a * x + (b * gram + c * gram @ gram) @ x", True),
    (3, "steep-iteration", "x = 1.5 * x - 0.5 * (x @ x.T) @ x", False),
    (3, "nesterov", "look = grad + momentum * buffer", True),
    (3, "nesterov", "buffer = grad + momentum * buffer", False),
    (3, "size-by-shape", "lr * math.sqrt(max(1, rows / cols))", True),
    (4, "squared-relu", "x = torch.relu(self.up(x))\n    return self.down(x * x)", True),
    (4, "squared-relu", "x = F.relu(self.up(x))", False),
    (4, "zero-projections", "self.proj.weight.data.zero_()", True),
    (4, "zero-projections", "buffer = torch.zeros_like(p); optimizer.zero_grad()", False),
    (4, "zero-projections", "nn.init.normal_(p, std=0.02 / depth)", False),
    (4, "query-key-norm", "q = self.q_norm(q)", True),
    (5, "share-of-matrices", "for w in matrices[rank::world_size]:", True),
    (5, "share-of-matrices", "assert tokens % (batch * world_size) == 0", False),
    (5, "exchange", "dist.all_gather_into_tensor(updates, mine)", True),
    (5, "exchange", "dist.all_reduce(val_loss)", False),
    (5, "small-exchange", "flat = torch.zeros(total, dtype=torch.bfloat16)", True),
    (7, "own-head", "self.unembed = nn.Parameter(torch.zeros(256, width))", True),
    (7, "own-head", "self.lm_head = nn.Linear(d, v)\nself.wte.weight = self.lm_head.weight", False),
    (7, "zero-head", "self.lm_head.weight.data.zero_()", True),
    (7, "zero-head", "nn.init.zeros_(self.down.weight)", False),
    (7, "norm-at-entrance", "x = self.wte(tokens)  # [B, T, C]\nx = F.rms_norm(x, (x.size(-1),))", True),
    (7, "norm-at-entrance", "return F.linear(norm(x), self.embed.weight)", False),
    (8, "values", "v = torch.lerp(v, first, self.share)", True),
    (8, "embedding", "x = block(self.keep[i] * x + self.back[i] * x0)", True),
    (8, "embedding", "x = a * x + (b * gram + c * gram @ gram) @ x", False),
    (8, "cap", "return cap * (z / cap).tanh()", True),
    (8, "momentum-rises", "group['momentum'] = 0.85 + 0.1 * part", True),
    (8, "momentum-rises", "look = g.lerp(mean, group['momentum'])", False),
    (9, "activations", "x = self.embed(tokens).to(torch.bfloat16)", True),
    (9, "exact-weights", "return F.linear(x, self.weight.type_as(x))", True),
    (9, "exact-loss", "loss = F.cross_entropy(model(tokens).float(), targets)", True),
    (9, "exact-loss", "return model(tokens).float()", False),
    (10, "mirror", "x = x + self.back[i] * outputs[-1 - i]", True),
    (10, "mirror", "for block in self.blocks:\n    x = block(x)", False),
    (10, "learned-skips", "self.back = nn.Parameter(torch.ones(layers // 2))", True),
    (10, "learned-skips", "self.shares = nn.Parameter(torch.tensor([1.0, 0.0]))", False),
    (10, "doubled-rate", "matrix_lr = 0.04", True),
    (10, "doubled-rate", "matrix_lr = 0.02", False),
]


@pytest.mark.parametrize(("number", "id", "text", "is_found"), SPELLINGS)
def test_a_leaf_knows_a_change_under_other_names(
    number: int, id: str, text: str, is_found: bool, tmp_path: Path
) -> None:
    found = {leaf.id: leaf for leaf in changes(read_rubric(FOLDER / f"record{number}" / "rubric.toml"))}
    assert passed(found[id], f"{text}\n", tmp_path) is is_found
