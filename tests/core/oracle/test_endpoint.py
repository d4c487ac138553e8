"""An endpoint against everything a server may do: the right answer or error, and as many requests as it should take."""

import threading
import time

import pytest
from quick_oracle import KEY, Clock, quick

from rewardlab.core.errors import BadOption, BudgetSpent, OracleFailed
from rewardlab.core.oracle import Answer, Cache, Endpoint, Ledger, Prompt
from rewardlab.testing import behaviours as b
from rewardlab.testing import endpoint

GOOD = "the answer"
AGAIN = {"retries": 2}  # three requests in all
HURRY = {"retries": 1, "timeout": 0.2}

# behaviour(s), options, the answer or a part of the error, requests
BEHAVIOURS = {
    "good code": ([b.GOOD_CODE], {}, b.GOOD_CODE, 1),
    "prose": ([b.PROSE], {}, b.PROSE, 1),
    "syntax error": ([b.SYNTAX_ERROR], {}, b.SYNTAX_ERROR, 1),
    "malicious code": ([b.MALICIOUS], {}, b.MALICIOUS, 1),
    "slow": ([b.slow(0.2, GOOD)], {}, GOOD, 1),
    "empty": ([""], {}, "", 1),
    "two choices": ([b.say(GOOD, choices=2)], {}, GOOD, 1),
    "packed": ([b.packed(GOOD)], {}, GOOD, 1),
    "429": ([b.status(429), GOOD], {}, GOOD, 2),
    "429 with Retry-After": ([b.status(429, retry_after=7), GOOD], {}, GOOD, 2),
    "429 with a senseless Retry-After": ([b.status(429, retry_after="soon"), GOOD], {}, GOOD, 2),
    "429 with a Retry-After of a day": ([b.status(429, retry_after=86400)], {}, "asked to wait 86400 seconds", 1),
    "429 for ever": ([b.status(429)], AGAIN, "status 429", 3),
    "429 without money": ([b.status(429, error_code="insufficient_quota")], {}, "billing", 1),
    "408": ([b.status(408), GOOD], {}, GOOD, 2),
    "409": ([b.status(409), GOOD], {}, GOOD, 2),
    "500": ([b.status(500), GOOD], {}, GOOD, 2),
    "503 with Retry-After": ([b.status(503, retry_after=3), b.status(503), GOOD], {}, GOOD, 3),
    "529 for ever": ([b.status(529)], AGAIN, "status 529: scripted 529, after 3 tries", 3),
    "400": ([b.status(400, message="no such field")], {}, "no such field", 1),
    "401": ([b.status(401)], {}, "OPENAI_API_KEY", 1),
    "403": ([b.status(403)], {}, "OPENAI_API_KEY", 1),
    "404": ([b.status(404)], {}, "is the model served there", 1),
    "422": ([b.status(422)], {}, "status 422", 1),
    "redirect": ([b.redirect("http://127.0.0.1:9/v1"), GOOD], {}, "redirect, which is not followed", 1),
    "permanent redirect": ([b.redirect("/v1/other", 308), GOOD], {}, "redirect, which is not followed", 1),
    "hang": ([b.hang], HURRY, "no whole answer within 0.2 seconds", 2),
    "drip": ([b.drip], HURRY, "no whole answer within 0.2 seconds", 2),
    "drip of headers": ([b.drip_headers], HURRY, "no whole answer within 0.2 seconds", 2),
    "reset": ([b.reset, GOOD], {}, GOOD, 2),
    "reset for ever": ([b.reset], AGAIN, "connection broke", 3),
    "closed": ([b.closed, GOOD], {}, GOOD, 2),
    "no HTTP": ([b.not_http], AGAIN, "connection broke", 3),
    "malformed JSON": ([b.malformed, GOOD], {}, GOOD, 2),
    "malformed for ever": ([b.malformed], AGAIN, "not JSON, or only half of it, after 3 tries", 3),
    "nested JSON": ([b.nested, GOOD], {}, GOOD, 2),
    "web page": ([b.page], AGAIN, "'text/html' in place of JSON", 3),
    "a list": ([b.shape([1, 2])], {}, "another shape", 1),
    "other fields": ([b.shape({"completion": "x"})], {}, "another shape", 1),
    "choices that are texts": ([b.shape({"choices": ["x"]})], {}, "another shape", 1),
    "error with 200": ([b.shape({"error": {"message": "busy"}}), GOOD], {}, GOOD, 2),
    "empty body": ([b.empty_body, GOOD], {}, GOOD, 2),
    "no choices": ([b.no_choices, GOOD], {}, GOOD, 2),
    "truncated body": ([b.truncated_body, GOOD], {}, GOOD, 2),
    "endless": ([b.endless], {}, "more than 8 MB", 1),
    "200 MB": ([b.huge], {}, "more than 8 MB", 1),
    "gzip bomb": ([b.gzip_bomb], {}, "more than 8 MB", 1),
    "packed otherwise": ([b.packed_otherwise], {}, "was not asked for", 1),
    "null": ([b.say(None)], {}, "without text", 1),
    "null at the length": ([b.say(None, finish="length")], {}, "raise max_tokens", 1),
    "refusal": ([b.say(None, refusal="I cannot")], {}, "the model refused: I cannot", 1),
    "filter": ([b.say("", finish="content_filter")], {}, "by a filter", 1),
    "content of a wrong type": ([b.shape({"choices": [{"message": {"content": 7}}]})], {}, "type int", 1),
    "lone surrogate": ([b.say("a\ud800b")], {}, "a?b", 1),
}  # fmt: skip
STREAMED = {
    "good code": ([b.GOOD_CODE], {}, b.GOOD_CODE, 1),
    "truncated stream": ([b.truncated_stream, GOOD], {}, GOOD, 2),
    "truncated for ever": ([b.truncated_stream], AGAIN, "ended before the answer did", 3),
    "broken stream": ([b.broken_stream, GOOD], {}, GOOD, 2),
    "error within": ([b.stream_error, GOOD], {}, GOOD, 2),
    "endless stream": ([b.endless_stream], {}, "more than 8 MB", 1),
    "no stream at all": ([b.packed(GOOD)], {}, GOOD, 1),
    "refusal": ([b.say(None, refusal="I cannot")], {}, "the model refused: I cannot", 1),
    "two choices": ([b.say(GOOD, choices=2)], {}, GOOD, 1),
    "429": ([b.status(429), GOOD], {}, GOOD, 2),
    "nothing": ([b.say("", finish="length")], {}, "raise max_tokens", 1),
}
CASES = [(False, n) for n in BEHAVIOURS] + [(True, n) for n in STREAMED]


