"""Redaction: keys and passwords are taken out of a text before it is kept or shown.

Two nets. The values that this process knows to be secret are found in every form in which they are likely
to come back: as they are, escaped, percent-encoded, in base64, in hex, or cut off. Beside them, texts that
have the shape of a well-known sort of key are taken out too, whoever they belong to.
"""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

SHORTEST = 8
"""A shorter value is in too many texts by chance, and is no key."""
SHORTEST_LINE = 16
"""Of a secret of several lines, each line this long counts on its own: a diff puts a sign before each."""
SHORTEST_PART = 16
"""A part of a secret that is cut off is found if it is this long, and a third of it."""
PASSES = 8
CARRY = 16 * 1024
"""Characters of a stream that are held back, so that no key lies across two pieces."""

SECRET_WORD = re.compile(
    r"(KEY|TOKEN|SECRET|CREDENTIAL)S?$|^(API|ACCESS|SECRET|PRIVATE)KEY|PASSWORD|PASSWD|PASSPHRASE|^(PASS|PAT|PWD)$"
)
"""Searched in each word of a variable's name."""
PLACE_WORD = re.compile(r"^(FILE|PATH|DIR|FOLDER|HOME|SOCK|URL|HOST|NAME|ID|VARIABLE)$")
"""Such a variable says where a secret is."""
PLACES = ("GOOGLE_APPLICATION_CREDENTIALS", "OLDPWD", "PWD")
"""Names of paths; elsewhere `PWD` is short for a password."""
COMMON = frozenset(
    (
        *("password", "passw0rd", "password1", "changeme", "change-me", "secret-key", "your-api-key"),
        *("your_api_key", "your-key-here", "postgres", "postgresql", "required", "disabled", "enabled"),
        *("optional", "undefined", "redacted", "somebody", "anonymous", "localhost"),
    )
)

ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/?#:@]*:([^\s/?#@]+)@")


class Shape(NamedTuple):
    """What a well-known sort of key looks like. `secret` is the group to take out."""

    name: str
    anchors: tuple[str, ...]
    """One of them is in every text that has the shape; looking for it is much faster than matching."""
    pattern: re.Pattern[str]

    def may_be_in(self, text: str) -> bool:
        return any(anchor in text for anchor in self.anchors)


def _token(name: str, anchors: tuple[str, ...], body: str) -> Shape:
    # What stands before is looked at last, so that the search can leap from one anchor to the next. In
    # text that was escaped once more, the letter of `\n` stands right before what begins a line.
    opening = "|".join(rf"{anchor}(?:(?<![A-Za-z0-9_-]{anchor})|(?<=\\[nrt]{anchor}))" for anchor in anchors)
    opening = opening if len(anchors) == 1 else f"(?:{opening})"
    return Shape(name, anchors, re.compile(f"(?P<secret>{opening}{body})(?![A-Za-z0-9])"))


def _within(name: str, anchor: str, pattern: str) -> Shape:
    return Shape(name, (anchor,), re.compile(pattern))


SHAPES = (
    _token("key", ("sk-",), r"(?=[A-Za-z_-]*\d)(?:[A-Za-z0-9]{1,12}-){0,3}[A-Za-z0-9_]{20}[A-Za-z0-9_-]*"),
    _token("aws-key", ("AKIA", "ASIA"), r"[A-Z0-9]{16}"),
    _token("github-token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"), r"[A-Za-z0-9_]{30,255}"),
    _token("gitlab-token", ("glpat-",), r"[A-Za-z0-9_-]{20,}"),
    _token("hf-token", ("hf_",), r"(?=[A-Za-z]*\d)[A-Za-z0-9]{30,}"),
    _token("google-key", ("AIza",), r"[A-Za-z0-9_-]{35}"),
    _token(
        "slack-token", ("xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-"), r"(?=[A-Za-z-]*\d)[A-Za-z0-9-]{20,}"
    ),
    _within("bearer", "earer ", r"earer +(?P<secret>(?=[A-Za-z._~+/-]*\d)[A-Za-z0-9._~+/-]{20,}=*)"),
    _within(
        "private-key",
        "PRIVATE KEY-----",
        r"(?P<secret>-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----(?:[A-Za-z0-9+/=\s]|\\+[nr]){40,}"
        r"(?:-----END [A-Z ]{0,20}PRIVATE KEY-----)?)",
    ),
    _within(
        "password",
        "://",
        r"://[^\s/?#:@\"'`\\<>{}\[\]]{0,100}:(?P<secret>[^\s/?#@\"'`\\<>{}\[\]$]{3,})(?=@)",
    ),
)


