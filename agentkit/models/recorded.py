"""Recorded replies instead of a model: of another run (`--replay`), or of any run before (`--cache`)."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from pathlib import Path

from agentkit.contracts.messages import Message, ModelRequest, Reply, Usage
from agentkit.contracts.model import Model, ModelCard, Price
from agentkit.errors import ModelProblem
from agentkit.journal.blobs import Blobs
from agentkit.journal.fold import RunState
from agentkit.models.cards import card_of

DIFFERING_LINES = 40


class Diverged(ModelProblem):
    """A replayed run asks something else than the recorded one did."""


class ReplayModel:
    """Answers as the recorded run was answered, at no cost, until the first request that differs."""

    offers_tools = True
    card = ModelCard(price=Price(input=0.0, output=0.0, source="recorded"))

    def __init__(self, run: str, state: RunState, blobs: Blobs) -> None:
        self.name = f"replay/{run}"
        self.run = run
        self.state = state
        self.blobs = blobs

    async def reply(self, request: ModelRequest) -> Reply:
        """Raises Diverged with what differs; the search ends there and the run is kept like any other."""
        key = request.position.key
        recorded = self.state.replies.get(key)
        if recorded is None:
            known = len(self.state.replies)
            raise Diverged(
                f"The recorded run {self.run} was not asked at {key}; it holds {known} replies.",
                "Up to there both runs are the same.",
            )
        if recorded["digest"] != request.digest:
            raise Diverged(f"This run first differs from {self.run} at {key}.", *self._difference(request))
        return Reply(
            message=Message.model_validate(recorded["message"]),
            usage=Usage(dollars=0.0),
            model=recorded["model"],
            finish_reason=recorded.get("finish_reason", "stop"),
        )

    def _difference(self, request: ModelRequest) -> list[str]:
        digest = self.state.prompts.get(request.position.key)
        if digest is None or digest not in self.blobs:
            return ["What was asked before it is the same; a tool's result since then is not."]
        before = self.blobs.get(digest).decode(errors="replace").splitlines()
        after = "\n\n".join(f"[{each.role}]\n{each.text}" for each in request.messages).splitlines()
        lines = list(difflib.unified_diff(before, after, self.run, "this run", lineterm="", n=1))
        rest = len(lines) - DIFFERING_LINES
        return [*lines[:DIFFERING_LINES], f"… {rest} more lines" if rest > 0 else ""]


class CachedModel:
    """Keeps the replies of a model across runs, by the digest of everything a reply depends on."""

    def __init__(self, model: Model, folder: Path, settings: str = "") -> None:
        """`settings`: what else shapes a reply (temperature, reasoning), as one stable text."""
        self.model = model
        self.folder = folder
        self.settings = settings

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def offers_tools(self) -> bool:
        return self.model.offers_tools

    @property
    def card(self) -> ModelCard:
        return card_of(self.model)

    async def reply(self, request: ModelRequest) -> Reply:
        path = self._path(request)
        try:
            kept = Reply.model_validate_json(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):  # none yet, or one that this version cannot read
            reply = await self.model.reply(request)
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
            draft.write_text(reply.model_dump_json(), encoding="utf-8")
            draft.replace(path)
            return reply
        return kept.model_copy(update={"usage": Usage(dollars=0.0), "seconds": 0.0})

    def _path(self, request: ModelRequest) -> Path:
        schema = json.dumps(request.reply_schema, sort_keys=True)
        parts = (self.name, self.settings, request.digest, str(request.max_tokens), schema)
        key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        return self.folder / key[:2] / f"{key[2:]}.json"
