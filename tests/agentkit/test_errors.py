from hypothesis import given
from hypothesis import strategies as st

from agentkit import errors
from agentkit.errors import AgentkitError, BadFile, UnknownName, nearest

names = st.text("ab/-1", max_size=6)


def test_facts_follow_the_message_one_a_line_and_empty_ones_are_left_out() -> None:
    error = AgentkitError("It broke.", "Found: x", "", "Next: y")
    assert str(error) == "It broke.\n  Found: x\n  Next: y"
    assert (error.message, error.lines) == ("It broke.", ("Found: x", "Next: y"))


def test_each_kind_of_end_has_its_own_exit_code() -> None:
    """A script tells them apart; a kind without a code of its own ends like its family."""
    codes = {
        name: kind.exit_code
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, AgentkitError)
    }
    assert codes["AgentkitError"] == codes["BadFile"] == codes["BrokenPlugin"] == 1
    assert codes["UsageError"] == codes["UnknownName"] == 2
    assert codes["MissingRequirement"] == 3
    assert codes["RunProblem"] == 4
    assert codes["RunFailed"] == 5
    assert codes["ModelProblem"] == codes["ContextOverflow"] == codes["TranscriptEnded"] == 6
    assert codes["BudgetSpent"] == 7
    assert 0 not in codes.values()


def test_an_unknown_name_says_what_is_near_what_is_known_and_what_to_type() -> None:
    error = UnknownName("scaffold", "adie", ["react", "aide", "aide"], ["here", "there"], "agentkit list")
    assert str(error).splitlines() == [
        "There is no scaffold 'adie'.",
        "  Did you mean: aide?",
        "  Known: aide, react",
        "  Looked in: here; there",
        "  Next: agentkit list",
    ]
    assert error.near == ["aide"]


def test_an_unknown_name_of_nothing_known_offers_nothing() -> None:
    assert str(UnknownName("tool", "x", [])) == "There is no tool 'x'.\n  None is known."


def test_a_long_list_of_known_names_is_cut() -> None:
    text = str(UnknownName("task", "zzz", [f"t{number:02}" for number in range(41)]))
    assert "t39 …" in text
    assert "t40" not in text


def test_a_bad_file_names_the_place_the_wish_and_the_find() -> None:
    assert str(BadFile("task.toml", "metric.name", "a text", "3", "Next: mend it")).splitlines() == [
        "task.toml has a mistake at 'metric.name'.",
        "  Expected: a text",
        "  Found: 3",
        "  Next: mend it",
    ]
    assert str(BadFile("task.toml", "", "TOML", "?")).startswith("task.toml has a mistake.")


def test_the_last_part_of_a_path_is_enough_to_be_near() -> None:
    known = ["a-very-long-benchmark-name/record12", "kernels/softmax"]
    assert nearest("recrod12", known) == ["a-very-long-benchmark-name/record12"]
    assert nearest("wrong/softmaks", known) == ["kernels/softmax"]


@given(names, st.lists(names), st.integers(1, 4))
def test_near_names_are_known_ones_without_repeats_the_exact_one_first(
    name: str, known: list[str], count: int
) -> None:
    near = nearest(name, known, count)
    assert set(near) <= set(known)
    assert len(near) == len(set(near)) <= count
    if name in known:
        assert near[0] == name
