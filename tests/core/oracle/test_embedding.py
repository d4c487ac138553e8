"""Vectors from a server: each thing gets its own, once; what is no vector is refused."""

import numpy as np
import pytest
from quick_oracle import Clock

from rewardlab.core.errors import BadOption, BudgetSpent, OracleFailed
from rewardlab.core.oracle import EndpointEmbed, Ledger
from rewardlab.core.oracle.embedding import data_url
from rewardlab.testing import behaviours as b
from rewardlab.testing import endpoint


def embedder(server, **options):
    clock = Clock()
    return EndpointEmbed("test-embed", server.url, "", line={"clock": clock, "sleep": clock.sleep}, **options)


def test_each_text_gets_its_vector_whatever_the_batch(tmp_path):
    texts = [f"text {i}" for i in range(7)] + ["text 0"]
    truth = np.array([b.vector(t) for t in texts], dtype=np.float32)
    ledger = Ledger(tmp_path / "l")
    with endpoint() as server:
        for batch, requests in ((1, 7), (3, 3), (64, 1)):
            before = len(server.requests)
            got = embedder(server, batch=batch, ledger=ledger)(texts)
            assert got.dtype == np.float32 and got.shape == (8, 8)
            np.testing.assert_array_equal(got, truth)
            assert len(server.requests) - before == requests
        assert embedder(server)([]).shape == (0, 0)
    assert ledger.spent().tokens_out == 0 < ledger.spent().tokens_in


def test_vectors_are_kept(tmp_path):
    with endpoint() as server:
        first = embedder(server, cache=tmp_path / "c")(["a", "b"])
        again = embedder(server, cache=tmp_path / "c")(["b", "c", "a"])
        assert server.requests[1].body["input"] == ["c"]
        np.testing.assert_array_equal(again[[2, 0]], first)
        embedder(server, cache=tmp_path / "c", extra={"dimensions": 4})(["a"])
        assert server.requests[2].body["dimensions"] == 4


def test_pictures_go_as_data_urls():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    with endpoint() as server:
        got = embedder(server, extra={"modality": "image"})([pixels, pixels[::-1], pixels])
        sent = server.requests[0].body
    assert sent["modality"] == "image" and sent["input"] == [data_url(pixels), data_url(pixels[::-1])]
    assert sent["input"][0].startswith("data:image/png;base64,iVBOR") and (got[0] == got[2]).all()


def rows(*vectors, indices=None):
    places = indices or range(len(vectors))
    return {"data": [{"index": i, "embedding": v} for i, v in zip(places, vectors, strict=True)]}


@pytest.mark.parametrize(
    ("script", "match", "requests"),
    [
        ([b.status(401)], "OPENAI_API_KEY", 1),
        ([b.shape({"choices": []})], "another shape", 1),
        ([b.shape({"data": [{"embedding": "AAAA"}] * 2})], "another shape", 1),
        ([b.shape(rows([1.0]))], "1 vectors for 2 texts", 3),
        ([b.shape(rows([1.0], [2.0], indices=[0, 0]))], "2 vectors for 2 texts", 3),
        ([b.shape(rows([1.0], [2.0], indices=[[], {}]))], "2 vectors for 2 texts", 3),
        ([b.shape(rows([1.0], [2.0, 3.0]))], "of one length", 3),
        ([b.shape(rows([], []))], "of one length", 3),
        ([b.shape(rows([1.0], [float("nan")]))], "finite", 3),
        ([b.shape(rows([1.0], [1e300]))], "finite", 3),
        ([b.shape(rows([1.0], ["x"]))], "finite", 3),
        ([b.shape(rows([1.0], [None]))], "finite", 3),
        ([b.malformed], "not JSON", 3),
    ],
)
def test_what_is_no_vector_is_refused(script, match, requests):
    with endpoint(script) as server:
        with pytest.raises(OracleFailed, match=match):
            embedder(server, retries=2)(["a", "b"])
        assert len(server.requests) == requests


def test_a_budget_holds_and_lengths_agree(tmp_path):
    with endpoint() as server, pytest.raises(BudgetSpent):
        embedder(server, batch=1, ledger=Ledger(tmp_path / "l", limit_calls=1))(["a", "b"])
    with (
        endpoint([b.shape(rows([1.0])), b.shape(rows([1.0, 2.0]))]) as server,
        pytest.raises(OracleFailed, match="length"),
    ):
        embedder(server, batch=1)(["a", "b"])


@pytest.mark.parametrize("thing", [3, np.zeros((2, 2, 3)), np.zeros(4, np.uint8), np.zeros((2, 2, 5), np.uint8), None])
def test_what_is_neither_text_nor_picture_is_refused(thing):
    with pytest.raises(BadOption, match="picture"):
        EndpointEmbed("m", "http://127.0.0.1:9/v1", "")([thing])


def test_settings_that_cannot_be(monkeypatch):
    monkeypatch.delenv("REWARDLAB_EMBED_MODEL", raising=False)
    with pytest.raises(BadOption, match="REWARDLAB_EMBED_MODEL"):
        EndpointEmbed(None, "http://127.0.0.1:9/v1")
    with pytest.raises(BadOption, match="batch"):
        EndpointEmbed("m", "http://127.0.0.1:9/v1", batch=0)