def marker(name: str) -> str:
    """What stands in the place of a secret. Safe inside a JSON string."""
    return f"[redacted:{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}]"


def was_redacted(text: str) -> bool:
    return "[redacted:" in text


def unnamed(item: Any) -> str:
    """As JSON, with marks that do not say whose secret it was: the same value may be known by two names."""
    return re.sub(r"\[redacted:[^\]]*\]", "[redacted]", json.dumps(item, sort_keys=True))


def secrets_in(values: Mapping[str, str]) -> Mapping[str, str]:
    """Of environment variables, or other named values, those that are secret.

    By name (key, token, secret, password, credential), unless the value is too short or too common to be
    one; and the password in any value that is an address (`http://user:password@host`).
    """
    found: dict[str, str] = {}
    for name, text in values.items():
        value = text.strip()
        inside = ADDRESS.search(value)
        if inside is not None:
            value = unquote(inside[1])
        elif not names_a_secret(name):
            continue
        if len(value) >= SHORTEST and not is_common(value):
            found[name] = value
    return found


def names_a_secret(name: str) -> bool:
    words = re.split(r"[^A-Z0-9]+", name.upper())
    if name.upper() in PLACES or (PLACE_WORD.match(words[-1]) and not name.upper().endswith("KEY_ID")):
        return False
    return any(SECRET_WORD.search(word) for word in words)


def is_common(value: str) -> bool:
    """A word or a number that stands in many texts, such as `MAX_TOKENS=1000000000`."""
    return value.lower() in COMMON or len(set(value)) < 4 or re.fullmatch(r"[\d.,_]{1,15}", value) is not None


