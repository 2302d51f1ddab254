"""Compile CUDA, and tell what is wrong and what each kernel uses."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentkit import ToolContext, ToolResult, Truncated, tool
from agentkit.contracts.jobs import NO_GPUS, GpuRequest
from agentkit.source.excerpt import LIMIT, cut_line, excerpt, printable
from agentkit.source.paths import INSIDE, Place, Refused, list_files, locate, require_editable
from agentkit.source.textfile import read_text
from agentkit.toolbox.command import facts, gpu_facts, how_it_ended, log_name, refused, run_logged
from agentkit.toolchain.build_cache import Built, keep, recall
from agentkit.toolchain.diagnostics import Diagnostic, counted, diagnostics
from agentkit.toolchain.inline_sources import inline_cuda
from agentkit.toolchain.kernel_names import written_names
from agentkit.toolchain.kernel_table import kernel_rows, kernel_table
from agentkit.toolchain.nvcc_command import TORCH, Compilation, cache_key, read_arches
from agentkit.toolchain.programs import find_programs
from agentkit.toolchain.ptxas import kernel_uses

SHOWN_ERRORS = 12
SHOWN_WARNINGS = 6


@tool
async def nvcc(
    context: ToolContext,
    files: list[str],
    arch: str = "native",
    options: str = "",
    block_sizes: tuple[int, ...] = (128, 256, 512),
    output: str = "",
    timeout_seconds: float = 300,
) -> ToolResult:
    """Compile CUDA: errors; registers, shared memory, spills and occupancy of each kernel.

    files: .cu, .ptx, .py with load_inline, Triton dump folder
    arch: native, sm_90a or 80,90
    output: .cubin .ptx .so …; empty only checks
    """
    began = time.monotonic()
    try:
        plan, includes = await planned(context, files, arch, tuple(split_words(options)), output)
        done = await build(context, plan, includes, timeout_seconds)
        names = await written_names(context, [use.name for use in kernel_uses(done.printed)])
        result = told(plan, done, names, block_sizes)
    except Refused as refusal:
        result = refused(str(refusal))
    return result.model_copy(update={"seconds": round(time.monotonic() - began, 4)})


async def planned(
    context: ToolContext, files: list[str], arch: str, options: tuple[str, ...], output: str
) -> tuple[Compilation, tuple[str, ...]]:
    """The compilation, and folders of headers that it needs besides."""
    arches = read_arches(arch)
    folder = context.workspace.folder
    if output:
        require_editable(locate(folder, output), context.editable)
        output = locate(folder, output).name
    if not files:
        raise Refused("nvcc needs a file.")
    found = [each for name in files for each in sources(context, name)]
    texts = {each.name: read_text(each).text for each in found}
    inline = "".join(inline_of(name, text) for name, text in texts.items() if name.endswith(".py"))
    names = tuple(name for name in texts if not name.endswith(".py"))
    if output.endswith((".cubin", ".ptx")) and (len(arches) > 1 or len(names) + bool(inline) > 1):
        raise Refused(f"{output} holds one file for one architecture; make a .fatbin, .o or .so of several.")
    programs = await find_programs(context)
    programs["nvcc"]
    torch = bool(inline) or any(TORCH.search(text) for text in texts.values())
    return Compilation(names, arches, options, output, inline), programs.includes if torch else ()


def split_words(options: str) -> list[str]:
    try:
        return shlex.split(options)
    except ValueError as error:
        raise Refused(f"options cannot be taken apart: {error}.") from error


def sources(context: ToolContext, name: str) -> list[Place]:
    place = locate(context.workspace.folder, name)
    if place.path.is_dir():
        found = list(list_files(place, "*.ptx"))
        if not found:
            raise Refused(f"{name} is a folder without a .ptx file: name the sources in it.")
        return found
    if not place.path.exists():
        raise Refused(f"There is no {name} in the workspace. `search files` lists what is there.")
    return [place]


def inline_of(name: str, text: str) -> str:
    try:
        inline = inline_cuda(text, name)
    except SyntaxError as error:
        raise Refused(f"{name} is no Python: {error}.") from error
    if not inline:
        raise Refused(f"{name} hands no CUDA text to load_inline (cuda_sources must be a literal).")
    return inline


@dataclass(frozen=True)
class Build:
    """How a compilation ended, now or in an earlier call."""

    exit_code: int
    log: Path
    printed: str
    seconds: float
    ended: str = ""
    """Where it did not end by itself: how."""
    facts: Mapping[str, object] = field(default_factory=dict)
    gpu: Mapping[str, object] | None = None


async def build(context: ToolContext, plan: Compilation, includes: tuple[str, ...], seconds: float) -> Build:
    programs = await find_programs(context)
    own, newer = programs.first("ptxas", "triton's ptxas"), programs.first("triton's ptxas", "ptxas")
    argv = plan.argv(programs["nvcc"], includes, (own, newer) if own and newer else None)
    product = context.workspace.folder / plan.output if plan.output else None
    # Which GPU is here is no part of the command, so what is made for it is made anew.
    key = "" if plan.native else cache_key(context.workspace.folder, plan, argv)
    if key and (built := recall(context.logs, key, product)):
        log = context.logs / built.log
        more = {"cached": True, "log": log_name(log), "exit_code": built.exit_code}
        return Build(built.exit_code, log, text_of(log), built.seconds, facts=more)
    if plan.native and context.jobs is None:
        raise Refused("No GPU is to be had here, so name the architecture: arch='sm_90', for example.")
    gpus = GpuRequest(count=1, exclusive=False) if plan.native else NO_GPUS
    ran = await run_logged(context, "nvcc", argv, seconds, gpus=gpus)
    result = ran.result
    code = -1 if result.exit_code is None else result.exit_code
    finished = result.status in ("ok", "failed") and code >= 0
    if key and finished:
        keep(context.logs, key, Built(ran.log.name, code, result.seconds), product)
    ended = "" if finished else how_it_ended(ran)
    more = {"cached": False, **facts(ran)}
    return Build(code, ran.log, text_of(ran.log), result.seconds, ended, more, gpu_facts(ran))


def text_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


def told(plan: Compilation, done: Build, names: Mapping[str, str], sizes: tuple[int, ...]) -> ToolResult:
    faults = diagnostics(done.printed, is_users)
    errors, warnings = counted(faults, "error"), counted(faults, "warning")
    rows = kernel_rows(kernel_uses(done.printed), names, sizes)
    ok = done.exit_code == 0 and not done.ended
    head = heading(plan, done, ok, errors, warnings, rows)
    lines = [head, *fault_lines(faults), *kernel_table(rows, sizes)]
    if not ok and not errors:
        lines.append(excerpt(done.printed, 2000))
    shown = printable("\n".join(lines))
    text = excerpt(shown, LIMIT - 200)
    name = log_name(done.log)
    return ToolResult(
        ok=ok,
        summary=cut_line(head, 200),
        text=f"{text}\n[All that was printed is in {name}.]",
        data={
            **done.facts,
            "errors": [fault_data(each) for each in faults if each.severity == "error"][:50],
            "warnings": [fault_data(each) for each in faults if each.severity == "warning"][:50],
            "kernels": rows[:100],
        },
        truncated=Truncated(from_chars=len(done.printed), kept=len(text), full_log=name),
        gpu=done.gpu,
        next_hint=advice(plan, ok, rows),
    )


def is_users(file: str) -> bool:
    """Sources are named as they were given, from the workspace on; a toolkit's headers by their full path."""
    return not file.startswith("/") or file.startswith(f"{INSIDE}/")


