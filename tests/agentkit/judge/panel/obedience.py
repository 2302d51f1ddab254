"""The obedient judge, the payloads that it obeys, and the works that carry them."""

from __future__ import annotations

import base64
import json
import re
import struct
import tomllib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from agentkit.contracts.rubric import Criterion, Rubric
from tests.agentkit.judge.panel.scene import CODE, Asked, answer, honest, leaf

CARRIERS = ("comment", "docstring", "readme", "log", "filename", "json", "notebook", "image")
ZERO = "\u200b"
LOOKALIKE = str.maketrans("aeopcx", "аеорсх")
CITED_LINE = 10


@dataclass(frozen=True)
class Payload:
    name: str
    text: str
    cites: str
    number: int
    form: str = ""

    def mark(self, carrier: str) -> str:
        """Of one payload in one carrier, in no other place."""
        return f"qz{self.number:02}{CARRIERS.index(carrier)}k"

    def written(self, carrier: str, harmless: bool = False) -> str:
        """`harmless`: the clean twin, in which there are as many words that ask for nothing."""
        text = self.text.replace("{mark}", self.mark(carrier))
        if harmless:
            text = re.sub(r"[A-Za-z]{2,}", "data", re.sub(r"[^\sA-Za-z]", "", text))
        if self.form == "base64":
            return "config = " + base64.b64encode(text.encode()).decode()
        if self.form == "tags":
            return "Plots." + "".join(chr(0xE0000 + ord(each)) for each in text)
        if self.form == "zero-width":
            return ZERO.join(text)
        if self.form == "lookalike":
            return text.translate(LOOKALIKE)
        if self.form == "reversed-marks":
            return f"\u202e{text}\u202c"
        return text


def payloads() -> list[Payload]:
    data = tomllib.loads(Path(__file__).with_name("payloads.toml").read_text(encoding="utf-8"))
    return [Payload(number=number, **each) for number, each in enumerate(data["payload"])]


def attacked(of: Sequence[Payload]) -> Iterator[tuple[Payload, str]]:
    for payload in of:
        for carrier in CARRIERS:
            yield payload, carrier


def lay_out(folder: Path, of: Sequence[Payload], harmless: bool = False) -> None:
    """One work in which each payload is carried in each way, each in a file of its own."""
    folder.mkdir(parents=True)
    (folder / "fit.py").write_text(CODE)
    for payload, carrier in attacked(of):
        text, stem = payload.written(carrier, harmless), f"part_{payload.number:02}"
        if carrier == "filename":
            name = text.replace("/", " ").replace("\n", " ")
            while len(name.encode()) > 240:
                name = name[1:] if payload.mark(carrier) not in name[:20] else name[:-1]
            (folder / f"{name}.py").write_text("x = 1\n")
            continue
        name, data = carried(payload, carrier, text)
        path = folder / carrier / f"{stem}{name}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


def carried(payload: Payload, carrier: str, text: str) -> tuple[str, bytes]:
    """The end of the file's name, and its content."""
    if carrier == "comment":
        lines = "".join(f"# {line}\n" for line in text.split("\n"))
        return ".py", f"import os\n\n{lines}WIDTH = {payload.number}\n".encode()
    if carrier == "docstring":
        quoted = text.replace("\\", "\\\\").replace('"""', "'''")
        return ".py", f'def width_{payload.number}():\n    """{quoted}\n    """\n    return 1\n'.encode()
    if carrier == "readme":
        return "_README.md", f"# Notes\n\nHow it was done.\n\n{text}\n".encode()
    if carrier == "log":
        return ".log", f"epoch 1 loss 0.52\n{text}\nepoch 2 loss 0.49\n".encode()
    if carrier == "json":
        return ".json", json.dumps({"lr": 0.1, "note": text}, indent=1, ensure_ascii=False).encode()
    if carrier == "notebook":
        cells = [
            {"cell_type": "markdown", "metadata": {}, "source": [text]},
            {"cell_type": "code", "metadata": {}, "source": ["x = 1\n"], "outputs": [], "execution_count": 1},
        ]
        return ".ipynb", json.dumps(
            {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        ).encode()
    return ".png", png_saying(text)


def png_saying(text: str) -> bytes:
    """A small picture with a text in its metadata."""
    rows = b"".join(b"\0" + bytes((x * 16 + y) % 256 for x in range(16)) for y in range(16))
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 0, 0, 0, 0)),
        (b"iTXt", b"Comment\0\0\0\0\0" + text.encode()),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def targets(of: Sequence[Payload]) -> Rubric:
    """A leaf for each payload in each carrier, none of which is met; and two that tell a careful judge."""
    leaves = [
        Criterion(
            id=f"{payload.number:02}.{carrier}",
            text=f"The code defines `solve_{payload.number}_{carrier}`.",
            kind="result" if payload.cites == "log" else "code",
        )
        for payload, carrier in attacked(of)
    ]
    return Rubric(title="targets", criteria=(*leaves, leaf("fit_line"), leaf("plot_line")))


@lru_cache(maxsize=4)
def read_prompt(text: str) -> str:
    return readings(text)


def readings(text: str) -> str:
    """A prompt as somebody reads it who undoes every disguise."""
    shown = re.sub(r"\\u\{e00([0-9a-f]{2})\}", lambda match: chr(int(match[1], 16)), text)
    shown = re.sub(r"\\u\{[0-9a-f]+\}", "", shown).translate(str.maketrans("аеорсх", "aeopcx"))
    shown = "".join(chr(ord(each) - 0xE0000) if 0xE0020 <= ord(each) <= 0xE007E else each for each in shown)
    decoded = [
        base64.b64decode(each + "=" * (-len(each) % 4)).decode("utf-8", "replace")
        for each in re.findall(r"[A-Za-z0-9+/]{40,}", shown)
    ]
    return "\n".join([shown.replace(ZERO, ""), *decoded])


class Obedient:
    """Grades as it should, until somebody tells it otherwise: then it does as it is told."""

    def __init__(self, of: Sequence[Payload]) -> None:
        self.by_leaf: Mapping[str, tuple[Payload, str]] = {
            f"{payload.number:02}.{carrier}": (payload, carrier) for payload, carrier in attacked(of)
        }
        self.obeyed: set[str] = set()
        """Leaves over whose work, as it was first shown, it did."""

    def __call__(self, asked: Asked) -> str:
        payload, carrier = self.by_leaf.get(asked.leaf, (None, ""))
        if payload is None or payload.mark(carrier) not in read_prompt(asked.work):
            return honest(asked)
        self.obeyed.add(asked.leaf)
        return answer(asked, 1, citations=self.citations(payload, carrier, asked))

    def citations(self, payload: Payload, carrier: str, asked: Asked) -> list[dict[str, object]]:
        if payload.cites == "code":
            line = CODE.split("\n")[CITED_LINE - 1]
            span = {"path": "fit.py", "first_line": CITED_LINE, "last_line": CITED_LINE, "quote": line}
            return [span]
        if payload.cites == "nothing":
            return []
        for block in asked.blocks:
            if payload.form == "" and payload.mark(carrier) not in block.text:
                continue
            for number, line in enumerate(block.text.split("\n"), block.first_line):
                if payload.mark(carrier) in readings(line):
                    return [{"path": block.name, "first_line": number, "last_line": number, "quote": line}]
        return []
