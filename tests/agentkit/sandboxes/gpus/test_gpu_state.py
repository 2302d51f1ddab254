from __future__ import annotations

from pathlib import Path

from agentkit.sandboxes.gpus.gpu_state import gpu_states, parse_states

ONE, TWO = "GPU-1b2c3d4e-0000-1111-2222-333344445555", "GPU-9f8e7d6c-0000-1111-2222-333344445555"
STATES = f"""\
{ONE}, 1980, 2619, 41, 0, 512, 81559, 00000000:3B:00.0, 0x0000000000000001
{TWO}, 1095, 2619, 88, 100, 62668, 81559, 00000000:5E:00.0, 0x0000000000000048
"""
PROCESSES = f"""\
{TWO}, 4242
{TWO}, 4343
"""


def test_what_both_tables_say() -> None:
    one, two = parse_states(STATES, PROCESSES)
    assert (one.id, one.sm_clock_mhz, one.memory_clock_mhz, one.celsius) == (ONE, 1980, 2619, 41)
    assert (two.memory_used_mib, two.memory_mib, two.bus) == (62668, 81559, "00000000:5E:00.0")
    assert one.throttles == () and one.processes == (), "idling is no fault"
    assert two.throttles == ("hardware", "heat (hardware)") and two.processes == (4242, 4343)


def test_what_a_device_does_not_say_is_not_known() -> None:
    (found,) = parse_states(
        f"{ONE}, [N/A], [Not Supported], 30, [N/A], [N/A], [N/A], 00000000:3B:00.0, [N/A]\n", ""
    )
    assert (found.sm_clock_mhz, found.memory_clock_mhz, found.celsius) == (None, None, 30)
    assert found.throttles == ()


def test_lines_that_are_no_devices_are_none() -> None:
    assert parse_states("No devices were found\n\n", "No running processes found\n") == ()


def program(folder: Path, known: str) -> str:
    """A stand-in for nvidia-smi that knows one of the words for what holds clocks down."""
    path = folder / "nvidia-smi"
    path.write_text(
        f"""#!/bin/sh
case "$1" in
*compute-apps*) printf '{PROCESSES}' ;;
*{known}*) printf '{STATES}' ;;
*) echo 'Field is not a valid field to query.'; exit 2 ;;
esac
"""
    )
    path.chmod(0o755)
    return str(path)


def test_newer_and_older_drivers(tmp_path: Path) -> None:
    for known in ("clocks_event_reasons", "clocks_throttle_reasons"):
        assert len(gpu_states([ONE, TWO], program(tmp_path, known))) == 2
    assert gpu_states([ONE], program(tmp_path, "neither_word")) == ()


def test_stand_ins_are_not_asked_about(tmp_path: Path) -> None:
    assert gpu_states(["fake-0"], program(tmp_path, "clocks_event_reasons")) == ()
    assert gpu_states([], program(tmp_path, "clocks_event_reasons")) == ()
