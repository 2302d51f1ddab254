import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit import ToolResult

Use = Callable[..., ToolResult]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_a_picture_comes_with_the_result_by_what_it_is_and_not_by_its_name(use: Use, folder: Path) -> None:
    (folder / "loss.jpg").write_bytes(PNG)
    result = use("view_image", path="loss.jpg")
    assert result.ok
    assert result.text == f"loss.jpg: png, {len(PNG)} bytes"
    (image,) = result.images
    assert image.media_type == "image/png"
    assert base64.b64decode(image.data) == PNG


@pytest.mark.parametrize(
    ("path", "said"),
    [("text.png", "no PNG"), ("missing.png", "missing.png"), ("big.png", "at most"), (".", ".")],
)
def test_what_is_no_picture_is_refused_in_words(use: Use, folder: Path, path: str, said: str) -> None:
    (folder / "text.png").write_text("words")
    (folder / "big.png").write_bytes(PNG + b"\0" * 5_000_000)
    result = use("view_image", path=path)
    assert not result.ok
    assert said in result.text
    assert not result.images
