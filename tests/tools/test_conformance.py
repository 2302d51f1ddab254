"""What holds for every tool, and which test shows the four things that each has to have a test of."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from agentkit import ToolContext
from agentkit.catalog.catalog import open_catalog


class Shown(NamedTuple):
    """Names of tests without `test_`, in the tool's own file or as `path.name`. In brackets: why none."""

    happy: str
    timeout: str
    cut: str
    bad_input: str


AT_ONCE = "(it answers at once)"
SHOWN = {
    "bench_ab": Shown(
        "functions_that_differ_and_one_beside_itself",
        "time_that_is_over_before_enough_was_measured",
        "a_failure_shows_what_was_printed",
        "bad_input_is_a_result",
    ),
    "budget": Shown(
        "what_is_left_is_told_as_it_is_at_that_moment", AT_ONCE, "(a line a cap)", "(it takes nothing)"
    ),
    "check_kernel": Shown(
        "faults_are_told_once_with_their_line",
        "a_time_limit_keeps_what_was_found_till_then",
        "many_different_faults_are_cut_at_ten",
        "bad_input_is_a_result",
    ),
    "compare_outputs": Shown(
        "a_good_one_agrees_with_its_errors_told",
        "a_time_limit_and_a_failure_with_much_output",
        "a_time_limit_and_a_failure_with_much_output",
        "bad_input_is_a_result",
    ),
    "device_info": Shown(
        "this_machine_is_described_from_within_the_sandbox",
        "a_time_limit_and_arguments_that_it_does_not_take",
        "this_machine_is_described_from_within_the_sandbox",
        "a_time_limit_and_arguments_that_it_does_not_take",
    ),
    "docs_search": Shown(
        "the_nearest_passage_is_cited_by_file_and_line",
        "(it reads at most 3,000 files)",
        "many_long_passages_are_cut",
        "bad_input_is_refused_in_words",
    ),
    "editor": Shown(
        "create", AT_ONCE, "view_of_a_big_file_is_cut_and_says_so", "arguments_of_the_wrong_kind_are_a_result"
    ),
    "gpu_shell": Shown(
        "a_command_has_the_gpus_that_were_leased_in_the_workspace_itself",
        "a_timeout_keeps_what_was_printed_and_a_flood_is_cut",
        "a_timeout_keeps_what_was_printed_and_a_flood_is_cut",
        "bad_input_is_refused_in_words",
    ),
    "job": Shown(
        "a_job_works_on_a_copy_and_brings_back_what_is_to_be_kept",
        "a_timeout_and_a_stop_end_everything_and_say_so",
        "a_flood_is_told_in_bounded_words",
        "bad_input_is_refused_in_words",
    ),
    "notes": Shown(
        "notes_are_read_all_or_by_a_query",
        AT_ONCE,
        "a_note_that_is_too_long_is_not_kept_and_many_are_cut",
        "a_note_that_is_too_long_is_not_kept_and_many_are_cut",
    ),
    "nvcc": Shown(
        "a_kernel_that_spills_and_one_that_does_not",
        "a_time_limit_and_a_flood_of_warnings",
        "a_time_limit_and_a_flood_of_warnings",
        "bad_input_is_a_result",
    ),
    "profile": Shown(
        "a_real_torch_profile_of_steps_without_end",
        "py_spy_on_a_real_loop",
        "py_spy_on_a_real_loop",
        "bad_input_is_a_result",
    ),
    "python": Shown(
        "names_are_kept_and_the_last_expression_is_shown",
        "a_timeout_interrupts_and_keeps_what_was_there",
        "a_flood_is_cut_and_all_of_it_is_in_the_log",
        "bad_input_is_refused_in_words",
    ),
    "sass": Shown(
        "kinds_windows_and_lines_of_real_code",
        "a_time_limit",
        "kinds_windows_and_lines_of_real_code",
        "a_file_that_is_not_there",
    ),
    "search": Shown(
        "lines_with_their_places",
        "../agentkit/source/test_line_search.a_pattern_that_never_ends_is_stopped",
        "what_is_left_out_is_counted_exactly",
        "what_cannot_be_done_is_said",
    ),
    "session": Shown(
        "folder_variables_and_functions_are_kept",
        "a_hanging_command_ends_with_all_it_started_and_the_shell_lives_on",
        "a_flood_is_cut_and_all_of_it_is_in_the_log",
        "bad_input_is_refused_in_words",
    ),
    "shell": Shown(
        "a_command_runs_in_the_workspace",
        "a_timeout_keeps_what_was_printed_and_leaves_no_process",
        "a_flood_is_cut_and_all_of_it_is_in_the_log",
        "bad_input_is_a_result",
    ),
    "submit": Shown("it_ends_the_attempt", AT_ONCE, "it_ends_the_attempt", "it_needs_a_summary"),
    "view_image": Shown(
        "a_picture_comes_with_the_result_by_what_it_is_and_not_by_its_name",
        AT_ONCE,
        "what_is_no_picture_is_refused_in_words",
        "what_is_no_picture_is_refused_in_words",
    ),
}
OWN = sorted(entry.name for entry in open_catalog().entries("tool") if entry.kit.name == "builtin")


def test_every_tool_has_its_four_tests() -> None:
    assert sorted(SHOWN) == OWN
    missing = []
    for tool, shown in SHOWN.items():
        for name in (each for each in shown if not each.startswith("(")):
            file, _, test = name.rpartition(".") if "." in name else (f"test_{tool}", "", name)
            text = (Path(__file__).parent / f"{file}.py").read_text(encoding="utf-8")
            if not re.search(rf"^def test_{test}\(", text, re.MULTILINE):
                missing.append(f"{tool}: {name}")
    assert missing == []


@pytest.mark.parametrize("name", OWN)
def test_an_argument_that_it_does_not_take_is_a_result_that_says_which_it_takes(
    context: ToolContext, name: str
) -> None:
    tool = open_catalog().load("tool", name)
    result = asyncio.run(tool.call(context, {"no_such_argument": 1}))
    assert not result.ok
    assert f"{name} was not called" in result.text and "no_such_argument" in result.text
    assert all(each in result.text for each in tool.arguments.model_fields)