class Redactor:
    """Call it with a text; what it returns holds no secret. JSON stays JSON of the same structure.

    A text in which nothing is found is returned as it is, the same object.
    """

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        given = [(name, value) for name, value in (secrets or {}).items() if len(value) >= 4]
        marks = [marker(name) for name, _ in given] + [marker(shape.name) for shape in SHAPES]
        # One that is part of a mark would be found in every mark; such a value is no secret either.
        known = [(value, marker(name)) for name, value in given if not any(value in each for each in marks)]
        self._forms = sorted(
            {form: mark for value, mark in known for form in forms_of(value)}.items(),
            key=lambda pair: (-len(pair[0]), pair),
        )
        self._parts = [
            (value, max(SHORTEST_PART, len(value) // 3), mark)
            for value, mark in known
            if len(value) > SHORTEST_PART and "\n" not in value
        ]
        longest = max((len(form) for form, _ in self._forms), default=0)
        self.carry = max(CARRY, longest)

    def __call__(self, text: str) -> str:
        if not self.finds(text):
            return text
        if text.lstrip()[:1] in ("{", "[", '"'):
            try:
                content = json.loads(text)
            except (ValueError, RecursionError):
                return self.plain(text)
            cleaned = self.value(content)
            return text if cleaned == content else _written_like(text, cleaned)
        return self.plain(text)

    def finds(self, text: str) -> bool:
        """Whether there may be something to take out."""
        return (
            any(form in text for form, _ in self._forms)
            or any(value[:size] in text or value[-size:] in text for value, size, _ in self._parts)
            or any(shape.may_be_in(text) and shape.pattern.search(text) is not None for shape in SHAPES)
        )

    def value(self, item: Any) -> Any:
        """The same with every string in it redacted, those of keys too; tuples become lists."""
        if isinstance(item, str):
            return self.plain(item)
        if isinstance(item, Mapping):
            return {self.value(key): self.value(each) for key, each in item.items()}
        if isinstance(item, (list, tuple)):
            return [self.value(each) for each in item]
        return item

    def plain(self, text: str) -> str:
        """Without regard to JSON."""
        # Again until nothing changes: what is left beside a mark may, rarely, complete another secret.
        for _ in range(PASSES):
            cleaned = self._shapes(self._cut_off(self._whole(text)))
            if cleaned == text:
                break
            text = cleaned
        return text

    def stream(self, pieces: Iterable[str]) -> Iterator[str]:
        """The same for a text too large to hold, in pieces of any size."""
        held = ""
        for piece in pieces:
            held = self._whole(held + piece)
            # What reaches into the end may not be all there yet; it is held back and met again.
            held = self._shapes(held, len(held) - self.carry)
            if len(held) > self.carry:
                yield held[: -self.carry]
                held = held[-self.carry :]
        yield self.plain(held)

    def _whole(self, text: str) -> str:
        for form, mark in self._forms:
            if form in text:
                text = text.replace(form, mark)
        return text

    def _cut_off(self, text: str) -> str:
        """Without the beginnings and endings of secrets that somebody shortened before us."""
        for value, size, mark in self._parts:
            while (at := text.find(value[:size])) >= 0:
                end = size
                while at + end < len(text) and end < len(value) and text[at + end] == value[end]:
                    end += 1
                text = text[:at] + mark + text[at + end :]
            while (at := text.find(value[-size:])) >= 0:
                length = size
                while at > 0 and length < len(value) and text[at - 1] == value[-length - 1]:
                    at, length = at - 1, length + 1
                text = text[:at] + mark + text[at + length :]
        return text

    def _shapes(self, text: str, settled: float = math.inf) -> str:
        """`settled`: what ends after that position is left."""
        for shape in SHAPES:
            if shape.may_be_in(text):
                text = shape.pattern.sub(partial(_masked, shape.name, settled), text)
        return text


def _masked(name: str, settled: float, match: re.Match[str]) -> str:
    if match.end() > settled:
        return match[0]
    start, end = (position - match.start() for position in match.span("secret"))
    return match[0][:start] + marker(name) + match[0][end:]


def forms_of(value: str) -> set[str]:
    """How a secret may come back: itself and its longer lines, each encoded in every usual way."""
    lines = [line.strip() for line in value.splitlines()] if "\n" in value else []
    whole = {value, value.strip(), value.replace("\n", "\r\n")}
    whole |= {line for line in lines if len(line) >= SHORTEST_LINE and not line.startswith("-----")}
    return {form for each in whole for form in _encoded(each) if len(form) >= 4}


def _encoded(value: str) -> Iterator[str]:
    data = value.encode("utf-8", errors="replace")
    yield from (value, repr(value)[1:-1], value.replace("/", "\\/"))
    for only_ascii in (True, False):
        escaped = value
        for _ in range(3):  # JSON in JSON in JSON: a tool's arguments, quoted in a provider's error
            escaped = json.dumps(escaped, ensure_ascii=only_ascii)[1:-1]
            yield escaped
    for safe in ("", "/", "!$&'()*+,;="):  # all, as in a path, as in an address
        quoted = quote(data, safe=safe)
        for form in (quoted, re.sub("%..", lambda match: match[0].lower(), quoted)):
            yield from (form, form.replace("%20", "+"))
    for start in range(3):
        # Only the characters that the secret alone decides, as it may stand inside a longer text.
        first, last = (0, 2, 3)[start], (start + len(data)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(bytes(start) + data).decode()[first:last]
    yield from (data.hex(), data.hex().upper())


def _written_like(original: str, content: Any) -> str:
    """`content` as JSON, laid out as the original was."""
    body = original.strip()
    tail = original[len(original.rstrip()) :]
    if "\n" in body:
        return json.dumps(content, ensure_ascii=False, indent=2) + tail
    compact = (",", ":") if re.search(r'":\S', body) else (", ", ": ")
    return json.dumps(content, ensure_ascii=False, separators=compact) + tail