@pytest.mark.parametrize(("stream", "name"), CASES, ids=[f"{'stream ' * s}{n}" for s, n in CASES])
def test_each_behaviour_ends_as_it_should(stream, name):
    script, options, wanted, requests = (STREAMED if stream else BEHAVIOURS)[name]
    with endpoint(script) as server:
        began = time.monotonic()
        (given,) = quick(server, stream=stream, **options)(["?"])
        took = time.monotonic() - began
        count = len(server.requests)
    failed = isinstance(given, OracleFailed)
    assert (wanted in str(given)) if failed else (given == wanted and isinstance(given, Answer)), given
    assert failed == (wanted not in (GOOD, b.GOOD_CODE, b.PROSE, b.SYNTAX_ERROR, b.MALICIOUS, "", "a?b"))
    assert count == requests
    if failed:
        assert given.where == f"model test at {server.url}" and given.mend
        assert given.__cause__ is None and given.__context__ is None
    if options is HURRY:
        assert 0.4 <= took < 5  # a drip alone would go on for half an hour


def test_waits_grow_are_drawn_from_the_whole_range_and_keep_to_what_the_server_asks():
    for draw, wanted in ((1.0, [1, 2, 4, 5]), (0.25, [0.25, 0.5, 1, 1.25])):
        clock = Clock()
        with endpoint([b.status(500)]) as server:
            quick(server, clock, retries=4, line={"longest": 5.0, "jitter": lambda draw=draw: draw})(["?"])
        assert clock.slept == wanted
    clock = Clock()
    with endpoint([b.status(429, retry_after=7), b.status(429, retry_after=-3), GOOD]) as server:
        quick(server, clock)(["?"])
    assert clock.slept == [7 + 1, 0 + 1]  # never before it asked, and not all at once


