"""The `external` coder: a coding agent of somebody else, with a command line, in the attempt's sandbox.

It reaches the run's model through a gateway on a Unix socket and nothing else. Every call is in the
journal and under the budget like one of our own coder's. An attempt that is begun again starts the agent
again, on the workspace as it was at the attempt's beginning; a call whose messages and tools are the same
as those of a recorded one that was not answered yet is answered from the journal, any other is made.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import tempfile
from collections import defaultdict, deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentkit.contracts.agent import AgentCommand
from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply
from agentkit.contracts.sandbox import Command, CommandResult
from agentkit.errors import (
    AttemptSpent,
    BudgetSpent,
    ContextOverflow,
    MissingRequirement,
    ModelProblem,
)
from agentkit.models.chat_requests import ChatRequest
from agentkit.models.gateway import ModelGateway
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.search.agent_place import PROMPT_FILE, SOCKET, address_in, agent_command
from agentkit.search.ask import ask, model_for
from agentkit.search.coder_tools import Coded
from agentkit.search.context import AttemptWork
from agentkit.search.conversation import Conversation

FAILED_CALLS = 3
"""In a row, after which the agent is ended: the client of the model has tried again by itself."""
NOT_STARTED = (126, 127)
"""Exit codes of a program that cannot be run, or is not there."""
SHOWN_CHARS = 400


class AskedConversation(Conversation):
    """As an agent sent it, with its wishes for the reply."""

    def __init__(self, asked: ChatRequest, messages: list[Message], known: Conversation | None) -> None:
        """`known`: an earlier one that this continues, of which the provider counted the tokens."""
        super().__init__(() if known is None else messages[: len(known.messages)], asked.tools)
        self.asked = asked
        self.told = len(self.messages)
        """How many messages are those of the earlier one; what comes after is new."""
        if known is not None:
            self._counted, self._uncounted = known._counted, known._uncounted
        for message in messages[len(self.messages) :]:
            self.add(message)

    def request(
        self, position: CallPosition, max_tokens: int | None = None, seconds_left: float | None = None
    ) -> ModelRequest:
        request = super().request(position, max_tokens, seconds_left)
        limits = [each for each in (max_tokens, self.asked.max_tokens) if each is not None]
        wishes = {"max_tokens": min(limits, default=None), "reply_schema": self.asked.reply_schema}
        return request.model_copy(update=wishes)


class ExternalCoder:
    """Runs the agent once; answers its calls. Implements models.gateway.Answerer."""

    def __init__(
        self, work: AttemptWork, workspace: SnapshotWorkspace, agent: AgentCommand, instruction: str
    ) -> None:
        self.work = work
        self.workspace = workspace
        self.agent = agent
        self.instruction = instruction
        self._first = self._next = 0
        self._unused: dict[str, deque[int]] = defaultdict(deque)
        """By digest, the indices of recorded replies that were not given yet, oldest first."""
        self._given: dict[ChatRequest, tuple[str, int]] = {}
        self._known: list[Conversation] = []
        self._asked: set[str] = set()
        self._stop = asyncio.Event()
        self._spent: BudgetSpent | None = None
        self._failures: list[ModelProblem] = []
        """Calls that failed since the last one that did not."""
        self._fault: BaseException | None = None

    async def run(self, first_index: int = 0) -> Coded:
        """Raises what our own coders raise: ModelProblem where the model failed to the end, and faults.

        A cap that is reached ends the agent and not the attempt: the workspace is what it left.
        """
        self._read_journal(first_index)
        model = model_for(self.work.run, "code").name
        address = address_in(self.work.run.sandbox, self.work.run.environment)
        gateway = ModelGateway(self, [model, model.partition("/")[2] or model], address.token)
        folder = Path(tempfile.mkdtemp(prefix="agentkit-"))
        patience = 0.0
        try:
            await gateway.open(folder / "model.sock")
            files = {SOCKET: folder / "model.sock", PROMPT_FILE: self._write_instruction()}
            log = self.work.tool_context(self.workspace).logs / f"agent-{first_index}.log"
            command = agent_command(
                self.agent, self.workspace.folder, self.work.run.environment, address, files, log
            )
            await self._say("agent", command=list(self.agent.argv), recorded=self._next - first_index)
            result = await self._run(command)
            patience = self.agent.grace_seconds
        finally:
            await gateway.close(patience)
            shutil.rmtree(folder, ignore_errors=True)
        await self._settle_open_calls()
        return await self._ended(result)

    # ---- the command ----

    def _write_instruction(self) -> Path:
        file = self.work.folder / "instruction.md"
        file.write_text(self.instruction, encoding="utf-8", errors="replace")
        file.chmod(0o644)
        return file

    async def _run(self, command: Command) -> CommandResult:
        job = await self.work.run.sandbox.start(command)
        ending, stopping = asyncio.ensure_future(job.wait()), asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({ending, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                await asyncio.wait({ending}, timeout=self.agent.grace_seconds)
            return await ending if ending.done() else await job.stop()
        except asyncio.CancelledError:
            await job.stop()
            raise
        finally:
            stopping.cancel()
            if not ending.done():
                ending.cancel()
            await asyncio.gather(ending, stopping, return_exceptions=True)

    async def _ended(self, result: CommandResult) -> Coded:
        """What came of it, for the journal and for whoever reads why nothing was changed."""
        turns = self._next - self._first
        await self._say(
            "agent_ended",
            status=result.status,
            exit_code=result.exit_code,
            seconds=round(result.seconds, 3),
            calls=len(self._given),
            output=result.output[-SHOWN_CHARS:],
        )
        if self._fault is not None:
            raise self._fault
        if self._failures:
            raise self._failures[-1]
        if self._spent is not None:
            return Coded(turns, False, self._spent.message)
        said = (result.output.strip().splitlines() or ["it printed nothing"])[-1][-SHOWN_CHARS:]
        if result.exit_code in NOT_STARTED and not self._given:
            raise MissingRequirement(
                f"The agent could not be started in the sandbox {self.work.run.sandbox.name}: {said}",
                f"Its command: {' '.join(self.agent.argv)[:SHOWN_CHARS]}",
                "Next: install it, or name its place: --set command='/place/of/agent …' and, where that is"
                " not all it needs, --set 'folders=[\"/place\"]'",
            )
        ends = {
            "ok": "the agent ended",
            "timeout": f"the agent was ended after {self.agent.seconds:g} s",
            "silent": f"the agent was ended: it had printed nothing for {self.agent.silent_seconds or 0:g} s",
        }
        end = ends.get(result.status, f"the agent ended with exit code {result.exit_code}")
        never = "" if self._given else " without asking the model"
        return Coded(turns, result.status == "ok", f"{end}{never}; its last line: {said}")

    async def _say(self, kind: str, **data: Any) -> None:
        await self.work.run.journal.record(kind, self.work.id, **data)

    # ---- its calls ----

    async def answer(self, request: ChatRequest) -> Reply:
        """See models.gateway.Answerer."""
        if self._spent is not None:
            raise self._spent
        try:
            return await self._answer(request)
        except BudgetSpent as spent:
            self._spent = spent
            self._stop.set()
            raise
        except ContextOverflow:
            raise  # its own affair: it may shorten what it sends
        except ModelProblem as problem:
            self._failures.append(problem)
            if len(self._failures) >= FAILED_CALLS:
                self._stop.set()
            raise
        except Exception as error:  # of the journal or of ours: it ends the run, not only this call
            self._fault = error
            self._stop.set()
            raise

    async def _answer(self, request: ChatRequest) -> Reply:
        conversation = self._conversation(request)
        digest = conversation.digest
        recorded = bool(self._unused[digest])
        index = self._unused[digest].popleft() if recorded else self._new_index()
        self._given[request] = digest, index
        if not recorded:
            await self._keep(conversation, index)
        reply = await ask(self.work, "code", index, conversation)
        self._known.append(conversation)
        self._failures.clear()
        return reply

    def undelivered(self, request: ChatRequest) -> None:
        """See models.gateway.Answerer."""
        digest, index = self._given.pop(request)
        self._unused[digest].appendleft(index)

    def _new_index(self) -> int:
        """Raises AttemptSpent where the stage has had its turns."""
        turns = self.work.run.budget.turns
        if len(self._given) >= turns:
            raise AttemptSpent(f"The agent has had its {turns} model calls (--turns).")
        index = self._next
        self._next += 1
        self._asked.add(f"{self.work.id}/code/{index}")
        return index

    def _conversation(self, request: ChatRequest) -> AskedConversation:
        messages = [self._with_opaque(each) for each in request.messages]
        for known in reversed(self._known):
            count = len(known.messages)
            if known.tools == request.tools and known.messages == messages[:count]:
                return AskedConversation(request, messages, known)
        return AskedConversation(request, messages, None)

    def _with_opaque(self, message: Message) -> Message:
        """What a provider wants back with its own message, which most programs do not send back."""
        if message.role != "assistant":
            return message
        for known in reversed(self._known):
            said = known.messages[-1]
            if said.opaque and (said.text, said.tool_calls) == (message.text, message.tool_calls):
                return said
        return message

    # ---- the journal ----

    def _read_journal(self, first_index: int) -> None:
        """Replies of this stage from `first_index` on: the agent may have been started before."""
        self._first = self._next = first_index
        found: list[tuple[int, Mapping[str, Any]]] = []
        for key, reply in self.work.run.journal.state.replies.items():
            if key.startswith(f"{self.work.id}/code/") and reply["index"] >= first_index:
                found.append((reply["index"], reply))
        for index, reply in sorted(found, key=lambda each: each[0]):
            self._unused[reply["digest"]].append(index)
            self._next = index + 1

    async def _keep(self, conversation: AskedConversation, index: int) -> None:
        """What the agent says for the first time, such as what its own tools have shown."""
        if not conversation.answered:
            return  # what a conversation begins with is kept with the call
        new = [each.model_dump(mode="json") for each in conversation.messages[conversation.told :]]
        blob = self.work.run.blobs.put(json.dumps(new, ensure_ascii=False).encode())
        key = f"{self.work.id}/code/{index}"
        await self._say("agent_said", key=key, after=conversation.told, messages=blob)

    async def _settle_open_calls(self) -> None:
        """Calls that the agent did not wait for, and that did not end in time: billed at most in full."""
        ledger = self.work.run.journal.state.ledger
        for key in sorted(self._asked):
            with contextlib.suppress(KeyError):
                bound = ledger.open_calls[key][1].model_copy(update={"upper_bound": True})
                usage = bound.model_dump(mode="json")
                await self._say("cut", key=key, usage=usage, reason="the agent ended before the reply came")
