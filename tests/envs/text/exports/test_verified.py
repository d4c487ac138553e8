"""Dialogues in verifiers: evaluations with a scripted model, by call and by command; and without the package."""

import asyncio
import importlib
import importlib.util
import subprocess
import sys

import gymnasium as gym
import pytest
from chain_answers import CALCULATOR, answers

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.transcripts import messages

MODULE, GUESS = "rewardlab.envs.text.exports.verified", "rewardlab/GuessNumberText-v0"
needs_verifiers = pytest.mark.skipif(importlib.util.find_spec("verifiers") is None, reason="needs verifiers")


def test_without_the_package_it_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "verifiers", None)
    monkeypatch.setitem(sys.modules, "verifiers.v1", None)
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    with pytest.raises(BadOption, match=r"rewardlab\[verifiers\]"):
        importlib.import_module(MODULE)


def evaluated(config, speak, folder, rollouts=1):
    """The traces of an evaluation, by the name of the task."""
    import verifiers.v1 as vf
    from verifiers.v1.cli.eval.runner import run_eval
    from verifiers.v1.configs.cli.eval import EvalConfig
    from verifiers_model import model

    with model(speak) as url:
        client = vf.EvalClientConfig(base_url=url, api_key_var="NO_KEY_IS_NEEDED")
        made = EvalConfig(
            env=config, model="scripted", client=client, num_rollouts=rollouts, push=False, rich=None, output_dir=folder
        )
        episodes = asyncio.run(run_eval(made))
    assert all(e.ok and not e.errors for e in episodes)
    return {trace.task.data.name: trace for episode in episodes for trace in episode.traces}


@needs_verifiers
def test_an_evaluation_with_calls_of_a_tool(tmp_path):
    from rewardlab.envs.text.exports import verifiers_config

    right = answers(CALCULATOR, range(4))
    env = gym.make(CALCULATOR)
    seed_of = {env.reset(seed=s) and messages(env)[0]["content"]: s for s in right}

    def speak(said):
        """Even seeds ask the calculator, and then are right; odd ones guess."""
        seed = seed_of[said[0]["content"]]
        if seed % 2:
            return "answer: 1000"
        if len(said) == 1:
            return '<tool_call>{"name": "calc", "arguments": {"expression": "6*7"}}</tool_call>'
        assert said[-1]["content"] == "42" and [m["role"] for m in said] == ["user", "assistant", "user"]
        return right[seed]

    found = evaluated(verifiers_config(CALCULATOR, count=4), speak, tmp_path)
    for seed in right:
        trace = found[f"{CALCULATOR}#{seed}"]
        paid = {name: reward.score for name, reward in trace.rewards.items()}
        assert paid == {"outcome": float(seed % 2 == 0), "lines": 0.0, "malformed": 0.0}
        assert trace.metrics["success"] == float(seed % 2 == 0) and trace.metrics["turns"] == 2 - seed % 2


@needs_verifiers
def test_the_sum_of_the_rewards_is_what_the_environment_pays(tmp_path):
    from rewardlab.envs.text.exports import verifiers_config

    def speak(said):
        return ("8", "no ☃ number", "12", "3", "14")[len(said) // 2]

    def instructed(said):
        assert said[0] == {"role": "system", "content": "Be quick."} and said[1]["role"] == "user"
        assert [m["role"] for m in said].count("system") == 1
        return speak(said[1:])

    (tmp_path / "system.txt").write_text("Be quick.")
    config = verifiers_config(GUESS, count=3)
    config.taskset.system_prompt = tmp_path / "system.txt"
    found = evaluated(config, instructed, tmp_path, rollouts=2)
    env = gym.make(GUESS)
    for seed in range(3):
        env.reset(seed=seed)
        total, k, done = 0.0, 0, False
        while not done:
            _, reward, done, truncated, info = env.step(env.unwrapped.rules.fit(speak([None] * (2 * k + 1))))
            total, k, done = total + reward, k + 1, done or truncated
        trace = found[f"{GUESS}#{seed}"]
        assert sum(r.score * r.weight for r in trace.rewards.values()) == total and trace.metrics["turns"] == k
        assert trace.metrics["success"] == float(info["success"])
        assert len(trace.branches[-1].messages) == 2 * k + 1


@needs_verifiers
def test_the_command_of_verifiers_finds_it(tmp_path):
    from verifiers_model import model

    with model(lambda said: "answer: 1000") as url:
        command = [
            sys.executable, "-m", MODULE, "rewardlab_dialogues", "--env.taskset.dialogue", "rewardlab/ArithChain-v0",
            "-n", "2", "--no-push", "--no-rich", "--client.base-url", url, "--client.api-key-var", "NO_KEY_IS_NEEDED",
            "-o", str(tmp_path),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    (traces,) = tmp_path.rglob("traces.jsonl")
    assert len(traces.read_text().splitlines()) == 2 and "rewardlab/ArithChain-v0#1" in traces.read_text()
