import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.journal.blobs import Blobs


@given(data=st.binary(max_size=5000))
def test_bytes_come_back_under_their_sha256(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    blobs = Blobs(tmp_path_factory.mktemp("blobs"))
    digest = blobs.put(data)
    assert digest == hashlib.sha256(data).hexdigest() == blobs.put(data)
    assert blobs.get(digest) == data
    assert digest in blobs


def test_an_unknown_digest_is_a_key_error(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    assert "0" * 64 not in blobs
    with pytest.raises(KeyError):
        blobs.get("0" * 64)


def test_no_half_blob_is_left_under_its_name(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    digest = blobs.put(b"whole")
    assert [path.name for path in blobs.path(digest).parent.iterdir()] == [digest[2:]]
