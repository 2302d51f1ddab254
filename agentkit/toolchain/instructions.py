"""Instructions: what kind of work one SASS or PTX instruction is, and how many of each a kernel has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal

Work = Literal["tensor", "fp", "int", "memory", "convert", "move", "warp", "control", "sync", "other"]
ORDER: tuple[Work, ...] = (
    "tensor", "fp", "int", "memory", "convert", "move", "warp", "control", "sync", "other",
)  # fmt: skip

SASS: tuple[tuple[Work, str], ...] = (
    ("tensor", r"[HIDBQO]G?MMA|WGMMA|UTC\w*MMA|[HIBQ]MMA_\w+|UTCCP|LDT|STT"),
    ("sync", r"BAR|B2R|MEMBAR|DEPBAR|LDGDEPBAR|LDTM?DEPBAR|SYNCS|ARRIVES|ERRBAR|FENCE|UCGABAR_\w+|WARPSYNC|"
             r"WARPGROUP|CGAERRBAR|ACQBULK|UTMACMDFLUSH|UTMACCTL|CCTL\w*|ELECT|ENDCOLLECTIVE"),
    ("memory", r"U?LD[A-Z]*|ST[GSL]?M?|STAS|ATOM[GS]?|RED|REDG|REDAS|UBLKCP|UBLKPF|UBLKRED|UTMA\w+|TEX|TLD4?|"
               r"TXQ|TXD|TMML|SULD|SUST|SUATOM|SURED"),
    ("convert", r"[FI]2[FI]P?|F2FP|I2IP|I2FP|F2IP|FRND|UI2F\w*|UF2\w+"),
    ("fp", r"U?[FDH](?:ADD|MUL|FMA|SETP?|MNMX|CMP|SEL|CHK|SWZADD)\d?(?:_32I|_MMA)?|MUFU|FADD32I|RRO"),
    ("warp", r"SHFL|VOTEU?|U?VOTE|MATCH|U?REDUX|R2P|P2R|CREDUX"),
    ("move", r"U?MOV\w*|S2U?R|CS2R|S2UR|R2UR|U?SEL|U?PRMT|UR2UP|U?P?LOP3_MOV|MOVM|GETLMEMBASE|LEPC|R2B|PLOP3|"
             r"UPLOP3|U?CS2R"),
    ("int", r"U?V?I(?:ADD\d?|MAD|MUL|MNMX\d?|SETP?|SAD|SCADD|DP\w*|ABS|CMP)\w*|U?LOP3?\w*|U?SHF|U?SH[LR]|"
            r"U?LEA|U?POPC|U?FLO|U?BREV|U?BMSK|U?SGXT|UIMAD|XMAD|BFE|BFI|VABSDIFF\d?"),
    ("control", r"U?BRA|BRX|BRXU|JMP|JMX|JMXU|EXIT|CALL|RET|BSSY|BSYNC|BREAK|BMOV|RPCMOV|NOP|KILL|YIELD|"
                r"NANOSLEEP|RTT|BPT|WARPEXIT|PREEXIT|USETMAXREG"),
)  # fmt: skip
PTX: tuple[tuple[Work, str], ...] = (
    ("tensor", r"(?:wmma\.mma|mma|wgmma\.mma_async|tcgen05\.mma)\b.*"),
    ("sync", r"(?:bar|barrier|membar|fence|mbarrier|griddepcontrol|wgmma|"
             r"cp\.async\.(?:wait|commit|bulk\.(?:wait|commit))\w*|tcgen05\.(?:wait|fence|commit))\b.*"),
    ("memory", r"(?:ld|ldu|st|atom|red|cp|prefetch|tex|tld4|suld|sust|ldmatrix|stmatrix|wmma\.(?:load|store)|"
               r"tcgen05\.(?:ld|st|cp)|multimem)\b.*"),
    ("convert", r"cvt\b.*"),
    ("fp", r"(?:add|sub|mul|fma|mad|div|rcp|sqrt|rsqrt|sin|cos|lg2|ex2|tanh|min|max|neg|abs|copysign|testp|"
           r"setp?)\b.*\.b?f(?:16|16x2|32|32x2|64)(?:x2)?\b.*|(?:rcp|sqrt|rsqrt|sin|cos|lg2|ex2|tanh)\b.*"),
    ("warp", r"(?:shfl|vote|match|redux|activemask|elect)\b.*"),
    ("move", r"(?:mov|cvta|selp|prmt|mapa|isspacep)\b.*"),
    ("int", r"(?:add|addc|sub|subc|mul|mul24|mad|madc|mad24|div|rem|min|max|neg|abs|sad|and|or|xor|not|cnot|"
            r"lop3|shf|shl|shr|bfe|bfi|popc|clz|bfind|brev|fns|dp4a|dp2a|setp?|slct)\b.*"),
    ("control", r"(?:bra|brx|call|ret|exit|trap|brkpt|nanosleep|setmaxnreg)\b.*"),
)  # fmt: skip
_SASS = [(work, re.compile(pattern)) for work, pattern in SASS]
_PTX = [(work, re.compile(pattern)) for work, pattern in PTX]
PTX_WIDTH = re.compile(r"\.[busf]+(\d+)(?:x2)?\b")
WIDTH = re.compile(r"\.[US]?(8|16|64|96|128)(?=\.|$)")
SPACED = frozenset({"ld", "st", "atom", "red", "cp", "wgmma", "tcgen05"})
"""PTX opcodes whose second part says which memory, or what is done."""


def work_of(opcode: str) -> Work:
    """`HMMA.16816.F32` is tensor work, `ld.global.f32` is memory work. A PTX opcode is in small letters."""
    rules, name = (_PTX, opcode) if opcode.islower() else (_SASS, opcode.split(".")[0])
    return next((work for work, pattern in rules if pattern.fullmatch(name)), "other")


def short_name(opcode: str) -> str:
    """The mnemonic by which instructions are counted; of memory also the bits that a thread moves."""
    parts = opcode.split(".")
    if opcode.islower():
        name = (
            ".".join(parts[:2])
            if parts[0] in ("ld", "st", "atom", "red", "cp", "wgmma", "tcgen05")
            else parts[0]
        )
        if work_of(opcode) != "memory" or not (width := PTX_WIDTH.findall(opcode)):
            return name
        vector = next((int(each[1:]) for each in parts if each in ("v2", "v4", "v8")), 1)
        return f"{name}.{int(width[-1]) * vector}"
    if work_of(opcode) != "memory" or parts[0].startswith(("UTMA", "UBLK")):
        return parts[0]
    asynchronous = ".BYPASS" if "BYPASS" in parts else ""
    found = WIDTH.search(opcode)
    return f"{parts[0]}{asynchronous}.{found[1] if found else 32}"


def histogram(opcodes: Iterable[str]) -> dict[Work, Counter[str]]:
    """By kind of work, in a fixed order; kinds of which there are none are left out."""
    found: dict[Work, Counter[str]] = {work: Counter() for work in ORDER}
    for opcode in opcodes:
        found[work_of(opcode)][short_name(opcode)] += 1
    return {work: counts for work, counts in found.items() if counts}
