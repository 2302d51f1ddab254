"""A coding agent of thirty lines: `stub_agent.py PROMPT_FILE [HOW]`. Knows the standard library alone.

It asks the model, runs the shell commands that it is told, and ends when it is told none.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

SHELL = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}


def post(body: Any) -> Any:
    request = urllib.request.Request(
        os.environ["OPENAI_BASE_URL"] + "/chat/completions",
        data=body if isinstance(body, bytes) else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            text = response.read().decode()
    except urllib.error.HTTPError as error:
        said = json.loads(error.read())["error"]
        print(f"refused: {error.code} {said['code']}: {said['message']}", flush=True)
        return None
    if text.startswith("data:"):
        return json.loads(text.splitlines()[0].removeprefix("data:"))["choices"][0]["delta"]
    return json.loads(text)["choices"][0]["message"]


def work(prompt: str, model: str = "agentkit", stream: bool = False, tries: int = 1) -> None:
    tools = [{"type": "function", "function": {"name": "shell", "description": "", "parameters": SHELL}}]
    messages: list[Any] = [{"role": "user", "content": prompt}]
    while True:
        asked = {"model": model, "messages": messages, "tools": tools, "stream": stream}
        said = next(filter(None, (post(asked) for _ in range(tries))), None)
        if said is None:
            sys.exit(3)
        messages.append(said)
        if not said.get("tool_calls"):
            break
        for call in said["tool_calls"]:
            command = json.loads(call["function"]["arguments"])["command"]
            ran = subprocess.run(command, shell=True, capture_output=True, text=True)
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": ran.stdout + ran.stderr})
    print(f"The end: {said['content']}")


def main() -> None:
    how = sys.argv[2] if len(sys.argv) > 2 else "work"
    prompt = Path(sys.argv[1]).read_text()
    if how == "crash":
        work(prompt)
        raise SystemExit("I give up")
    if how == "hang":
        time.sleep(600)
    if how == "silence":
        return
    if how == "flood":
        for _ in range(20_000):
            print("x" * 100)
    if how == "malformed":
        assert post(b'{"model": "agentkit", "messages": [') is None
        assert post({"messages": "none"}) is None
    if how == "unknown":
        work(prompt, "gpt-of-somebody")
    if how == "stubborn":
        while True:
            post({"messages": [{"role": "user", "content": f"again {time.time()}"}]})
            time.sleep(0.05)
    work(prompt, stream=how == "stream", tries=2 if how == "patient" else 1)


if __name__ == "__main__":
    main()
