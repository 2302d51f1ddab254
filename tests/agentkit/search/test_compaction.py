from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.messages import Message
from agentkit.search.compaction import KEPT_OUTPUTS, REPLACED, compact

texts = st.text(alphabet="ab \n", max_size=3000)
messages = st.lists(
    st.builds(Message, role=st.sampled_from(["user", "assistant", "tool"]), text=texts), max_size=25
)


@given(messages, st.integers(1, 20_000))
def test_only_old_tool_outputs_change_and_all_of_each_is_kept(before: list[Message], excess: int) -> None:
    kept: dict[int, str] = {}

    def keep(number: int, text: str) -> str:
        kept[number] = text
        return f"log:{number}"

    found = compact(before, excess, keep)
    if found is None:
        assert not kept
        return
    assert len(found.messages) == len(before)
    outputs = [number for number, each in enumerate(before) if each.role == "tool"]
    recent = outputs[-KEPT_OUTPUTS:]
    for number, (old, new) in enumerate(zip(before, found.messages, strict=True)):
        if number in found.replaced:
            assert old.role == "tool"
            assert number not in recent
            assert kept[number] == old.text
            assert f"log:{number}" in new.text
            assert len(new.text) < len(old.text)
        else:
            assert new == old
    assert list(found.replaced) == sorted(found.replaced), "the oldest go first"
    assert found.saved == sum(
        len(old.text) - len(new.text) for old, new in zip(before, found.messages, strict=True)
    )
    again = compact(found.messages, 10**9, keep)
    if again is not None:
        assert not set(again.replaced) & set(found.replaced), "what was put away is not put away twice"


def test_it_stops_when_enough_is_saved() -> None:
    outputs = [Message(role="tool", text=f"{number} " * 1000) for number in range(10)]
    found = compact(outputs, 1500, lambda number, text: "log:x")
    assert found is not None
    assert found.replaced == (0,)
    assert found.messages[0].text.startswith(REPLACED)


def test_where_nothing_is_old_or_long_nothing_is_done() -> None:
    assert compact([Message(role="tool", text="short")] * 20, 10**6, lambda number, text: "log:x") is None
    assert compact([Message(role="tool", text="x" * 9999)] * KEPT_OUTPUTS, 10**6, lambda n, t: "l") is None
