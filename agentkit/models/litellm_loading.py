"""Import litellm late, quietly and offline, and leave nothing of it open when an event loop ends."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import sys
import threading
import warnings
from typing import Any

from agentkit.models.loop_end import at_end_of_loop

_lock = threading.Lock()

_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else importing fetches the price table
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",  # else the first anthropic call fetches a list
    "LITELLM_MODE": "PRODUCTION",  # else importing reads a .env file from the folders above site-packages
}


async def ready_litellm() -> Any:
    """The module, for use in the running loop. The import takes seconds, so the loop goes on meanwhile."""
    module = sys.modules.get("litellm")
    if module is None or not getattr(module, "suppress_debug_info", False):
        module = await asyncio.to_thread(load_litellm)
    ignore_known_warnings()
    loop = asyncio.get_running_loop()
    await at_end_of_loop("litellm", functools.partial(close_for_loop, module, loop))
    return module


def load_litellm() -> Any:
    """Import and silence it; a second call changes nothing. What the user set in the environment stays."""
    with _lock:
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import litellm
        if not os.environ.get("LITELLM_LOG"):
            for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
                logging.getLogger(name).setLevel(logging.CRITICAL)
        # Lets it mend a conversation for a provider's rules, e.g. turn thinking off where the
        # thinking of earlier turns is not at hand.
        litellm.modify_params = True
        litellm.suppress_debug_info = True
        return litellm


def ignore_known_warnings() -> None:
    """pydantic remarks on litellm's types and habits when it is first used, which no user can mend.

    Called each time, because it costs microseconds and filters may have been reset.
    """
    warnings.filterwarnings("ignore", r".*using the `ReadOnly` qualifier", UserWarning)
    warnings.filterwarnings(
        "ignore", "Accessing the 'model_.*' attribute on the instance", DeprecationWarning
    )


async def close_for_loop(litellm: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Close litellm's connections for a loop, and its logging worker."""
    from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER as worker

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(worker.flush(), 5.0)
    await worker.stop()
    cache = litellm.in_memory_llm_clients_cache
    for key in [each for each in cache.cache_dict if each.endswith(f"-{id(loop)}")]:
        client = cache.cache_dict.pop(key)
        cache.ttl_dict.pop(key, None)
        if hasattr(client, "close"):
            await client.close()
    lasting = vars(litellm).get("module_level_aclient")  # which opens a new session in every loop
    if lasting is not None:
        await lasting.close()
