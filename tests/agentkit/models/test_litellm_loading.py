"""litellm comes late, quietly, and leaves nothing open. That it opens no connection of its own, and that
importing our modules does not import it, is tested where it is called and where models are opened."""

from __future__ import annotations

import asyncio
import gc
import logging
import warnings
from typing import Any

import aiohttp
import pytest

from agentkit.contracts.messages import CallPosition, Message, ModelRequest
from agentkit.errors import ModelProblem
from agentkit.models.litellm_loading import ignore_known_warnings, load_litellm, ready_litellm
from agentkit.models.litellm_model import LitellmModel

REQUEST = ModelRequest(
    position=CallPosition(attempt="a1", operator="draft", nth=0, stage="code", index=0),
    messages=(Message(role="user", text="Hi"),),
)


def test_loading_silences_it_and_can_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LITELLM_LOG", raising=False)
    litellm = load_litellm()
    assert load_litellm() is litellm
    assert not logging.getLogger("LiteLLM").isEnabledFor(logging.WARNING)
    assert litellm.suppress_debug_info
    assert asyncio.run(ready_litellm()) is litellm


def test_what_it_keeps_for_a_loop_is_closed_with_the_loop(server: Any) -> None:
    server.says("hello")
    litellm = load_litellm()
    during: list[Any] = []

    async def call() -> str:
        await LitellmModel("openai/tiny", base_url=server.url).reply(REQUEST)
        suffix = f"-{id(asyncio.get_running_loop())}"
        kept = litellm.in_memory_llm_clients_cache.cache_dict
        during.extend(client for key, client in kept.items() if key.endswith(suffix))
        return suffix

    suffix = asyncio.run(call())
    assert during
    assert all(client.is_closed() for client in during if hasattr(client, "is_closed"))
    assert not [key for key in litellm.in_memory_llm_clients_cache.cache_dict if key.endswith(suffix)]


def test_one_loop_after_another_leaves_no_work_over(server: Any) -> None:
    server.says("hello")
    load_litellm()
    from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER as worker

    for _ in range(3):
        asyncio.run(LitellmModel("openai/tiny", base_url=server.url).reply(REQUEST))
        assert worker._queue is None or worker._queue.empty()
        assert worker._worker_task is None


def test_the_client_that_it_keeps_for_good_is_closed_with_every_loop(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not-a-real-key")
    server.fails(400, "no")
    for _ in range(3):
        with pytest.raises(ModelProblem):
            asyncio.run(LitellmModel("anthropic/x", base_url=server.url).reply(REQUEST))
    # type() and not isinstance(), which asks every object, torch's deprecated ones included
    sessions = [each for each in gc.get_objects() if type(each) is aiohttp.ClientSession]
    assert sessions
    assert all(each.closed for each in sessions)


def test_only_the_known_warning_is_ignored() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ignore_known_warnings()
        warnings.warn("Accessing the 'model_fields' attribute on the instance", DeprecationWarning, 1)
        warnings.warn("Item 'x' is using the `ReadOnly` qualifier. Pydantic will not", stacklevel=1)
        with pytest.raises(UserWarning, match="another"):
            warnings.warn("another", stacklevel=1)
