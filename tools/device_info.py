"""What the machine under the sandbox has: processor, memory, GPUs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentkit import ToolContext, ToolResult, reading_tool
from agentkit.contracts.jobs import NO_GPUS, GpuRequest
from agentkit.errors import AgentkitError
from agentkit.source.paths import Refused
from agentkit.toolbox.command import gpu_facts, how_it_ended, refused
from agentkit.toolchain.inside_program import Asked, ask_inside

SECONDS = 180.0
GPU_LABELS = {
    "capability": "compute capability {}",
    "sms": "{} SMs",
    "clock_mhz": "{} MHz",
    "memory_gib": "{} GiB",
    "theoretical_gb_per_s": "{} GB/s by its bus",
    "measured_gb_per_s": "{} GB/s measured (copy)",
    "measured_bf16_tflops": "{} TFLOP/s bfloat16 measured (matrix product)",
    "l2_mib": "L2 {} MiB",
    "shared_kib_per_sm": "{} KiB shared memory an SM",
    "shared_kib_per_block": "{} KiB at most a block",
    "registers_per_sm": "{} registers an SM",
    "threads_per_sm": "{} threads an SM",
    "fp32_tflops": "{} TFLOP/s float32",
    "fp16_tensor_tflops": "{} TFLOP/s float16 on tensor cores, dense",
}


@reading_tool
async def device_info(context: ToolContext) -> ToolResult:
    """Processor, caches, memory; of GPUs SMs, shared memory, L2, bandwidth (measured), peaks. Asked once."""
    known: ToolResult | None = context.state.get("device_info")
    if known is not None:
        return known
    try:
        asked = await ask(context)
    except (Refused, AgentkitError) as refusal:
        return refused(str(refusal))
    if asked.answer is None:
        return refused(f"The machine could not be asked. {how_it_ended(asked.ran)}\n{asked.printed[-1000:]}")
    result = ToolResult(
        ok=True,
        summary=summary(asked.answer),
        text="\n".join(described(asked.answer)),
        data=asked.answer,
        seconds=asked.ran.result.seconds,
        gpu=gpu_facts(asked.ran),
    )
    context.state["device_info"] = result
    return result


async def ask(context: ToolContext) -> Asked:
    """With one GPU leased for a moment, where there is one."""
    from agentkit.sandboxes.gpus.devices import find_devices, is_fake  # which asks the driver

    devices = [each for each in find_devices() if not is_fake(each.id)]
    wanted = GpuRequest(count=1, exclusive=False) if devices and context.jobs is not None else NO_GPUS
    return await ask_inside(context, "device_info", "device_facts", {}, SECONDS, gpus=wanted)


def summary(answer: Mapping[str, Any]) -> str:
    gpus = [each["name"] for each in answer.get("gpus", ())]
    return f"{answer['cores']} cores, {answer['memory_gib']} GiB; {', '.join(gpus) or 'no GPU'}"


def described(answer: Mapping[str, Any]) -> list[str]:
    caches = ", ".join(f"{name} {size}" for name, size in answer["caches"].items())
    lines = [
        f"{answer['processor']}: {answer['cores']} cores usable; {caches or 'caches not told'}",
        f"vector instructions: {' '.join(answer['flags']) or 'none known'}",
        f"memory: {answer['memory_gib']} GiB, {answer['memory_free_gib']} GiB free",
        f"Python {answer['python']}, torch {answer['torch']}"
        + (f", triton {answer['triton']}" if "triton" in answer else "")
        + (f", CUDA {answer['cuda']}" if answer.get("cuda") else "")
        + (f", {answer['threads']} threads" if "threads" in answer else ""),
    ]
    if answer["measured"]:
        found = answer["measured"]
        lines.append(
            f"measured: {found['bytes'] / 1e9:.1f} GB/s (copy), {found['flops'] / 1e9:.0f} GFLOP/s (float32)"
        )
    for each in answer.get("gpus", ()):
        facts = [label.format(each[key]) for key, label in GPU_LABELS.items() if key in each]
        lines.append(f"GPU {each['name']}: {', '.join(facts)}")
    for each in answer["nvidia_smi"]:
        lines.append("nvidia-smi: " + ", ".join(f"{key} {value}" for key, value in each.items()))
    if not answer.get("gpus"):
        lines.append("No GPU can be used by torch here.")
    return lines
