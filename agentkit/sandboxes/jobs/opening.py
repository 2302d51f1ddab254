"""Opening a sandbox again, by its name, in another process. Whether it works was found out before."""

from __future__ import annotations

from agentkit.contracts.sandbox import Sandbox


def open_sandbox(name: str) -> Sandbox:
    """Each is imported only when asked for: a supervisor has to start fast."""
    if name == "local":
        from agentkit.sandboxes.local import LocalSandbox

        return LocalSandbox()
    if name == "bubblewrap":
        from agentkit.sandboxes.bubblewrap import BubblewrapSandbox

        return BubblewrapSandbox()
    from agentkit.sandboxes.choose import choose_sandbox

    return choose_sandbox(name, trusted=False)
