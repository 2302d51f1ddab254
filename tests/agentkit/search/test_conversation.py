from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.messages import CallPosition, Message, ToolOffer
from agentkit.search.conversation import Conversation, opening

messages = st.builds(Message, role=st.sampled_from(["user", "assistant", "tool"]), text=st.text(max_size=20))


@given(st.lists(messages, max_size=6), st.lists(messages, max_size=6))
def test_the_digest_is_of_the_content_however_it_was_built(one: list[Message], other: list[Message]) -> None:
    built = Conversation([])
    for message in one:
        built.add(message)
    assert built.digest == Conversation(one).digest
    assert (Conversation(other).digest == built.digest) == (one == other)


def test_the_tools_on_offer_are_part_of_the_digest() -> None:
    offer = ToolOffer(name="x", description="y", parameters={})
    assert Conversation([]).digest != Conversation([], [offer]).digest


def test_a_request_holds_the_messages_of_its_moment() -> None:
    conversation = Conversation(opening("s", "u"))
    position = CallPosition(attempt="a1", operator="draft", nth=0, stage="code", index=0)
    request = conversation.request(position)
    conversation.add(Message(role="assistant", text="later"))
    assert [each.text for each in request.messages] == ["s", "u"]
    assert position.key == "a1/code/0"
