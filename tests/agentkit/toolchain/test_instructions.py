import pytest

from agentkit.toolchain.instructions import histogram, short_name, work_of


@pytest.mark.parametrize(
    ("opcode", "work", "name"),
    [
        ("HMMA.16816.F32", "tensor", "HMMA"),
        ("HGMMA.64x128x16.F32.BF16", "tensor", "HGMMA"),
        ("UTCHMMA", "tensor", "UTCHMMA"),
        ("FFMA", "fp", "FFMA"),
        ("HFMA2.MMA", "fp", "HFMA2"),
        ("MUFU.RCP", "fp", "MUFU"),
        ("IMAD.WIDE.U32", "int", "IMAD"),
        ("UIADD3", "int", "UIADD3"),
        ("LOP3.LUT", "int", "LOP3"),
        ("LDG.E.LTC128B.128.CONSTANT", "memory", "LDG.128"),
        ("LDG.E", "memory", "LDG.32"),
        ("STS.64", "memory", "STS.64"),
        ("LDG.E.U8", "memory", "LDG.8"),
        ("LDGSTS.E.BYPASS.128", "memory", "LDGSTS.BYPASS.128"),
        ("LDSM.16.M88.4", "memory", "LDSM.16"),
        ("UTMALDG.2D", "memory", "UTMALDG"),
        ("F2FP.BF16.F32.PACK_AB", "convert", "F2FP"),
        ("SHFL.BFLY", "warp", "SHFL"),
        ("BAR.SYNC.DEFER_BLOCKING", "sync", "BAR"),
        ("LDGDEPBAR", "sync", "LDGDEPBAR"),
        ("SYNCS.ARRIVE.TRANS64", "sync", "SYNCS"),
        ("S2R", "move", "S2R"),
        ("EXIT", "control", "EXIT"),
        ("QQQ", "other", "QQQ"),
        ("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", "tensor", "mma"),
        ("wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16", "tensor", "wgmma.mma_async"),
        ("wgmma.wait_group.sync.aligned", "sync", "wgmma.wait_group"),
        ("ld.global.nc.v4.f32", "memory", "ld.global.128"),
        ("cp.async.cg.shared.global", "memory", "cp.async"),
        ("cp.async.wait_group", "sync", "cp.async"),
        ("fma.rn.f32", "fp", "fma"),
        ("add.s64", "int", "add"),
        ("bar.sync", "sync", "bar"),
        ("cvt.rn.bf16.f32", "convert", "cvt"),
    ],
)
def test_what_an_instruction_does(opcode: str, work: str, name: str) -> None:
    assert (work_of(opcode), short_name(opcode)) == (work, name)


def test_kinds_come_in_a_fixed_order_and_only_if_they_are_there() -> None:
    found = histogram(["EXIT", "LDG.E", "FFMA", "LDG.E.64", "LDG.E"])
    assert list(found) == ["fp", "memory", "control"]
    assert found["memory"] == {"LDG.32": 2, "LDG.64": 1}
