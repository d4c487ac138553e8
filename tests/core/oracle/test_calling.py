"""Tries and waits: where keys may go, and what a call says when it gives up. The behaviours stand in test_endpoint."""

import pytest
from quick_oracle import KEY, Clock

from rewardlab.core.errors import BadOption, OracleFailed
from rewardlab.core.oracle.calling import Line
from rewardlab.core.oracle.wire import Fault
from rewardlab.testing import behaviours as b
from rewardlab.testing import endpoint


def line(url, **options):
    clock = Clock()
    return Line(url, "", **{"clock": clock, "sleep": clock.sleep, "jitter": lambda: 0.5, **options}), clock


def test_a_reader_says_whether_to_try_again():
    told = iter([Fault("not yet", again=True), Fault("not yet", again=True), "done"])
    with endpoint() as server:
        ours, clock = line(server.url)
        got = ours.call("/models", None, lambda reply: next(told), about="list")
    assert got == ("done", 0.0) and clock.slept == [0.5, 1.0] and len(server.requests) == 3


def test_giving_up_says_who_what_and_how_often():
    with endpoint([b.status(500, message="broken")]) as server:
        ours, _ = line(server.url, retries=2)
        with pytest.raises(OracleFailed) as e:
            ours.call("/chat/completions", {"messages": [{"content": "?"}]}, lambda reply: reply, about="model m")
    first, *rest = str(e.value).splitlines()
    assert first == f"model m at {server.url}: status 500: broken, after 3 tries" and len(rest) == 2


def test_waits_are_random_by_themselves():
    with endpoint([b.status(500)]) as server:
        slept = []
        for _ in range(2):
            clock = Clock()
            ours = Line(server.url, "", clock=clock, sleep=clock.sleep, retries=3)
            with pytest.raises(OracleFailed):
                ours.call("/chat/completions", {"messages": []}, lambda reply: reply, about="m")
            slept.append(clock.slept)
    assert slept[0] != slept[1] and all(0 <= w < 2**i for s in slept for i, w in enumerate(s))


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        (" http://127.0.0.1:8000/v1/ ", "http://127.0.0.1:8000/v1"),
        ("https://host/a/b", "https://host/a/b"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_urls_end_without_a_slash(url, clean):
    assert Line(url, "").url == clean


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://far.example/v1", True),
        ("http://localhost:8000/v1", True),
        ("http://127.8.0.1/v1", True),
        ("http://[::1]/v1", True),
        ("http://192.168.0.7/v1", False),
        ("http://localhost.far.example/v1", False),
    ],
)
def test_the_key_of_the_environment_stays_private(monkeypatch, url, fine):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    if fine:
        assert Line(url).secret
    else:
        with pytest.raises(BadOption, match="unencrypted") as e:
            Line(url)
        assert KEY not in str(e.value)
