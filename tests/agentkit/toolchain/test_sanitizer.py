"""The reports are of our own making, after the manual: no GPU was at hand."""

from agentkit.toolchain.sanitizer import findings, verdict

MEMCHECK = """\
========= COMPUTE-SANITIZER
{}========= Program hit cudaErrorLaunchFailure (error 719) on a CUDA API call.
=========     Saved host backtrace up to driver entry point at error
=========         Host Frame: main [0x1]
=========
========= ERROR SUMMARY: 4 errors
"""
WRITE = """\
========= Invalid __global__ write of size 4 bytes
=========     at add(float *, int)+0x70 in /src{0}/k.cu:5
=========     by thread ({1},0,0) in block (2,0,0)
=========     Address 0x7f00a{1}0 is out of bounds
=========     and is {1} bytes after the nearest allocation at 0x7f00 of size 128 bytes
=========     Saved host backtrace up to driver entry point at kernel launch time
=========         Host Frame: at other()+0x1 in x.cu:9
=========
"""
RACE = """\
========= COMPUTE-SANITIZER
========= Error: Race reported between Write access at sum(int*)+0x90 in r.cu:12
=========     and Read access at sum(int*)+0xd0 in r.cu:14 [124 hazards]
=========
========= RACECHECK SUMMARY: 1 hazard displayed (1 error, 0 warnings)
"""
OLD = """\
========= Uninitialized __global__ memory read of size 4
=========     at 0x70 in k.cu:8:scale(float*)
=========     by thread (1,0,0) in block (0,0,0)
========= ERROR SUMMARY: 1 error
"""


def test_one_fault_of_many_threads_is_one_finding_with_its_line() -> None:
    printed = MEMCHECK.format("".join(WRITE.format("", thread) for thread in (1, 2, 3)))
    write, hit = findings(printed)
    assert write.count == 3
    assert write.places == ("/src/k.cu:5 in add",)
    assert write.example.startswith("thread (1,0,0) of block (2,0,0); Address … is out of bounds")
    assert "Invalid __global__ write of size 4 bytes (3 times): /src/k.cu:5 in add" in write.text
    assert hit.message.startswith("Program hit cudaErrorLaunchFailure")
    assert verdict(printed) == "4 errors"


def test_a_race_has_both_ends() -> None:
    (race,) = findings(RACE)
    assert race.places == ("r.cu:12 in sum", "r.cu:14 in sum")
    assert verdict(RACE).startswith("1 hazard")


def test_the_older_way_to_tell_a_place() -> None:
    (found,) = findings(OLD)
    assert found.places == ("k.cu:8 in scale",)


def test_what_is_fine_or_did_not_run_has_no_finding() -> None:
    assert findings("========= COMPUTE-SANITIZER\nall well\n========= ERROR SUMMARY: 0 errors\n") == []
    assert verdict("segmentation fault") == ""
