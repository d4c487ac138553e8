"""`rewardlab serve`: a process that serves a task, and mistakes that are told in a sentence."""

import signal
import socket
import subprocess
import sys

import gymnasium as gym
import pytest

import rewardlab  # noqa: F401
from rewardlab.cli import main
from rewardlab.cli.serving import parameters
from rewardlab.envs.text.exports import HttpDialogue


def test_a_process_serves_a_task(monkeypatch):
    monkeypatch.setenv("REWARDLAB_SERVE_TOKEN", "of the variable")
    command = [sys.executable, "-m", "rewardlab", "serve", "ArithChain", "--port", "0", "--param", "length=2"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = child.stdout.readline()
        assert line.startswith("rewardlab/ArithChain-v0 at http://127.0.0.1:") and "with a token" in line, line
        env, local = (
            HttpDialogue(line.split()[2], token="of the variable"),
            gym.make("rewardlab/ArithChain-v0", length=2),
        )
        assert env.reset(seed=1)[0] == local.reset(seed=1)[0] and env.about["parameters"] == {"length": 2}
        assert env.step("answer: 4")[:4] == local.step("answer: 4")[:4]
        env.close()
    finally:
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=30)
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["ArithChian-v0"], "did you mean"),
        (["DeepSea-v0"], "no dialogue"),
        (["ArithChain-v0", "--host", "0.0.0.0"], "expected: a token"),
        (["ArithChain-v0", "--port", "70000"], "0 to 65535"),
        (["ArithChain-v0", "--episodes", "0"], "--episodes 1"),
        (["ArithChain-v0", "--workers", "0"], "--workers 1"),
        (["ArithChain-v0", "--idle", "0"], "idle=0"),
        (["ArithChain-v0", "--param", "length"], "NAME=VALUE"),
        (["ArithChain-v0", "--param", "length=99"], "length"),
    ],
)
def test_mistakes_are_told(capsys, monkeypatch, argv, words):
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: pytest.fail("it served"))
    assert main(["serve", *argv]) == 2
    err = capsys.readouterr().err
    assert words in err and "Traceback" not in err and len(err.splitlines()) <= 5


@pytest.mark.parametrize(
    ("argv", "token", "address", "name"),
    [
        ([], "", False, "127.0.0.1"),
        (["--host", "0.0.0.0", "--token", "of the house"], "of the house", True, socket.gethostname().lower()),
        (["--token", "short"], "short", False, "localhost"),
    ],
)
def test_who_may_call(capsys, monkeypatch, argv, token, address, name):
    ran = []
    monkeypatch.setattr("rewardlab.rewards.preference.labelling.serving.run", lambda *given: ran.append(given))
    assert main(["serve", "ArithChain-v0", "--port", "0", *argv]) == 0
    ((gate, listening),) = ran
    listening.close()
    assert (gate.token, gate.addresses) == (token, address)
    assert name in gate.hosts and "0.0.0.0" not in gate.hosts
    out = capsys.readouterr().out
    assert ("with a token" in out) == bool(token) and (not token or token not in out)


def test_parameters():
    assert parameters(("a=3", "b=word", 'c="3"', "d=true", "e=")) == {"a": 3, "b": "word", "c": "3", "d": True, "e": ""}
