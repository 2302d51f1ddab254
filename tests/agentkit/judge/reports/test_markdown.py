from __future__ import annotations

from agentkit.contracts.rubric import Citation, JudgeReport, Suspect
from agentkit.judge.reports.markdown import cell, markdown
from tests.agentkit.judge.reports.test_outline import group, leaf, report

HOSTILE = "a | b\n# heading <b>*x*</b> `y`"


def hostile() -> JudgeReport:
    cited = (Citation(path="a|b.py", first_line=1, last_line=1, quote=HOSTILE, status="verified"),)
    return report(
        leaf("a", "g", text=HOSTILE, evidence=HOSTILE, citations=cited),
        groups=(group(""), group("g")),
        suspects=(Suspect(path="x.md", line=2, rule="role marker", quote=HOSTILE),),
    )


def test_every_leaf_is_a_row_below_the_heading_of_its_group() -> None:
    lines = markdown(hostile()).splitlines()
    heading = lines.index("## g g (100.0 % of 50.0 %)")
    (row,) = [number for number, line in enumerate(lines) if line.startswith("| a |")]
    assert row > heading


def test_text_of_a_candidate_stays_in_its_cell() -> None:
    rows = [line for line in markdown(hostile()).splitlines() if line.startswith("|")]
    for row in rows:
        bare = row.replace("\\|", "")
        assert bare.count("|") in (3, 4, 6), row
    assert not any(line.startswith("# heading") for line in markdown(hostile()).splitlines())
    assert cell("<b>|") == "\\<b\\>\\|"
