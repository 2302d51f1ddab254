"""Characters that a reader does not see, and words made of characters that look like others.

A prompt can hide in characters without a width, in tags (U+E0000), in variation selectors and behind marks
that turn the direction of writing (Boucher and Anderson 2021, "Trojan Source").
"""

from __future__ import annotations

import html
import re
import unicodedata

TAGS = "\U000e0000-\U000e007f"
DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
NO_WIDTH = (
    "\u00ad\u034f\u180b-\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U0001d173-\U0001d17a"
)
BLANK = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and signs that are drawn as nothing."""
CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029"
"""All but the tab and the line's end."""
NO_CHARACTER = "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U000f0000-\U0010ffff"
"""Lone surrogates, what is for private use, and what will never be a character."""

HIDDEN = re.compile(f"[{TAGS}{DIRECTION}{SELECTORS}{NO_WIDTH}{BLANK}{CONTROL}{NO_CHARACTER}]")

_LOOKALIKE = str.maketrans(
    "АВЕКМНОРСТУХЅІЈаеорсухѕіјԁɡһΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορνικ",
    "ABEKMHOPCTYXSIJaeopcyxsijdghABEZHIKMNOPTYXaopvik",
)

_MIXED = re.compile(r"\w*(?:[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z])\w*")
"""Words of two alphabets."""


def visible(text: str) -> str:
    """Each hidden character as `\\u{202e}`; line ends and tabs stay."""
    return HIDDEN.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", text)


def visible_name(name: str) -> str:
    """A path in one line and without quotation marks; two different paths never look the same."""
    return in_one_line(name.replace("\\", "\\\\"))


def in_one_line(name: str) -> str:
    """What `visible_name` gave stays as it is."""
    return visible(name).translate(_IN_A_NAME)


_IN_A_NAME = {ord(each): f"\\u{{{ord(each):x}}}" for each in '\n\t"'}


def plain(text: str) -> str:
    """What a reader takes a text for: nothing hidden, no entities, look-alike letters as Latin ones.

    Has as many lines as `text`.
    """
    text = HIDDEN.sub("", _untagged(text))
    if "&" in text:
        text = "\n".join(html.unescape(line).replace("\n", " ") for line in text.split("\n"))
    if text.isascii():
        return text
    normal = unicodedata.normalize("NFKC", text)
    return _MIXED.sub(lambda match: match[0].translate(_LOOKALIKE), normal)


def _untagged(text: str) -> str:
    """Tag characters spell ASCII; they are read as the letters that they stand for."""
    return _TAG.sub(lambda match: chr(ord(match[0]) - 0xE0000), text)


_TAG = re.compile("[\U000e0020-\U000e007e]")
