"""What a saved model says beside what was printed; measurements are made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Import = Callable[[str], Any]


@pytest.fixture
def weigh(originals: Import, module: Import) -> Callable[..., Any]:
    def run(found: Any, printed: float) -> Any:
        findings = module("training").Findings(status="valid", reason="printed")
        trust = "claimed"
        try:
            rules = originals("rules").SavedRules(apart=0.02)
            trust = originals("cross_checks").weigh_saved(found, printed, rules, findings)
        except module("training").Refused as refused:
            findings.status, findings.reason = refused.status, refused.reason
        return findings, trust

    return run


def test_a_saved_model_verifies_refutes_or_says_nothing(weigh: Callable[..., Any], originals: Import) -> None:
    measured = originals("verifying").Measured
    found, trust = weigh(measured(3.30, 0.01), 3.28)
    assert (found.status, trust, found.flags) == ("valid", "verified", [])
    assert found.metrics == {"saved_loss": 3.30, "saved_loss_error": 0.01}
    found, trust = weigh(measured(6.30, 0.01), 3.28)
    assert (found.status, trust) == ("flagged", "claimed")
    assert [flag.code for flag in found.flags] == ["printed_loss_differs"]
    assert "printed loss 3.2800, 6.3000 ± 0.0100 measured" in found.reason
    found, trust = weigh(measured(3.28, 0.01, breach="it saw what comes"), 3.28)
    assert (found.status, trust) == ("flagged", "claimed"), "a loss that agrees is no excuse"
    assert [flag.code for flag in found.flags] == ["looks_ahead"]
    found, trust = weigh(measured(lack="it saved no model"), 3.28)
    assert (found.status, trust, found.flags, found.metrics) == ("valid", "claimed", [], {})
    assert found.reason == "printed; not verified: it saved no model"
