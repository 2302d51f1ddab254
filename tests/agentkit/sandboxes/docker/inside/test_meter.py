from __future__ import annotations

import time
from pathlib import Path

from agentkit.sandboxes.docker.inside.meter import Meter, fields, read


def test_fields_are_names_and_numbers(tmp_path: Path) -> None:
    (tmp_path / "memory.events").write_text("low 0\noom_kill 3\nfull avg10=0.00 total=7\nname text\n")
    assert fields(str(tmp_path / "memory.events")) == {"low": 0, "oom_kill": 3}
    assert fields(str(tmp_path / "missing")) == {}
    assert read(str(tmp_path / "missing")) == ""


def test_cpu_time_of_this_process_is_not_counted() -> None:
    meter = Meter()
    before = meter.seconds()
    if before is None:
        return  # nobody counts here, and it says so
    own = time.process_time()
    while time.process_time() < own + 0.2:
        pass
    after = meter.seconds()
    assert after is not None
    assert after >= before - 0.05  # others may have run meanwhile
