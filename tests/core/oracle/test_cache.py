"""What is in the cache is not asked again, and it is there before the answer is: a kill loses what is in flight."""

import os
import signal
import subprocess
import sys
from collections import Counter

import pytest

from rewardlab.core.errors import BadStore, OracleFailed
from rewardlab.core.oracle import Answer, Cache, Cached, Endpoint, Ledger, Prompt, Scripted
from rewardlab.core.oracle.cache import prompt_key
from rewardlab.testing import endpoint


def test_a_key_is_all_that_an_answer_depends_on():
    base = Prompt("text", system="s", key=("task", "sys", 0, 0))
    others = [
        "text",
        Prompt("text", system="s"),
        Prompt("text", system="", key=base.key),
        Prompt("text2", system="s", key=base.key),
        Prompt("text", system="s", key=("task", "sys", 0, 1)),
        Prompt("text", system="s", key=("task", "sys", 1, 0)),
        Prompt("t\ud800", system="s", key=base.key),
    ]
    keys = [prompt_key(p, {"a": 1, "b": 2}) for p in [base, *others]] + [prompt_key(base, {"a": 2, "b": 2})]
    assert len(set(keys)) == len(keys) and all(len(k) == 32 for k in keys)
    assert prompt_key(base, {"b": 2, "a": 1}) == keys[0]
    assert prompt_key(Prompt("text", system="s", key=("other", "name", 0, 0)), {"a": 1, "b": 2}) == keys[0]


def test_an_oracle_behind_a_cache_is_asked_once(tmp_path):
    oracle = Scripted(lambda p: OracleFailed("no") if p == "bad" else Answer(p.upper(), author="hand", finish="length"))
    ask = Cached(oracle, tmp_path / "c", {"model": "m"})
    first = ask(["a", "b", "a", "bad"])
    assert first[:3] == ["A", "B", "A"] and isinstance(first[3], OracleFailed) and oracle.asked == ["a", "b", "bad"]
    again = Cached(oracle, tmp_path / "c", {"model": "m"})(["b", "a", "bad"])
    assert again[:2] == ["B", "A"] and oracle.asked[3:] == ["bad"]
    assert again[0].cached and (again[0].author, again[0].finish) == ("hand", "length")
    Cached(oracle, tmp_path / "c", {"model": "other"})(["a"])
    assert oracle.asked[4:] == ["a"]


def test_who_comes_first_stays(tmp_path):
    one, two = Cache(tmp_path / "c"), Cache(tmp_path / "c")
    assert one.put(b"k", b"first") == b"first" == two.put(b"k", b"second") == one.get(b"k")
    assert len(two) == 1 and two.get(b"other") is None
    two.close()


LIVES = """
import os, sys
from rewardlab.core.oracle import Endpoint, Prompt
Endpoint("test", "http://127.0.0.1:1/v1", "", retries=0)(["?"])  # imports, once for all lives
url, path, concurrency = sys.argv[1], sys.argv[2], int(sys.argv[3])
prompts = [Prompt(f"prompt {i}", key=("task", "system", 0, i)) for i in range(40)]
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        Endpoint("test", url, "", cache=path, concurrency=concurrency)(prompts)
        os._exit(0)
    print(pid, flush=True)
    print(os.waitpid(pid, 0)[1], flush=True)
"""


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_kill_repeats_at_most_the_calls_in_flight(tmp_path, concurrency):
    """kill -9, ten times each: on the way of a request, or as its answer arrives. What was kept is not asked again."""
    path, kills, requests, victim = str(tmp_path / "cache"), 10, 0, [0]

    def script(request):
        nonlocal requests
        requests += 1
        if requests % 3 or not victim[0]:
            return f"answer to {request.prompt}"

        def kill(x):  # the third request of each life is its last
            if x.request.number % 2:
                x.json({"choices": [{"index": 0, "message": {"content": "arrived"}, "finish_reason": "stop"}]})
            os.kill(victim[0], signal.SIGKILL)

        return kill

    prompts = [Prompt(f"prompt {i}", key=("task", "system", 0, i)) for i in range(40)]
    with endpoint(script) as server:
        command = [sys.executable, "-c", LIVES, server.url, path, str(concurrency)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as lives:
            for _ in range(kills):
                print("live", file=lives.stdin, flush=True)
                victim[0] = int(lives.stdout.readline())
                assert int(lives.stdout.readline()) == signal.SIGKILL
            victim[0] = 0
        asked = Counter(server.asked())
        cache = Cache(path)
        kept = len(cache)
        repeated = sum(asked.values()) - len(asked)
        assert repeated <= kills * concurrency
        assert kept >= sum(asked.values()) - kills * concurrency  # all but those in flight
        whole = Endpoint("test", server.url, "", cache=cache)(prompts)
        assert len(server.requests) == sum(asked.values()) + 40 - kept  # and none of those again
    assert Endpoint("test", server.url, "", cache=cache)(prompts) == whole  # nobody is there any more


def test_files_of_others_are_refused(tmp_path):
    Ledger(tmp_path / "l").close()
    with pytest.raises(BadStore, match="a cache of answers"):
        Cache(tmp_path / "l")
    (tmp_path / "text").write_text("not a database, but longer than its first bytes")
    with pytest.raises(BadStore, match="damaged"):
        Cache(tmp_path / "text")
