from __future__ import annotations

from html.parser import HTMLParser

from agentkit.contracts.rubric import Citation, Suspect, Vote
from agentkit.judge.reports.page import numbered, page
from tests.agentkit.judge.reports.test_outline import group, leaf, report

HOSTILE = '</pre></details><script>alert(1)</script><img src="x" onerror="y">'
VOID = {"meta", "img", "br"}


class Checked(HTMLParser):
    """The tags in order; fails where one is not closed by its own end."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def checked(html: str) -> Checked:
    parser = Checked()
    parser.feed(html)
    assert parser.open == []
    return parser


def test_the_page_is_whole_and_needs_nothing_from_elsewhere() -> None:
    html = page(report(leaf("a", "g"), leaf("b"), groups=(group(""), group("g"))))
    found = checked(html)
    assert not {"script", "link", "img", "iframe"} & set(found.seen)
    assert found.addresses == []
    assert "url(" not in html and "@import" not in html
    assert found.seen.count("details") == 3


def test_text_of_candidates_and_judges_is_only_text() -> None:
    citation = Citation(
        path=HOSTILE, first_line=1, last_line=1, quote=HOSTILE, status="verified", reason=HOSTILE
    )
    cited = (citation,)
    vote = Vote(judge=HOSTILE, model=HOSTILE, reality=HOSTILE, expectations=HOSTILE, citations=cited)
    verdict = leaf(
        "a", text=HOSTILE, evidence=HOSTILE, flags=(HOSTILE,), votes=(vote,), citations=(citation,)
    )
    found = checked(page(report(verdict, notes=(HOSTILE,), rubric=HOSTILE)))
    assert "script" not in found.seen and "img" not in found.seen
    assert found.text.count("alert(1)") >= 12


def test_cited_lines_carry_their_numbers() -> None:
    assert numbered(Citation(path="a", first_line=7, last_line=8, quote="x\ny")) == [(7, "x"), (8, "y")]
    assert numbered(Citation(path="a", first_line=7, last_line=9, quote="x")) == [("", "x")]


def test_a_vote_says_whether_it_abstained_or_failed() -> None:
    failed = Vote(judge="j", model="m", error="no answer within 30 s")
    html = page(report(leaf("a", status="error", score=None, votes=(failed, Vote(judge="k", model="m")))))
    assert "failed: no answer within 30 s" in html and "abstained" in html


def test_a_votes_error_is_only_text() -> None:
    vote = Vote(judge="j", model="m", error=HOSTILE)
    found = checked(page(report(leaf("a", status="error", score=None, votes=(vote,)))))
    assert "script" not in found.seen and "alert(1)" in found.text


def test_what_speaks_to_the_judge_is_only_text() -> None:
    suspect = Suspect(path=HOSTILE, line=0, rule=HOSTILE, quote=HOSTILE)
    found = checked(page(report(leaf("a"), suspects=(suspect,))))
    assert "script" not in found.seen and found.text.count("alert(1)") >= 3


def test_an_id_is_only_text() -> None:
    found = checked(page(report(leaf('a"' + HOSTILE))))
    assert "script" not in found.seen
