from __future__ import annotations

from tests.escapes.catalogue.everything import EVERY
from tests.escapes.table import PAGE, page


def test_the_page_is_in_step() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "Next: python -m tests.escapes.table"


def test_every_way_out_of_local_is_on_it() -> None:
    open_ones = [each for each in EVERY if each.local.startswith("open")]
    assert len(open_ones) > 40
    assert all(f"| {each.title}" in page() for each in open_ones)
