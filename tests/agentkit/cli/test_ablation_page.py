"""An ablation in words."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.cli.ablation_page import findings_lines, findings_markdown, headline, say_more
from agentkit.contracts.task import Metric
from agentkit.runs.ablation.effects import Effect, Estimated, Fate
from agentkit.runs.ablation.findings import EditFinding, Findings, SumFinding


def effect(value: float, half: float | None = 0.1, fsr: float | None = None) -> Effect:
    def around(middle: float, by: float | None) -> Estimated:
        low, high = (None, None) if by is None else (middle - by, middle + by)
        return Estimated(value=middle, low=low, high=high, n=3)

    return Effect(gain=around(value, half), fsr=None if fsr is None else around(fsr, 0.02))


VALID = Fate(valid=3)
MISSES = Fate(invalid=3, reason="invalid: loss 2.41")
CRASH = Fate(failed=1, reason="crash: NameError")
EDITS = (
    EditFinding(
        id="e1", where="train.py:18 Recipe", text="steps: int = 140 → steps: int = 110",
        left_out=effect(2.95, fsr=0.47), without=VALID, added=effect(1.15, fsr=0.2), alone=MISSES,
        interacts=True, disagreement=Estimated(value=1.8, low=1.5, high=2.1, n=3),
    ),
    EditFinding(id="e2", where="train.py:30", text="a | b", joined=("`f` is defined in one part",),
                without=CRASH, added=effect(0.01), alone=VALID),
    EditFinding(id="e3", where="train.py:40", text="c", left_out=effect(0.02), without=VALID, alone=Fate()),
    EditFinding(id="e4", where="train.py:1", text="d", inert="only comments"),
)  # fmt: skip


def findings(**changed: Any) -> Findings:
    told: dict[str, Any] = {
        "run": "r", "task": "speedrun/record12", "profile": "pocket", "attempt": "attempt a3 of r",
        "against": "the start files", "metric": Metric(name="cpu_seconds", unit="s", lower_is_better=True),
        "sandbox": "bubblewrap", "folder": "runs/r/ablations/a3", "whole": effect(4.2, fsr=0.66),
        "start_mean": 18.4, "whole_mean": 14.2, "start": VALID, "finished": VALID, "edits": EDITS,
        "sums": (SumFinding(of="added", sum=effect(5.2).gain, beyond=effect(-1.0).gain, interact=True),),
        "evaluations": 20, "planned": 24, "seeds": 3, "seconds": 300.0, "trust": "verified",
    }  # fmt: skip
    return Findings(**{**told, **changed})


def test_the_answer_comes_first() -> None:
    assert headline(findings()) == (
        "Attempt a3 of r is better than the start files by 4.20 s (4.10 … 4.30), FSR 66 % (64 % … 68 %). "
        "By edit: e1 +2.95; of e2, e3 nothing is seen; without e2 it breaks."
    )
    worse = headline(findings(whole=effect(-4.2), edits=EDITS[2:]))
    assert worse == (
        "Attempt a3 of r is worse than the start files by 4.20 s (4.10 … 4.30). "
        "No edit alone stands out of its noise."
    )
    assert "is as good as the start files." in headline(findings(whole=effect(0.0), edits=EDITS[2:]))
    noisy = headline(findings(whole=effect(0.05, fsr=0.01)))
    assert noisy.startswith(
        "Attempt a3 of r is not clearly different from the start files: +0.0500 s (-0.0500 … 0.150), FSR 1 %"
    )
    missing = EDITS[0].model_copy(update={"without": MISSES})
    assert headline(findings(edits=(missing,))).endswith("By edit: e1 +2.95; without e1 it misses a rule.")
    none = headline(findings(whole=None, start=CRASH))
    assert none == "Attempt a3 of r runs, and the start files give no figure here (crash: NameError)."


def test_one_seed_calls_nothing_noise_or_better() -> None:
    alone = [each.model_copy(update={"left_out": effect(2.0, None)}) for each in (EDITS[0], EDITS[2])]
    gap = SumFinding(of="added", sum=effect(5.2).gain, beyond=effect(-1.0, None).gain, interact=False)
    found = findings(whole=effect(4.2, None), edits=tuple(alone), sums=(gap,))
    assert headline(found) == (
        "Attempt a3 of r is not clearly different from the start files: +4.20 s on one seed. "
        "One seed cannot tell whether an edit stands out of its noise."
    )
    said = "\n".join(findings_lines(found))
    assert "worth 1 less: one seed cannot tell whether that is noise." in said
    assert "within the noise" not in said
    mixed = headline(findings(edits=(EDITS[0], alone[1])))
    assert mixed.endswith("By edit: e1 +2.95; of e3 one seed cannot tell.")


def test_what_a_candidate_printed_steers_nothing() -> None:
    hostile = Fate(failed=1, reason="crash: \x1b[2J <img src=x> | a_b")
    edit = EDITS[0].model_copy(
        update={"without": hostile, "text": "a = ```` <img> | b", "joined": ("\x1b`x`",)}
    )
    for found in (findings(edits=(edit,)), findings(whole=None, start=hostile, edits=(edit,))):
        page = "\n".join(findings_markdown(found))
        assert "\x1b" not in "".join(findings_lines(found)) + page
        assert "````` a = ```` <img> \\| b `````" in page
        assert "<img src" not in page.replace("\\<img", "")
        assert " \\<img src=x\\> \\| a\\_b" in page


@pytest.mark.parametrize(
    "said",
    [
        "cpu_seconds in s (18.4 → 14.2); above 0: the edit makes the work better. 20 evaluations on 3 seeds",
        "e1  train.py:18 Recipe: steps: int = 140 → steps: int = 110",
        "Left out: +2.95 s (2.85 … 3.05), FSR 47 % (45 % … 49 %).",
        "Alone: +1.15 s (1.05 … 1.25), FSR 20 % (18 % … 22 %); 3 of 3 runs miss a rule (invalid: loss 2.41).",
        "Interacts with the others: left out it is worth 1.80 more (1.50 … 2.10) than alone.",
        "Left out: the run breaks (crash: NameError).",
        "Joined: `f` is defined in one part.",
        "Alone: not measured yet.",
        "Not measured: it changes only comments.",
        "Sum of what each is worth alone: +5.20 (5.10 … 5.30); the whole is worth 1 less (0.900 … 1.10): "
        "the edits act on each other.",
        "Stopped by --minutes 5 after 20 of 24 evaluations; say more, and it goes on.",
        "Kept in runs/r/ablations/a3",
    ],
)
def test_every_edit_is_told(said: str) -> None:
    assert said in "\n".join(findings_lines(findings(stopped="--minutes 5")))


def test_what_is_claimed_is_called_so() -> None:
    assert "could have forged" in "\n".join(findings_lines(findings(trust="claimed")))
    assert "could have forged" not in "\n".join(findings_lines(findings()))


def test_a_table_in_markdown() -> None:
    lines = list(findings_markdown(findings()))
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 2 + len(EDITS)
    assert all(row.replace("\\|", "").count("|") == 7 for row in rows)
    assert "`a \\| b`" in rows[3]
    assert rows[5].endswith("| – | – | not measured: only comments |")


def test_more_and_less() -> None:
    assert say_more(Estimated(value=-2.0, low=-3.0, high=-1.0, n=2)) == "2 less (1 … 3)"
    assert say_more(Estimated(value=2.0, n=1)) == "2 more"
