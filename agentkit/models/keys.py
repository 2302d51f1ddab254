"""Which environment variable a provider's key is in; about keys, never about models."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from agentkit.contracts.record import Record
from agentkit.errors import MissingRequirement, UsageError

KEYS: Mapping[str, tuple[str, ...]] = {
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    "openai": ("OPENAI_API_KEY",),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "openrouter": ("OPENROUTER_API_KEY",),
    "deepseek": ("DEEPSEEK_API_KEY",),
    "mistral": ("MISTRAL_API_KEY",),
    "groq": ("GROQ_API_KEY",),
    "xai": ("XAI_API_KEY",),
}
"""Provider to the variables of which one is enough."""

OPTIONAL_KEYS: Mapping[str, tuple[str, ...]] = {
    "hosted_vllm": ("HOSTED_VLLM_API_KEY",),
    "litellm_proxy": ("LITELLM_PROXY_API_KEY",),
    "lm_studio": ("LM_STUDIO_API_KEY",),
    "llamafile": ("LLAMAFILE_API_KEY",),
    "ollama": ("OLLAMA_API_KEY",),
    "ollama_chat": ("OLLAMA_API_KEY",),
}
"""Of servers that may ask for one."""

ADDRESSES: Mapping[str, tuple[str, ...]] = {
    "openai": ("OPENAI_BASE_URL", "OPENAI_API_BASE"),
    "hosted_vllm": ("HOSTED_VLLM_API_BASE",),
}
"""Provider to the variables that may name the server instead of `--base-url`."""


class FoundKey(Record):
    """A provider whose key is in the environment."""

    provider: str
    variable: str

    @property
    def example(self) -> str:
        """How one of its models is named on the command line."""
        return f"{self.provider}/…"


def find_key(environ: Mapping[str, str]) -> FoundKey | None:
    """The first provider with a key set. None: without `--model`, only a transcript can answer."""
    for provider, variables in KEYS.items():
        for variable in variables:
            if environ.get(variable):
                return FoundKey(provider=provider, variable=variable)
    return None


def key_of(
    provider: str, key_variable: str | None = None, environ: Mapping[str, str] | None = None
) -> str | None:
    """The key itself. A named variable is the only one looked at: no other key goes to that server."""
    environ = os.environ if environ is None else environ
    usual = (*KEYS.get(provider, ()), *OPTIONAL_KEYS.get(provider, ()))
    variables = (key_variable,) if key_variable else usual
    return next((environ[each] for each in variables if environ.get(each)), None)


def address_of(name: str, environ: Mapping[str, str] | None = None) -> str | None:
    """The server that the environment names for a model's provider."""
    environ = os.environ if environ is None else environ
    variables = ADDRESSES.get(name.partition("/")[0], ())
    return next((environ[each] for each in variables if environ.get(each)), None)


def check_address(name: str, address: str) -> None:
    """Raise UsageError for what is no web address, such as one without its `http://`, and for a password.

    Beside the key that a live model sends, an address can carry none; and it would be shown with the model.
    """
    parts = urlsplit(address)
    if "@" in parts.netloc:
        host = parts.netloc.rpartition("@")[2]
        raise UsageError(
            f"The address of the model {name} holds a user or a password, which is not sent.",
            f"Found: {parts.scheme}://…@{host}{parts.path}",
            f"Next: write {parts.scheme}://{host}{parts.path}, put the key into an environment variable, and "
            "name it in a profile: `key_variable` in [models.NAME] of agentkit.toml",
            "It goes out as `Authorization: Bearer …`; for any other sort, put a gateway before the server.",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"The address of the model {name} is no web address: '{address}'.",
            "Next: write it whole, as in http://localhost:8000/v1",
        )


def check_key(
    name: str,
    base_url: str | None = None,
    environ: Mapping[str, str] | None = None,
    key_variable: str | None = None,
) -> None:
    """Raise MissingRequirement if `name` cannot be called from here; knows the usual providers only.

    A server of one's own (`base_url`) may need no key, so it is never asked for one, unless its profile
    says in which variable it is.
    """
    environ = os.environ if environ is None else environ
    if key_variable:
        if not environ.get(key_variable):
            raise missing_key(name, (key_variable,))
        return
    provider, slash, _ = name.partition("/")
    if not slash or base_url or address_of(name, environ):
        return
    if provider in KEYS and not any(environ.get(each) for each in KEYS[provider]):
        raise missing_key(name, KEYS[provider])
    if provider == "hosted_vllm":
        raise MissingRequirement(
            f"The model {name} has no address.",
            f"Found: neither --base-url nor {ADDRESSES[provider][0]} is set.",
            "Next: add `--base-url http://localhost:8000/v1`, or wherever your server listens",
        )


def missing_key(name: str, variables: tuple[str, ...]) -> MissingRequirement:
    """The error for a live model without its key."""
    return MissingRequirement(
        f"The model {name} needs a key, and there is none in the environment.",
        f"Looked for: {' or '.join(variables)}",
        f"Next: export {variables[0]}=…, and run the command again",
        "Or, without a key: leave `--model` out, or give `--model scripted/…`; then the transcript that"
        " is shipped with the task answers",
    )
