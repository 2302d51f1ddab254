from __future__ import annotations

import base64
import json
import random
import string
import urllib.parse

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from agentkit.journal.redaction import (
    CARRY,
    SHAPES,
    Redactor,
    is_common,
    marker,
    names_a_secret,
    secrets_in,
    unnamed,
    was_redacted,
)
from agentkit.models.keys import KEYS

SECRET = st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=60)
KEY_LIKE = st.text(string.ascii_letters + string.digits + "-_/+=", min_size=20, max_size=80)
AROUND = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def encodings(value: str) -> list[str]:
    data = value.encode()
    return [
        value,
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(value))[1:-1],
        repr(value)[1:-1],
        urllib.parse.quote(value, safe=""),
        urllib.parse.quote_plus(value),
        base64.b64encode(data).decode(),
        base64.urlsafe_b64encode(data).decode(),
        data.hex(),
    ]


def usable(*secrets: str) -> bool:
    """Not part of a mark, which no text could then be without."""
    marks = [marker(name) for name in ("A", "B", *(shape.name for shape in SHAPES))]
    return not any(secret in mark for secret in secrets for mark in marks)


@given(SECRET, AROUND, AROUND)
@example("nabcdefgh", "\n", "")
@example('a"b\\c\nd e/f', "", "")
def test_no_form_of_a_secret_survives(secret: str, before: str, after: str) -> None:
    assume(usable(secret))
    redact = Redactor({"A": secret})
    for form in encodings(secret):
        assert form not in redact(before + form + after)


@given(KEY_LIKE, st.binary(max_size=5), st.binary(max_size=5))
def test_a_secret_inside_longer_base64_is_found(secret: str, before: bytes, after: bytes) -> None:
    """As a password in a Basic header: `user:password` is encoded in one piece."""
    told = base64.b64encode(before + secret.encode() + after).decode()
    left = Redactor({"A": secret})(f"Basic {told}")
    assert was_redacted(left)
    pieces = left.replace("]", "[").split("[")
    assert max(len(piece.removeprefix("Basic ")) for piece in pieces if "redacted:" not in piece) <= 12


@given(SECRET, SECRET, AROUND)
def test_two_secrets_that_touch_or_contain_each_other(first: str, second: str, between: str) -> None:
    assume(usable(first, second))
    left = Redactor({"A": first, "B": second})(first + second + between + second + first)
    assert first not in left and second not in left


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | AROUND,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(AROUND, inner, max_size=4),
    max_leaves=12,
)


@given(JSON, SECRET, st.sampled_from([(",", ":"), (", ", ": ")]), st.booleans())
@example({"a": "\nabcdefgh"}, "nabcdefgh", (",", ":"), False)
@example({'","b":"c': 1}, '","b":"c', (",", ":"), False)
def test_json_stays_json_of_the_same_shape(
    content: object, secret: str, separators: tuple[str, str], only_ascii: bool
) -> None:
    assume(usable(secret))
    whole = {"left": content, "key": f"x{secret}y", "list": [secret, 1], secret: None}
    text = json.dumps(whole, separators=separators, ensure_ascii=only_ascii)
    left = json.loads(Redactor({"A": secret})(text))
    assert left["key"] == "x[redacted:A]y"
    assert left["list"] == ["[redacted:A]", 1] and left["[redacted:A]"] is None
    if secret not in json.dumps(content, ensure_ascii=False) and not was_redacted(text):
        assert secret not in str(left)


@given(AROUND, JSON)
def test_a_text_without_secrets_is_the_same_object(text: str, content: object) -> None:
    redact = Redactor({"A": "0f9e8d7c6b5a-not-in-any-text"})
    written = json.dumps(content)
    assert redact(text) is text
    assert redact(written) is written


@given(KEY_LIKE, st.integers(0, 400), st.integers(1, 3 * CARRY), st.data())
def test_a_stream_is_cleaned_whatever_its_pieces(
    secret: str, size: int, filler: int, data: st.DataObject
) -> None:
    assume(usable(secret))
    text = "." * size + secret + "." * filler + secret
    cut = data.draw(st.integers(0, len(text)))
    near = min(len(text), size + data.draw(st.integers(0, len(secret))))
    pieces = [text[: min(cut, near)], text[min(cut, near) : max(cut, near)], text[max(cut, near) :]]
    left = "".join(Redactor({"A": secret}).stream(pieces))
    assert left == "." * size + "[redacted:A]" + "." * filler + "[redacted:A]"


