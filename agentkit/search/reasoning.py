"""Reasoning that a model writes into its reply, taken out of what is stored of it."""

from __future__ import annotations

import re

_NAMES = r"(?:think|thinking|thought|reasoning)"
_WHOLE = re.compile(rf"<({_NAMES})>.*?</\1>", re.DOTALL | re.IGNORECASE)
_BEGUN_BEFORE = re.compile(rf"\A.*</{_NAMES}>", re.DOTALL | re.IGNORECASE)
_CUT_OFF = re.compile(rf"\A\s*<{_NAMES}>.*\Z", re.DOTALL | re.IGNORECASE)


def without_reasoning(text: str) -> str:
    """The answer alone. Served models write `<think>…</think>` before it, some without the first mark.

    A reply that was cut off within its reasoning has no answer, and what is left is empty.
    """
    answer = _WHOLE.sub("", text)
    answer = _BEGUN_BEFORE.sub("", answer)
    return _CUT_OFF.sub("", answer).strip() if answer != text or _CUT_OFF.match(text) else text
