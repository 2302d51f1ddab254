"""The clients against litellm's proxy, a real gateway with keys and limits, in front of llama.cpp.

It is 600 MB of packages that nothing else needs, so it lives in an environment of its own, named by
AGENTKIT_TEST_PROXY_PYTHON.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply, ToolOffer
from agentkit.errors import AgentkitError, ContextOverflow, ModelProblem
from agentkit.models.bounds import usage_of
from agentkit.models.direct import DirectModel
from agentkit.models.litellm_model import LitellmModel
from agentkit.models.live import LiveModel
from agentkit.models.patience import Patience
from tests.agentkit.models.llama import llama
from tests.agentkit.models.scripted_gguf import build, reply_text

PYTHON = os.environ.get("AGENTKIT_TEST_PROXY_PYTHON", "")
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not PYTHON,
        reason="AGENTKIT_TEST_PROXY_PYTHON names no Python; give one with: pip install 'litellm[proxy]'",
    ),
]

KEY = "sk-for-tests-only"
CONFIG = """\
model_list:
  - model_name: good
    litellm_params: {{model: openai/scripted, api_base: {upstream}, api_key: none}}
  - model_name: quota
    litellm_params: {{model: openai/scripted, api_base: {upstream}, api_key: none, rpm: 3}}
  - model_name: limited
    litellm_params: {{model: openai/x, api_key: none, mock_response: litellm.RateLimitError}}
  - model_name: failing
    litellm_params: {{model: openai/x, api_key: none, mock_response: litellm.InternalServerError}}
  - model_name: overflowing
    litellm_params: {{model: openai/x, api_key: none, mock_response: litellm.ContextWindowExceededError}}
router_settings:
  num_retries: 0
  disable_cooldowns: true
  optional_pre_call_checks: [enforce_model_rate_limits]
litellm_settings: {{num_retries: 0}}
general_settings: {{master_key: {key}}}
"""
SHELL = ToolOffer(
    name="shell",
    description="Run a command.",
    parameters={"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("proxy")
    replies = [reply_text("I look.", ("shell", {"command": "ls"})), "Done."]
    with llama(build(folder / "scripted.gguf", replies)) as upstream:
        (folder / "config.yaml").write_text(CONFIG.format(upstream=upstream, key=KEY))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        program = Path(PYTHON).with_name("litellm")
        command = [str(program), "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        }
        log = folder / "log"
        with log.open("w") as sink:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=sink, stderr=sink)
        try:
            wait_for(f"http://127.0.0.1:{port}/health/liveliness", process, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(20)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(log.read_text()[-3000:])


@pytest.fixture(params=[DirectModel, LitellmModel], ids=["direct", "litellm"])
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[LiveModel]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    kind: type[LiveModel] = request.param
    return kind


def end_of(client: type[LiveModel], proxy: str, name: str, seconds: float = 60.0) -> Reply | AgentkitError:
    """How one call ends."""
    patience = Patience(tries=3, busy_tries=3, seconds=seconds, first_wait=0.05, longest_wait=0.2)
    model = client(f"openai/{name}", base_url=proxy, patience=patience)
    request = ModelRequest(
        position=CallPosition(attempt="a1", operator="draft", nth=0, stage="code", index=0),
        messages=(Message(role="user", text="Look around."),),
        tools=(SHELL,),
        max_tokens=50,
    )
    try:
        return asyncio.run(model.reply(request))
    except AgentkitError as error:
        return error


def test_a_call_through_the_gateway(client: type[LiveModel], proxy: str) -> None:
    reply = end_of(client, proxy, "good")
    assert isinstance(reply, Reply)
    assert reply.message.tool_calls[0].arguments == {"command": "ls"}
    assert reply.usage.output_tokens == 2
    assert not reply.usage.upper_bound


@pytest.mark.parametrize(
    ("name", "said"), [("limited", "limiting our rate"), ("failing", "the provider fails")]
)
def test_what_passes_is_tried_three_times(client: type[LiveModel], proxy: str, name: str, said: str) -> None:
    problem = end_of(client, proxy, name)
    assert isinstance(problem, ModelProblem)
    assert said in problem.message
    assert "Tried 3 times" in str(problem)
    assert usage_of(problem) is None, "nothing was answered, so nothing was billed"


def test_an_overflow(client: type[LiveModel], proxy: str) -> None:
    assert isinstance(end_of(client, proxy, "overflowing"), ContextOverflow)


def test_a_wrong_key(client: type[LiveModel], proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")
    problem = end_of(client, proxy, "good")
    assert isinstance(problem, ModelProblem)
    assert "does not accept the key" in problem.message, problem
    assert "Tried" not in str(problem)


def test_a_model_that_is_not_there(client: type[LiveModel], proxy: str) -> None:
    problem = end_of(client, proxy, "missing")
    assert isinstance(problem, ModelProblem)
    assert "missing" in str(problem)
    assert "Tried" not in str(problem)


def test_a_quota_a_minute(client: type[LiveModel], proxy: str) -> None:
    """A few calls, then a real 429 until the minute is over; our patience is shorter than that."""
    ends = [end_of(client, proxy, "quota", seconds=3.0) for _ in range(5)]
    assert isinstance(ends[-1], ModelProblem)
    assert "limiting our rate" in ends[-1].message
