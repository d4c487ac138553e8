"""Dialogues over HTTP: what each path answers, what is refused and in which words, none waits for another."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import gymnasium as gym
import httpx
import pytest
from dialogue_server import ask, served

import rewardlab  # noqa: F401
from rewardlab.cli.dialogue_server import app
from rewardlab.core.errors import BadOption, SandboxUnavailable
from rewardlab.envs.text.exports import Episodes, sheet
from rewardlab.envs.text.transcripts import messages

TASK = "rewardlab/ArithChain-Calculator-v0"


@pytest.fixture(scope="module")
def table():
    return Episodes(TASK, {"length": 2}, most=8)


@pytest.fixture(scope="module")
def url(table):
    with served(table) as address:
        yield address


def test_a_conversation_from_its_beginning_to_its_end(url):
    env = gym.make(TASK, length=2)
    env.reset(seed=4)
    status, begun = ask(url, "POST", "/episodes", {"seed": 4})
    path = f"/episodes/{begun['id']}"
    assert status == 201 and begun["messages"] == messages(env) and not begun["done"]
    for turn, said in enumerate(("@calc 2*3", "@nobody", "answer: 1")):
        _, reward, terminated, _, info = env.step(said)
        status, heard = ask(url, "POST", path, {"message": said, "turn": turn})
        assert status == 200 and (heard["reward"], heard["done"]) == (reward, terminated)
        assert heard["reply"] == info["reply"] and heard["info"] == info and heard["turn"] == turn + 1
    assert heard["done"] and ask(url, "POST", path, {"message": "answer: 2"})[0] == 409
    status, shown = ask(url, "GET", path)
    assert status == 200 and shown["messages"] == messages(env) and shown["messages"][2]["role"] == "tool"
    assert sum(shown["rewards"]) == sum(sum(p.values()) for p in shown["parts"])
    assert ask(url, "DELETE", path) == (200, {"ended": True})
    assert ask(url, "GET", path)[0] == ask(url, "DELETE", path)[0] == ask(url, "POST", path, {"message": "a"})[0] == 404


def test_the_task_and_its_health(url):
    status, about = ask(url, "GET", "/task")
    expected = sheet(TASK, length=2)
    assert status == 200 and about == {**expected, "options": ["split", "malformed", "penalty", "brief"]}
    assert about["tools"][0]["name"] == "calc" and about["parameters"] == {"length": 2}
    status, health = ask(url, "GET", "/health")
    assert status == 200 and health == {"ok": True, "task": TASK, "open": health["open"], "most": 8}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", "/", None, 404, "/episodes"),
        ("GET", "/episodes/nobody", None, 404, "no such conversation"),
        ("DELETE", "/episodes", None, 405, "another method"),
        ("PUT", "/task", None, 405, "another method"),
        ("POST", "/episodes", {"seed": -1}, 422, "seed -1"),
        ("POST", "/episodes", {"seed": "a"}, 422, "seed 'a'"),
        ("POST", "/episodes", {"seed": True}, 422, "seed True"),
        ("POST", "/episodes", {"episode": -1}, 422, "episode=-1"),
        ("POST", "/episodes", {"sede": 1}, 422, "seed, episode, options"),
        ("POST", "/episodes", {"options": [1]}, 422, "an object"),
        ("POST", "/episodes", {"options": {"length": 3}}, 422, "length"),
        ("POST", "/episodes", {"options": {"penalty": "x"}}, 422, "penalty"),
        ("POST", "/episodes", [1], 400, "a JSON object"),
        ("POST", "/episodes/nobody", {"message": "a"}, 404, "no such"),
        ("POST", "/episodes/nobody", {"message": 3}, 422, "a text"),
        ("POST", "/episodes/nobody", {"message": "a", "turn": -1}, 422, "turn"),
        ("POST", "/episodes/nobody", {"say": "a"}, 422, "message, turn"),
        ("POST", "/episodes", {"options": {"brief": "x" * 70_000}}, 413, "64 kB"),
    ],
)
def test_what_is_refused_says_what_was_expected(url, method, path, body, status, words):
    found, said = ask(url, method, path, body)
    assert found == status and words in json.dumps(said) and "Traceback" not in json.dumps(said)


def test_broken_bodies(url):
    def post(content, kind="application/json"):
        r = httpx.post(f"{url}/episodes", content=content, headers={"content-type": kind}, trust_env=False)
        return r.status_code

    assert post(b"{") == post(b'{"seed": 1e999}') == post(b'{"seed": NaN}') == post(b'{"a": 1, "a": 2}') == 400
    assert post(b"[" * 60_000) == 400 and post(b"\xff") == 400
    assert post(b"{}", "text/plain") == 415
    assert post(iter([b"x" * 40_000] * 4)) == 413  # in chunks, without a length


def test_hosts_origins_and_tokens(table):
    with served(table, token="open sesame") as url:
        right = {"authorization": "Bearer open sesame"}
        assert ask(url, "GET", "/health")[0] == 401
        for wrong in ("Bearer open", "open sesame", "Basic open sesame", "Bearer ☃".encode()):
            assert ask(url, "GET", "/health", headers={"authorization": wrong})[0] == 401
        assert ask(url, "GET", "/health", headers=right)[0] == 200
        for bad in ({"host": "evil.example"}, {"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
            assert ask(url, "GET", "/health", headers={**right, **bad})[0] == 403
        port = int(url.rpartition(":")[2])
        assert ask(url, "GET", "/health", headers={**right, "host": f"localhost:{port}"})[0] == 200
        with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
            raw.sendall(b"POST /episodes HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")
            assert b" 400 " in raw.recv(100)


def test_there_are_no_more_than_may_be():
    now = [0.0]
    table = Episodes(TASK, most=2, idle=0.2, clock=lambda: now[0])
    with served(table) as url:
        ids = [ask(url, "POST", "/episodes", {"seed": k})[1]["id"] for k in range(2)]
        status, said = ask(url, "POST", "/episodes", {"seed": 2})
        assert status == 429 and "2 conversations" in said["error"] and said["mend"]
        now[0] = 1.0
        until = time.monotonic() + 10
        while len(table) and time.monotonic() < until:  # forgotten without anybody asking
            time.sleep(0.02)
        assert len(table) == 0 and ask(url, "GET", f"/episodes/{ids[0]}")[0] == 404
        assert ask(url, "POST", "/episodes", {"seed": 2})[0] == 201


def test_one_conversation_does_not_wait_for_another(table, url):
    gate, entered = threading.Event(), threading.Event()
    slow, quick = (ask(url, "POST", "/episodes", {"seed": 1})[1]["id"] for _ in range(2))
    env = table.find(slow).env
    step = env.step

    def waits(action):
        entered.set()
        assert gate.wait(20)
        return step(action)

    env.step = waits
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, url, "POST", f"/episodes/{slow}", {"message": "answer: 0"})
        assert entered.wait(20)
        assert ask(url, "POST", f"/episodes/{slow}", {"message": "answer: 0"})[0] == 409
        heard = ask(url, "POST", f"/episodes/{quick}", {"message": "answer: 0"})
        assert not waiting.done()
        gate.set()
        assert waiting.result() == heard and heard[0] == 200
    del env.step


def test_faults_are_told_without_their_insides(table, url):
    key = ask(url, "POST", "/episodes", {"seed": 1})[1]["id"]
    env = table.find(key).env

    def breaks(action):
        raise error

    env.step = breaks
    error = ZeroDivisionError("/secret/path")
    status, said = ask(url, "POST", f"/episodes/{key}", {"message": "a"})
    assert status == 500 and "secret" not in json.dumps(said)
    error = SandboxUnavailable("no wall", mend="rewardlab doctor")
    status, said = ask(url, "POST", f"/episodes/{key}", {"message": "a"})
    assert status == 503 and said == {"error": "no wall", "mend": "rewardlab doctor"}
    del env.step
    assert ask(url, "POST", f"/episodes/{key}", {"message": "a", "turn": 0})[0] == 200


def test_workers_are_at_least_one(table):
    with pytest.raises(BadOption, match="workers=0"):
        app(table, workers=0)