def test_the_deadline_holds_for_all_tries_together():
    clock = Clock()
    with endpoint([b.status(500)]) as server:
        (given,) = quick(server, clock, retries=50, deadline=20.0, line={"longest": 8.0})(["?"])
        assert sum(clock.slept) < 20 and len(server.requests) == len(clock.slept) + 1 == 5  # 1 + 2 + 4 + 8 seconds
    assert "after 5 tries" in str(given)
    with endpoint([b.hang]) as server:
        began = time.monotonic()
        quick(server, timeout=30.0, deadline=0.3)(["?"])
        assert 0.3 <= time.monotonic() - began < 5 and len(server.requests) == 1


def test_nobody_there_is_told():
    with endpoint() as server:
        pass
    (given,) = quick(server, retries=1)(["?"])
    assert "not reachable" in str(given) and "after 2 tries" in str(given) and server.url in str(given)


def test_a_batch_keeps_its_order_and_its_good_answers():
    def script(request):
        return b.status(400) if request.prompt == "3" else b.say(request.prompt * 2, after=0.05 * (request.number == 0))

    with endpoint(script) as server:
        given = quick(server)([str(i) for i in range(6)])
    assert [str(g) for i, g in enumerate(given) if i != 3] == ["00", "11", "22", "44", "55"]
    assert isinstance(given[3], OracleFailed)
    assert quick(server)([]) == []


def test_so_many_are_asked_at_once_and_not_more():
    there, lock, most = [0], threading.Lock(), [0]

    def watched(x):
        with lock:
            there[0] += 1
            most[0] = max(most[0], there[0])
        x.wait(0.05)
        with lock:
            there[0] -= 1
        b.say("x")(x)

    with endpoint([watched]) as server:
        quick(server, concurrency=3)([str(i) for i in range(9)])
    assert most[0] == 3


