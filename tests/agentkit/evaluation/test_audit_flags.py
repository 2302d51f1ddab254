"""Findings become flags: one a rule, with the places that a reader should look at."""

from __future__ import annotations

from pathlib import Path

from agentkit.evaluation.audit_flags import audit_flags


def test_one_flag_a_rule_with_its_places(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text("import os, gc\n" + "os._exit(0)\n" * 6 + "gc.get_objects()\n")
    flags = {each.code: each.evidence for each in audit_flags(tmp_path)}
    assert list(flags) == ["audit:process_end", "audit:heap_search"]
    assert flags["audit:process_end"].startswith("kernel.py:2: os._exit(0); kernel.py:3: ")
    assert flags["audit:process_end"].endswith("; and 2 more")
    assert flags["audit:heap_search"] == "kernel.py:8: gc.get_objects()"


def test_none_for_honest_code(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text("import numpy as np\nkernel = np.exp\n")
    assert audit_flags(tmp_path) == ()
