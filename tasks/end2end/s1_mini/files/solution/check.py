"""python check.py: evidence that the decoder does what it says, against a second, slow way to do it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from thinker import ANSWERS, CAP, EFFORTS, END, WAIT, Question, Thinker, all_questions

from study.decoding import Generation, Setting, generate
from study.measuring import control, measure, scaling


def slowly(model: Thinker, question: Question, setting: Setting) -> tuple[int, ...]:
    """One question, token by token, written without the batch."""
    least, most = setting.enforced
    tokens: list[int] = []
    while END not in tokens:
        row = model.scores([question], EFFORTS.index(setting.effort), np.array([tokens], np.int64))[0]
        best = int(row[:ANSWERS].argmax())
        tokens.append(END if len(tokens) >= most else WAIT if best == END and len(tokens) < least else best)
    row = model.scores([question], EFFORTS.index(setting.effort), np.array([tokens], np.int64))[0]
    return (*tokens, ANSWERS + int(row[ANSWERS:].argmax()))


def main() -> None:
    model = Thinker.load(Path(os.environ["AGENTKIT_DATA"]) / "model.npz")
    pool = all_questions(held_out=False)
    questions = [pool[each] for each in np.random.default_rng(42).choice(len(pool), 40, replace=False)]
    cut, forced, free = (
        Setting("cut", "truncation", "normal", 0, 5),
        Setting("forced", "forcing", "normal", 16, 16),
        Setting("free", "truncation", "normal", 0, CAP),
    )
    said = {each.name: generate(model, questions, each) for each in (cut, forced, free)}
    for setting in (cut, forced, free):
        for question, each in zip(questions, said[setting.name]):
            assert each.tokens == slowly(model, question, setting), (setting, question)
    assert max(each.thought for each in said["cut"]) <= 5
    assert {each.thought for each in said["forced"]} == {16}
    # Force changes nothing before the first END that the model wanted.
    for alone, pushed in zip(said["free"], said["forced"]):
        assert pushed.tokens[: alone.thought] == alone.tokens[: alone.thought]
        assert alone.thought >= 16 or pushed.tokens[alone.thought] == WAIT
    assert not any(WAIT in each.tokens for each in said["cut"])
    # The measures, on figures worked out by hand: one of two within [0, 5], and a slope of 1/2 over 2 tokens.
    short, long = Generation(0, (1, 1, END, ANSWERS)), Generation(0, (1,) * 6 + (END, ANSWERS))
    assert control([measure(cut, questions[:1], [short]), measure(cut, questions[:1], [long])]) * 2 == 1
    same = [measure(cut, questions[:1], [short])] * 2
    assert scaling(same) == 0
    print("ok: 3 settings x 40 questions equal a second implementation")


if __name__ == "__main__":
    main()
