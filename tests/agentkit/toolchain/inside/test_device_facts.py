from pathlib import Path

from agentkit.toolchain.inside.device_facts import caches, gpu


def test_caches_are_read_from_the_systems_files(tmp_path: Path) -> None:
    for number, (level, kind, size) in enumerate((("1", "Data", "48K"), ("2", "Unified", "2048K"))):
        place = tmp_path / f"index{number}"
        place.mkdir()
        for name, value in (("level", level), ("type", kind), ("size", size)):
            (place / name).write_text(f"{value}\n")
    (tmp_path / "index9").mkdir()
    assert caches(tmp_path) == {"L1d": "48K", "L2": "2048K"}


def test_peaks_are_those_of_the_white_papers() -> None:
    class H100:
        """What torch tells of an H100 SXM; not seen on one."""

        name, major, minor = "H100", 9, 0
        multi_processor_count, total_memory = 132, 80 * 2**30
        clock_rate, memory_clock_rate, memory_bus_width = 1_830_000, 2_619_000, 5120

    facts = gpu(H100())
    assert abs(facts["fp16_tensor_tflops"] - 989) <= 2
    assert abs(facts["theoretical_gb_per_s"] - 3352) <= 2
    assert "l2_mib" not in facts
