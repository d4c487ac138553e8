"""What is in the cache is not asked again, and it is there before the answer is: kills lose at most what is in flight."""

import multiprocessing
import os
import signal
from collections import Counter

import pytest
from quick_oracle import ask_until_killed

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


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_kill_repeats_at_most_the_calls_in_flight(tmp_path, concurrency):
    """kill -9 at 10 moments each: on the way of a request, or of its answer. What was kept is never asked again."""
    path, count, kills = str(tmp_path / "cache"), 30, 10
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(
        ["pytest", "httpx", "rewardlab.core.oracle.endpoint", "rewardlab.core.oracle.wire"]
    )
    kept_when_asked: list[int] = []
    victim: list[int] = []

    def script(request):
        kept_when_asked.append(len(cache))
        number = len(kept_when_asked)
        if victim and number % 3 == 0:  # the third request of each life is its last
            pid = victim.pop()
            if number % 2:
                os.kill(pid, signal.SIGKILL)  # before the answer is on its way
                return "never read"

            def answer_and_kill(x):
                x.json({"choices": [{"index": 0, "message": {"content": request.prompt}, "finish_reason": "stop"}]})
                os.kill(pid, signal.SIGKILL)

            return answer_and_kill
        return f"answer to {request.prompt}"

    with endpoint(script) as server:
        cache = Cache(path)
        for _ in range(kills):
            child = processes.Process(target=ask_until_killed, args=(server.url, path, count, concurrency))
            child.start()
            victim[:] = [child.pid]
            child.join()
            assert child.exitcode == -signal.SIGKILL
        asked = Counter(server.asked())
        repeated = sum(asked.values()) - len(asked)
        assert repeated <= kills * concurrency
        assert len(cache) >= sum(asked.values()) - kills * concurrency  # every answer but those in flight is there
        cache_before = len(cache)
        ask = Endpoint("test", server.url, "", cache=path)
        prompts = [Prompt(f"prompt {i}", key=("task", "system", 0, i)) for i in range(count)]
        whole = ask(prompts)
        assert len(server.requests) - sum(asked.values()) == count - cache_before
    assert Endpoint("test", server.url, "", cache=path)(prompts) == whole  # nobody is there any more


def test_files_of_others_are_refused(tmp_path):
    Ledger(tmp_path / "l").close()
    with pytest.raises(BadStore, match="a cache of answers"):
        Cache(tmp_path / "l")
    (tmp_path / "text").write_text("not a database, but longer than its first bytes")
    with pytest.raises(BadStore, match="damaged"):
        Cache(tmp_path / "text")