def test_what_is_sent():
    with endpoint(["x"]) as server:
        quick(server, system="be brief", temperature=0.5, max_tokens=9, extra={"seed": 3})(
            ["one", Prompt("two", system="be long")]
        )
        quick(server, temperature=None, key="", extra={"max_tokens": None, "max_completion_tokens": 5})(["three"])
        quick(server, stream=True)(["four"])
    sent = {r.prompt: r for r in server.requests}
    one, two, three, four = (sent[p] for p in ("one", "two", "three", "four"))
    assert one.path == "/v1/chat/completions" and one.headers["authorization"] == f"Bearer {KEY}"
    assert one.body == {
        "model": "test",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "one"}],
        "max_tokens": 9,
        "temperature": 0.5,
        "seed": 3,
    }
    assert two.body["messages"][0]["content"] == "be long"
    assert "authorization" not in three.headers
    assert set(three.body) == {"model", "messages", "max_completion_tokens"}
    assert four.body["stream"] is True and four.body["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_says_where_it_came_from(tmp_path, stream):
    ledger = Ledger(tmp_path / "l", price_in=2.0, price_out=8.0)
    told = {"prompt_tokens": 30, "completion_tokens": 10}
    with endpoint([b.say("cut", finish="length", usage=told)]) as server:
        (given,) = quick(server, stream=stream, ledger=ledger)(["?"])
    assert (given.author, given.tokens, given.finish, given.cached) == ("model test", (30, 10), "length", False)
    assert given.cost == pytest.approx((30 * 2 + 10 * 8) / 1e6) == ledger.spent().cost


def test_what_is_in_the_cache_is_not_asked_again(tmp_path):
    prompts = [Prompt("same", key=("t", "s", 0, i)) for i in (0, 1, 0)] + ["plain", "plain"]
    with endpoint(lambda r: f"{r.prompt} {r.number}") as server:
        first = quick(server, cache=tmp_path / "c", concurrency=1)(prompts)
        assert len(server.requests) == 3 and len(Cache(tmp_path / "c")) == 3
        again = quick(server, cache=tmp_path / "c")(prompts)
        assert again == first and all(a.cached and a.cost == 0 and a.author == "model test" for a in again)
        assert len(server.requests) == 3
        for other in ({"temperature": 0.1}, {"system": "x"}, {"max_tokens": 7}, {"extra": {"seed": 1}}):
            quick(server, cache=tmp_path / "c", **other)(["plain"])
        assert len(server.requests) == 7
    with endpoint(["moved"]) as elsewhere:  # the same model at another address, and the same text by another way
        assert quick(elsewhere, cache=tmp_path / "c")(prompts) == first
        assert quick(elsewhere, cache=tmp_path / "c")([Prompt("plain", system="x")]) != ["moved"]
    assert first[0] == first[2] != first[1] and first[3] == first[4]
    assert quick(server, cache=tmp_path / "c")(prompts) == first  # with nobody there


def test_errors_are_not_cached(tmp_path):
    with endpoint([b.status(400), "good"]) as server:
        ask = quick(server, cache=tmp_path / "c")
        assert isinstance(ask(["?"])[0], OracleFailed) and ask(["?"]) == ["good"]


def test_a_spent_budget_stops_the_next_batch_and_keeps_the_answers_of_this_one(tmp_path):
    with endpoint(["x"]) as server:
        ask = quick(server, ledger=Ledger(tmp_path / "l", limit_calls=2), concurrency=1)
        given = ask(["1", "2", "3"])
        assert given[:2] == ["x", "x"] and isinstance(given[2], OracleFailed) and "not asked" in str(given[2])
        with pytest.raises(BudgetSpent, match="2 of 2 calls"):
            ask(["4"])
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"model": ""}, "REWARDLAB_MODEL"),
        ({"base_url": "ftp://x/v1"}, "http"),
        ({"base_url": "http://"}, "http"),
        ({"base_url": "http://h:99999/v1"}, "cannot be read"),
        ({"base_url": "http://h/v1?x=1"}, "with"),
        ({"base_url": "https://me:word@h/v1"}, "password"),
        ({"key": "two words"}, "header"),
        ({"key": "schlüssel"}, "header"),
        ({"timeout": 0}, "timeout"),
        ({"deadline": float("nan")}, "deadline"),
        ({"retries": -1}, "retries"),
        ({"concurrency": 0}, "concurrency"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"temperature": -1}, "temperature"),
        ({"extra": {"n": 4}}, "extra sets n"),
    ],
)
def test_settings_that_cannot_be(monkeypatch, options, match):
    monkeypatch.delenv("REWARDLAB_MODEL", raising=False)
    with pytest.raises(BadOption, match=match) as e:
        Endpoint(**{"model": "m", "base_url": "http://127.0.0.1:9/v1", "key": "k", **options})
    assert "word@" not in str(e.value) and "schlüssel" not in str(e.value) and e.value.__context__ is None


def test_the_environment_says_what_is_not_given(monkeypatch):
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "REWARDLAB_MODEL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(BadOption, match="OPENAI_API_KEY"):  # OpenAI's own server takes nobody without one
        Endpoint("m")
    assert "no key" in repr(Endpoint("m", "https://elsewhere.example/v1"))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert Endpoint("m").line.url == "https://api.openai.com/v1"
    with pytest.raises(BadOption, match="unencrypted"):
        Endpoint("m", "http://elsewhere.example/v1")
    Endpoint("m", "http://elsewhere.example/v1", "")
    Endpoint("m", "http://elsewhere.example/v1", KEY)
    with endpoint(["x"]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url + "/")
        monkeypatch.setenv("REWARDLAB_MODEL", "the model")
        assert Endpoint()(["?"]) == ["x"]
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
        assert server.requests[0].body["model"] == "the model"
