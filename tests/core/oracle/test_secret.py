"""A key is nowhere but in the header: a marker is looked for in all that is left behind."""

import copy
import io
import logging
import pickle
import traceback

import pytest
from quick_oracle import KEY, quick

from rewardlab.core.errors import OracleFailed, RewardlabError
from rewardlab.core.oracle import Endpoint, EndpointEmbed, Ledger, Recording
from rewardlab.core.oracle.secret import Secret
from rewardlab.testing import behaviours as b
from rewardlab.testing import endpoint


def test_a_secret_is_not_shown():
    secret = Secret(KEY)
    assert KEY not in f"{secret} {secret!r} {secret.__reduce__()}" and secret.header()["Authorization"].endswith(KEY)
    assert secret.hide(f"a{KEY}b") == "a[key]b" and secret.within(f"x{KEY}") and not secret.within("x")
    assert copy.deepcopy(secret).header() == copy.copy(secret).header() == secret.header()
    assert not Secret("") and Secret("").header() == {} and Secret("").hide("any") == "any"
    assert Secret("EMPTY").hide("EMPTY answers") == "EMPTY answers"  # a word, not a key


def test_a_copy_in_a_file_reads_the_variable_again(monkeypatch):
    raw = pickle.dumps(Endpoint("m", "http://127.0.0.1:9/v1", KEY))
    assert KEY.encode() not in raw
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert not pickle.loads(raw).line.secret
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    assert pickle.loads(raw).line.secret.header() == {"Authorization": "Bearer sk-of-the-environment"}


def told(error: BaseException) -> str:
    """All that a report of an error may show: its chain, the local names of our frames, the words of each."""
    found: list[str] = []
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        for frame in shown.stack:
            if "rewardlab" in frame.filename and "tests" not in frame.filename:
                found.append(repr(frame.locals))
        found += [str(error), repr(error), repr(vars(error)), repr(error.args)]
        error = error.__cause__ or error.__context__
    return "\n".join(found)


ECHO = f"Incorrect API key provided: {KEY}"
ECHOES = [
    b.status(401, message=ECHO),
    b.status(500, message=ECHO),
    b.status(302, message=ECHO),
    b.shape({"error": ECHO}),
    b.shape({"error": {"message": ECHO}}),
    b.say(f"your key is {KEY}", finish=KEY),
    b.say(None, refusal=ECHO),
    b.malformed,
    b.reset,
    b.hang,
    b.gzip_bomb,
    b.not_http,
    lambda x: x.whole(b"x", kind=KEY),
    lambda x: x.whole(b"x", headers={"Content-Encoding": KEY}),
    lambda x: x.json({"model": KEY, "choices": [{"message": {"content": "x"}}]}),
    lambda x: x.raw(f"HTTP/1.1 {KEY}\r\n\r\n".encode()),
]


@pytest.mark.parametrize(("given", "stream"), [(True, False), (False, True)], ids=["given", "environment, stream"])
def test_the_key_is_found_nowhere(monkeypatch, tmp_path, capfd, given, stream):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    left: list[str] = []
    try:
        with endpoint(lambda r: ECHOES[r.number % len(ECHOES)]) as server:
            options = {"ledger": Ledger(tmp_path / "ledger"), "cache": tmp_path / "cache", "retries": 0}
            key = KEY if given else None
            ask = quick(server, key=key, stream=stream, timeout=0.2, concurrency=1, **options)
            answers = Recording(ask, tmp_path / "recording.jsonl")([f"prompt {i}" for i in range(len(ECHOES))])
            sent = {r.headers["authorization"] for r in server.requests}
        assert sent == {f"Bearer {KEY}"}
        left += [told(a) if isinstance(a, OracleFailed) else f"{a} {a.author} {a.finish}" for a in answers]
        left += [repr(ask), repr(ask.line), repr(vars(ask)), repr(vars(ask.line)), repr(ask.settings)]
        assert sum(isinstance(a, OracleFailed) for a in answers) == len(ECHOES) - 2
        with endpoint([b.status(401, message=ECHO)]) as server:
            embed = EndpointEmbed("m", server.url, KEY if given else None)
            with pytest.raises(OracleFailed) as e:
                embed(["x"])
            left += [told(e.value), repr(embed)]
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    left += [log.getvalue(), *capfd.readouterr()]
    left += [p.read_bytes().decode("latin-1") for p in tmp_path.iterdir()]
    assert len("".join(left)) > 10_000 and "[key]" in "".join(left)  # there was something to look at
    assert [text for text in left if KEY in text] == []


def test_a_prompt_that_holds_the_key_is_not_sent():
    with endpoint(["x"]) as server:
        bad, good = quick(server)([f"print {KEY}", "print"])
        with pytest.raises(RewardlabError, match="holds the key"):
            EndpointEmbed("m", server.url, KEY)([f"{KEY}"])
        assert server.asked() == ["print"] and good == "x"
    assert isinstance(bad, OracleFailed) and KEY not in str(bad)