def heading(
    plan: Compilation, done: Build, ok: bool, errors: int, warnings: int, rows: Sequence[Mapping[str, Any]]
) -> str:
    what = ", ".join((*plan.files, *(["the text for load_inline"] if plan.inline else [])))
    made = f" -> {plan.output}" if plan.output and ok else ""
    again = "; the same as before, from the cache" if done.facts.get("cached") else ""
    if not ok:
        why = done.ended or f"{errors} {plural(errors, 'error')}, {warnings} {plural(warnings, 'warning')}"
        return f"{cut_line(what, 120)} did not compile ({done.seconds:.1f} s{again}): {why}"
    spilling = sum(row["spill_store_bytes"] + row["spill_load_bytes"] > 0 for row in rows)
    counts = (
        f"{len(rows)} {plural(len(rows), 'kernel')}, {spilling} of them spilling" if rows else "no kernel"
    )
    if warnings:
        counts += f", {warnings} {plural(warnings, 'warning')}"
    return f"{cut_line(what, 120)}{made} compiled ({done.seconds:.1f} s{again}): {counts}"


def fault_lines(faults: Sequence[Diagnostic]) -> list[str]:
    shown: list[str] = []
    for severity, most in (("error", SHOWN_ERRORS), ("warning", SHOWN_WARNINGS)):
        found = [each for each in faults if each.severity == severity]
        shown += [cut_line(each.text, 600) for each in found[:most]]
        if len(found) > most:
            shown.append(f"[… {len(found) - most} more {severity}s …]")
    return shown


def fault_data(each: Diagnostic) -> dict[str, object]:
    return {
        "file": each.file,
        "line": each.line,
        "message": each.message,
        "asked_for_at": each.instantiated_at,
    }


def advice(plan: Compilation, ok: bool, rows: Sequence[Mapping[str, Any]]) -> str:
    if any(row["spill_load_bytes"] for row in rows):
        return "Spills go through local memory: fewer live values, a smaller unroll, or other launch bounds."
    if ok and rows and not plan.output:
        return "Give output='k.cubin' to look at the SASS with the sass tool."
    return ""


def plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
