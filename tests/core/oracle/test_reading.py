"""Oracles by a word."""

import pytest

from rewardlab.core.errors import BadOption, NoRecording, OracleFailed
from rewardlab.core.oracle import Endpoint, Ledger, PersonAsk, Recorded, read_oracle
from rewardlab.testing import endpoint


def test_a_url_is_an_endpoint(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "")
    with endpoint(["x"]) as server:
        ask = read_oracle(f"{server.url}#some/model:7b", ledger=Ledger(tmp_path / "l"), temperature=0.0)
        assert isinstance(ask, Endpoint) and ask(["?"]) == ["x"] and ask.line.ledger.spent().calls == 1
        assert server.requests[0].body["model"] == "some/model:7b" and server.requests[0].body["temperature"] == 0.0
        monkeypatch.setenv("REWARDLAB_MODEL", "other")
        assert read_oracle(server.url).model == "other"


def test_a_server_with_one_model_need_not_be_told_its_name(monkeypatch):
    monkeypatch.delenv("REWARDLAB_MODEL", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "")
    with endpoint() as server, pytest.raises(BadOption, match="2 models are served") as e:
        read_oracle(server.url)
    assert "test, test-embed" in e.value.mend
    monkeypatch.setattr("rewardlab.core.testing.spoken.MODELS", ("only",))
    with endpoint() as server:
        assert read_oracle(server.url).model == "only"
    monkeypatch.setattr("rewardlab.core.testing.spoken.MODELS", ())
    with endpoint() as server, pytest.raises(OracleFailed, match="no list of models"):
        read_oracle(server.url)


def test_the_other_words(tmp_path):
    (tmp_path / "r.jsonl").write_text('{"key": ["a"], "author": "hand", "answer": "x"}\n')
    assert read_oracle(f"recorded:{tmp_path}/r.jsonl").keys == [("a",)]
    assert isinstance(read_oracle("recorded"), Recorded) and isinstance(read_oracle("person"), PersonAsk)
    with pytest.raises(NoRecording):
        read_oracle(f"recorded:{tmp_path}/none.jsonl")


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("recoded", "recorded"),
        ("", "http"),
        ("local:", "local"),
        ("local", "local"),
        ("person:Ada", "person"),
        ("evolutio", "evolution"),
        ("httpx://me:word@host", "http"),
    ],
)
def test_other_words_are_refused(text, mend):
    with pytest.raises(BadOption, match="--oracle") as e:
        read_oracle(text)
    assert mend in e.value.mend and "word@" not in str(e.value)
