"""A dialogue over HTTP is the dialogue beside the agent: observations, rewards, ends; and bad connections."""

import gymnasium as gym
import httpx
import numpy as np
import pytest
from dialogue_server import served
from gymnasium.utils.env_checker import check_env

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadAction, BadOption, BadSeed, ResetNeeded
from rewardlab.envs.text.at_once import AtOnce
from rewardlab.envs.text.exports import Episodes, HttpDialogue
from rewardlab.envs.text.exports import http_dialogue as module
from rewardlab.envs.text.exports.http_dialogue import ServerFailed

TASKS = ("rewardlab/ArithChain-Calculator-v0", "rewardlab/GuessNumberText-v0", "rewardlab/ToolWorld-v0")
SAID = ("@calc 3*4", "5", "no ☃ such\nword", "@search the river", "answer: 3", "7", "\ud800")


@pytest.mark.parametrize("task", TASKS)
def test_the_same_words_are_paid_the_same(task):
    local = gym.make(task)
    fit = local.unwrapped.rules.fit
    with served(Episodes(task)) as url:
        far = HttpDialogue(url)
        assert far.action_space == local.action_space and far.observation_space == local.observation_space
        rng = np.random.default_rng(0)
        for seed in (3, None, None, 4):
            here, there = local.reset(seed=seed), far.reset(seed=seed)
            assert there == here and far.observation_space.contains(there[0])
            done = False
            while not done:
                said = str(rng.choice(SAID))
                one, other = local.step(fit(said.encode("utf-8", "backslashreplace").decode())), far.step(said)
                assert other[:4] == one[:4] and other[4] == one[4]
                done = one[2] or one[3]
            with pytest.raises(ResetNeeded, match="without a running episode"):
                far.step("a")
        assert far.describe()["summary"] == local.unwrapped.describe().summary
        far.close()
        far.close()


def test_conversations_side_by_side_and_one_is_ended_before_the_next():
    table = Episodes(TASKS[0], most=4)
    with served(table, token="of the house") as url, AtOnce(lambda: HttpDialogue(url, token="of the house"), 4) as rows:
        for seeds in ((0, 1, 2, 3), (None,) * 4):  # the second time would be too many, were the first not ended
            rows.reset(seeds)
            begun = {a.row: a.obs for a in rows.receive(4)}
            assert len(set(begun.values())) == 4 and len(table) == 4
        local = gym.make(TASKS[0])
        local.reset(seed=2)
        assert local.reset()[0] == begun[2]
    assert len(table) == 0


def test_it_keeps_the_laws_of_gymnasium():
    with served(Episodes(TASKS[2])) as url:
        env = HttpDialogue(url)
        check_env(env, skip_render_check=True)
        env.close()


def test_options_reach_the_task():
    with served(Episodes(TASKS[0], allowed=("length", "brief"))) as url:
        env = HttpDialogue(url, options={"brief": True})
        assert env.reset(seed=0)[0] == gym.make(TASKS[0], brief=True).reset(seed=0)[0]
        assert env.reset(seed=0, options={"length": 2})[0] == gym.make(TASKS[0], brief=True, length=2).reset(seed=0)[0]
        with pytest.raises(BadOption, match=r"422.*modulus"):
            env.reset(seed=0, options={"modulus": 3})
        env.close()


def answering(*answers):
    """A server that gives each answer in turn, errors among them, and what it was asked."""
    asked, left = [], list(answers)

    def handle(request):
        if request.url.path == "/task":
            return httpx.Response(200, json={"said": 9, "longest": 99, "card": {}})
        asked.append((request.method, request.url.path, request.content))
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return HttpDialogue("http://served", transport=httpx.MockTransport(handle)), asked


BEGUN = httpx.Response(201, json={"id": "k", "messages": [{"role": "user", "content": "hi"}], "info": {}})


def test_a_broken_connection_is_tried_again_with_the_same_words(monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.0)
    over = {"said": "a", "role": "user", "reply": "b", "reward": 1.0, "terminated": True, "truncated": False}
    heard = httpx.Response(200, json={**over, "turn": 1, "done": True, "info": {}})
    env, asked = answering(BEGUN, httpx.ReadTimeout("slow"), httpx.ConnectError("gone"), heard)
    env.reset(seed=0)
    assert env.step("a") == ("partner: hi\nyou: a\npartner: b", 1.0, True, False, {})
    assert len(asked) == 4 and len(set(asked[1:])) == 1 and b'"turn":0' in asked[1][2].replace(b" ", b"")
    env, _ = answering(BEGUN, httpx.ConnectError("gone"))
    env.reset(seed=0)
    with pytest.raises(ServerFailed, match="gone"):
        env.step("a")
    env.close()


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (httpx.Response(404, json={"error": "no such conversation"}), ResetNeeded, "no such conversation"),
        (httpx.Response(409, json={"error": "over", "mend": "begin"}), ResetNeeded, "over"),
        (httpx.Response(422, json={"error": "x", "expected": "a y"}), BadOption, "expected: a y"),
        (httpx.Response(500, json={"error": "a fault"}), ServerFailed, "a fault"),
        (httpx.Response(200, text="<html>"), ServerFailed, "no JSON"),
        (httpx.Response(302, text=""), ServerFailed, "302"),
    ],
)
def test_what_the_server_refuses(answer, error, words):
    env, _ = answering(BEGUN, answer)
    env.reset(seed=0)
    with pytest.raises(error, match=words):
        env.step("a")


def test_mistakes_are_named(monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.0)
    with pytest.raises(BadOption, match="url='localhost"):
        HttpDialogue("localhost:80")
    with pytest.raises(ServerFailed, match="rewardlab serve"):
        HttpDialogue("http://127.0.0.1:9")
    env, _ = answering(BEGUN)
    with pytest.raises(ResetNeeded, match="without a running"):
        env.step("a")
    with pytest.raises(BadSeed, match="seed -1"):
        env.reset(seed=-1)
    env.reset(seed=0)
    with pytest.raises(BadAction, match="3"):
        env.step(3)
    with served(Episodes(TASKS[1]), token="of the house") as url, pytest.raises(BadOption, match=r"401.*Bearer"):
        HttpDialogue(url, token="of another")
