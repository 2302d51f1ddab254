"""Texts that a model can read and a person does not: base64, hexadecimal, escapes, turned letters."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from urllib.parse import unquote

LEAST_CHARS = 24
"""Of a decoded text."""
MOST_CHARS = 20_000
"""Of an encoded one."""
WORDY = re.compile(r"\b[A-Za-z]{2,}+[ \n,.:!]+[A-Za-z]{2,}+[ \n,.:!]+[A-Za-z]")

# Possessive: a long run is tried once.
BASE64 = re.compile(
    r"[A-Za-z0-9+/_-]{20,}+(?:[\n\"' \\+,]{1,12}+[A-Za-z0-9+/_-]{20,}+)*+"
    r"(?P<rest>[\n\"' \\+,]{1,12}+[A-Za-z0-9+/_-]{2,19}+)?={0,2}"
)
HEXADECIMAL = re.compile(r"(?<![0-9a-fA-F])(?:0x)?[0-9a-fA-F]{48,}+")
ESCAPES = re.compile(r"\\(?:x|u00)[0-9a-fA-F]{2}(?:\\(?:x|u00)[0-9a-fA-F]{2}){11,}+")
PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2}[\w.~!-]{0,40}+){3,}+")
MIXED = re.compile(r"(?=.{0,60}[a-z])(?=.{0,60}[A-Z])", re.DOTALL)
"""As letters in base64 are; a long number or a path is not."""
TURNED = ("tenqre", "vtaber", "qvfertneq", "ehoevp", "pevgrevba", "shyy znexf")
"""Words of the rules, each letter moved by 13."""


def hidden_texts(text: str) -> Iterator[tuple[int, int, str]]:
    """Where something is encoded, and what it says, if that is words."""
    for pattern, decode in (
        (BASE64, _from_base64),
        (HEXADECIMAL, _from_hexadecimal),
        (ESCAPES, _from_escapes),
        (PERCENT, _from_percent),
    ):
        for match in pattern.finditer(text):
            said = decode(match[0][:MOST_CHARS])
            if not said and match.re is BASE64 and match["rest"]:  # it was the next word
                said = decode(match[0][: match.start("rest") - match.start()][:MOST_CHARS])
            if len(said) >= LEAST_CHARS and WORDY.search(said):
                yield match.start(), match.end(), said
    lower = text.lower()
    if any(word in lower for word in TURNED):
        for line in re.finditer(r"[^\n]+", text):
            if any(word in line[0].lower() for word in TURNED):
                yield line.start(), line.end(), codecs.decode(line[0], "rot13")


def _from_base64(run: str) -> str:
    if not MIXED.match(run):
        return ""
    letters = re.sub(r"[^A-Za-z0-9+/_-]", "", run).translate(str.maketrans("-_", "+/"))
    letters = (
        letters[: len(letters) // 4 * 4] if len(letters) % 4 == 1 else letters + "=" * (-len(letters) % 4)
    )
    try:
        return _as_text(base64.b64decode(letters))
    except (ValueError, binascii.Error):
        return ""


def _from_hexadecimal(run: str) -> str:
    return _as_text(bytes.fromhex(run.removeprefix("0x")[: len(run.removeprefix("0x")) // 2 * 2]))


def _from_escapes(run: str) -> str:
    return _as_text(bytes.fromhex(re.sub(r"\\x|\\u00", "", run)))


def _from_percent(run: str) -> str:
    return unquote(run)


def _as_text(data: bytes) -> str:
    """Empty: not mostly letters that can be printed."""
    text = data.decode("utf-8", "replace")
    if (
        sum(each.isprintable() or each in "\n\t" for each in text) < 0.9 * len(text)
        or text.count("\ufffd") > 2
    ):
        return ""
    return text
