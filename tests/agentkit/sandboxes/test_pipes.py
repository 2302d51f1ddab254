from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from agentkit.sandboxes.pipes import LogFile, OutputPump, read_until


def test_a_log_ends_at_its_size_and_says_so(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "deep/log", limit=10)
    for _ in range(5):
        log.write(b"1234")
    log.close()
    text = (tmp_path / "deep/log").read_bytes()
    assert text.startswith(b"1234123412\n[agentkit: the log ends here")
    assert text.count(b"ends here") == 1


def test_the_pump_takes_what_is_left_and_does_not_wait_for_the_writer(tmp_path: Path) -> None:
    async def pump() -> str:
        source, held = os.pipe()
        made = OutputPump(source, None, None)
        made.begin()
        os.write(held, b"first ")
        await asyncio.sleep(0.02)
        os.write(held, b"last")
        made.end()
        made.end()
        os.close(held)
        return made.cut.finish()

    assert asyncio.run(pump()) == "first last"


def test_reading_until_a_mark() -> None:
    async def read(*pieces: bytes) -> tuple[bytes, bool]:
        source, sink = os.pipe()

        async def write() -> None:
            for piece in pieces:
                os.write(sink, piece)
                await asyncio.sleep(0.005)
            os.close(sink)

        writing = asyncio.create_task(write())
        found = await read_until(source, b"MARK")
        await writing
        os.close(source)
        return found

    assert asyncio.run(read(b"before MA", b"RK")) == (b"before ", True)
    assert asyncio.run(read(b"only ", b"words")) == (b"only words", False)
    assert asyncio.run(read()) == (b"", False)


def test_a_pump_whose_log_cannot_be_written_keeps_nothing_open(tmp_path: Path) -> None:
    async def pump() -> None:
        source, held = os.pipe()
        os.close(held)
        with pytest.raises(FileExistsError):
            OutputPump(source, tmp_path / "file/log", None)
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(source)

    (tmp_path / "file").touch()
    asyncio.run(pump())


def test_a_full_disk_does_not_keep_the_pipe_open() -> None:
    async def pump() -> None:
        source, held = os.pipe()
        made = OutputPump(source, Path("/dev/full"), None)
        os.write(held, b"more")
        with pytest.raises(OSError, match="No space left"):
            made.end()
        os.close(held)
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(source)

    asyncio.run(pump())