@given(KEY_LIKE.filter(lambda text: len(text) >= 48), st.data())
def test_what_was_cut_off_before_is_found_by_a_third_of_it(secret: str, data: st.DataObject) -> None:
    """As in a provider's error that somebody shortened to 400 characters."""
    kept = data.draw(st.integers(max(16, len(secret) // 3), len(secret) - 1))
    redact = Redactor({"A": secret})
    assert redact(f"key {secret[:kept]}…") == "key [redacted:A]…"
    assert redact(f"…{secret[-kept:]} end") == "…[redacted:A] end"


def test_lines_of_a_secret_of_several_lines_are_found_in_a_diff() -> None:
    body = ["".join(random.Random(line).choices(string.ascii_letters, k=64)) for line in range(5)]
    secret = "\n".join(["-----BEGIN OWN KEY-----", *body, "-----END OWN KEY-----"])
    diff = "\n".join(f"+{line}" for line in secret.splitlines())
    left = Redactor({"SIGNING_KEY": secret})(diff)
    assert not any(line in left for line in body)
    assert left.count("[redacted:SIGNING_KEY]") == 5
    assert Redactor({"SIGNING_KEY": secret})(f"<{secret}>") == "<[redacted:SIGNING_KEY]>"


KEY_BODY = "MIIEpAIBAAKCAQEA7bq9" * 8
SHAPED = [
    ("sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8xYz", "[redacted:key]"),
    ("sk-ant-api03-Ab3dEf6hIj9lMn2pQr5tUv8xYz_-AA", "[redacted:key]"),
    ("AKIAIOSFODNN7EXAMPLE", "[redacted:aws-key]"),
    ("ghp_" + "a1B2" * 9, "[redacted:github-token]"),
    ("hf_" + "aB3d" * 9, "[redacted:hf-token]"),
    ("AIza" + "a1-_B" * 7, "[redacted:google-key]"),
    ("Bearer abcdefghij0123456789xyz", "Bearer [redacted:bearer]"),
    ("http://ann:open-sesame@host/x", "http://ann:[redacted:password]@host/x"),
    (
        f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_BODY}\n-----END RSA PRIVATE KEY-----",
        "[redacted:private-key]",
    ),
]


@pytest.mark.parametrize(("text", "left"), SHAPED)
def test_well_known_shapes_are_a_second_net(text: str, left: str) -> None:
    redact = Redactor()
    assert redact(f"see {text} there") == f"see {left} there"
    assert redact(f"\n{text}\n") == f"\n{left}\n"
    once_more = json.dumps({"arguments": json.dumps({"text": f"\n{text}"})})
    assert text.split("\n")[-1][-20:] not in redact(once_more)


@pytest.mark.parametrize(
    "text",
    [
        "task-with-a-very-long-name-of-many-words-1-2-3",
        "the sk-learn-compatible-estimator-interface of 2024",
        'headers = {"Authorization": "Bearer " + token}',
        "Bearer authentication-is-described-elsewhere",
        "http://localhost:8000/v1 and ssh://git@host/x and http://[::1]:80/@x",
        'f"postgres://{user}:{password}@{host}/db"',
        "hf_model_name_or_path_of_the_checkpoint",
        "-----BEGIN PUBLIC KEY-----",
        "AKIA is how they begin",
        "x = tokens[key]  # max_tokens=4096, api_key=os.environ['OPENAI_API_KEY']",
    ],
)
def test_code_and_prose_are_left_alone(text: str) -> None:
    assert Redactor()(text) is text


def test_which_variables_are_secret() -> None:
    secret = "q7Zp0xW4mB2s"
    names = [name for variables in KEYS.values() for name in variables]
    names += ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "HF_TOKEN", "MY_SERVICE_PASSWORD", "APIKEY"]
    names += [
        "GITHUB_PAT",
        "DB_PASS",
        "my_api_key",
        "SERVICE_CREDENTIALS",
        "JWT_SECRET",
        "apiKey",
        "PGPASSWORD",
    ]
    assert secrets_in(dict.fromkeys(names, secret)) == dict.fromkeys(names, secret)
    others = ["PATH", "HOME", "KEYBOARD", "SSH_AUTH_SOCK", "TOKENIZERS_PARALLELISM", "HF_TOKEN_PATH"]
    others += ["GOOGLE_APPLICATION_CREDENTIALS", "PASSWORD_STORE_DIR", "COMPASS", "PATTERN", "SECRET_NAME"]
    assert secrets_in(dict.fromkeys(others, secret)) == {}
    assert not names_a_secret("MODEL")


def test_values_that_are_no_secret() -> None:
    values = {"A_KEY": "short", "B_PASSWORD": "Password", "MAX_TOKENS": "1000000000", "C_TOKEN": "--------"}
    assert secrets_in(values) == {}
    assert is_common("changeme") and not is_common("changeme-9131")


def test_the_password_in_an_address_is_a_secret_whatever_the_name() -> None:
    found = secrets_in({"HTTPS_PROXY": "http://ann:p%40ss-w0rd!@proxy:3128", "BASE": "http://host:8000/@v1"})
    assert found == {"HTTPS_PROXY": "p@ss-w0rd!"}
    left = Redactor(found)(
        "http://ann:p%40ss-w0rd!@proxy and p@ss-w0rd! and " + base64.b64encode(b"ann:p@ss-w0rd!").decode()
    )
    assert "ss-w0rd" not in left and left.count("[redacted:HTTPS_PROXY]") == 3


def test_a_mark_is_no_secret_and_names_can_be_left_out() -> None:
    redact = Redactor({"redacted": "redacted:", 'A B"': "seven-of-nine-1"})
    assert redact("seven-of-nine-1") == "[redacted:A_B_]"
    assert redact("[redacted:x]") == "[redacted:x]"
    assert unnamed({"a": "[redacted:x]/1"}) == unnamed({"a": "[redacted:y]/1"}) != unnamed({"a": "1"})


def test_json_is_laid_out_as_it_was() -> None:
    redact = Redactor({"A": "seven-of-nine-1"})
    content = {"a": "seven-of-nine-1", "é": [1.5, None]}
    for given_text in (
        json.dumps(content, indent=2, ensure_ascii=False) + "\n",
        json.dumps(content, separators=(",", ":"), ensure_ascii=False),
    ):
        assert redact(given_text) == given_text.replace("seven-of-nine-1", "[redacted:A]")


def test_the_folder_one_stands_in_is_no_secret() -> None:
    folders = {"PWD": "/srv/somewhere/project", "OLDPWD": "/srv/somewhere/before"}
    assert secrets_in({**folders, "DATABASE_PWD": "correct-horse"}) == {"DATABASE_PWD": "correct-horse"}
