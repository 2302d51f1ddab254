from __future__ import annotations

import os

from agentkit.sandboxes.gpus.holder import Holder, this_place, this_process
from agentkit.sandboxes.process_tree import Identity, look


def test_this_process_is_known_for_good() -> None:
    holder = this_process("run", "a3 training", "JOB=1")
    sight = look(os.getpid())
    assert sight is not None
    assert (holder.pid, holder.started) == sight.identity
    assert holder.place == this_place() != ""


def test_it_comes_back_from_a_file_as_it_was() -> None:
    holder = this_process("run").model_copy(update={"root": Identity(7, 9), "container": "c"})
    again = Holder.model_validate_json(holder.model_dump_json())
    assert again == holder and isinstance(again.root, Identity)
