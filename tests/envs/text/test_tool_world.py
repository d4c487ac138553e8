"""A desk of tools: the checker against every kind of wrong conversation, waste, time and refusals."""

import time

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.tool_world import MILLISECONDS, ToolWorld, last_message, last_word


def drawn(rules, count=60):
    return [rules._task(rng_of(seed)) for seed in range(count)]


def play(env, seed, said=None):
    """(messages, infos, rewards) of the expert, or of the messages given."""
    env.reset(seed=seed)
    rules, messages, infos, rewards, over = env.unwrapped.rules, [], [], [], False
    while not over:
        state = env.unwrapped.get_state()["state"]
        text = rules.expert(state["task"][0], state["memory"][0], None) if said is None else said[len(messages)]
        _, reward, over, _, info = env.step(text)
        messages.append(text)
        infos.append(info)
        rewards.append(reward)
    return messages, infos, rewards


def test_the_right_conversation_passes_and_every_negative_fails():
    rules, rng, kinds = ToolWorld(split="all"), np.random.default_rng(0), set()
    for task in drawn(rules, 150):
        right = [*task.plan, last_message(task)]
        assert rules.check("\n".join(right), task)
        found = rules.negatives(task, rng)
        for kind, messages in found.items():
            assert messages != right and not rules.check("\n".join(messages), task)
            kinds.add((task.family, kind))
        assert "verdict" in found or task.last == "cannot"
    assert {k for f, k in kinds if f == "plan"} == {"argument", "missing", "order", "invented", "verdict"}
    assert {k for f, k in kinds if f == "recover"} == {"argument", "missing", "order", "invented", "verdict"}
    assert ("refuse", "verdict") in kinds and ("refuse", "invented") in kinds


def test_negatives_fail_in_play_too():
    env = gym.make("rewardlab/ToolWorld-v0", flaky=0.0)
    rng = np.random.default_rng(1)
    for seed in range(15):
        env.reset(seed=seed)
        task = env.unwrapped.get_state()["state"]["task"][0]
        for messages in env.unwrapped.rules.negatives(task, rng).values():
            _, infos, rewards = play(env, seed, messages)
            assert not infos[-1]["success"] and sum(rewards) == 0


def test_the_expert_wastes_no_call_and_repeats_only_what_failed():
    for flaky in (0.0, 0.9):
        env = gym.make("rewardlab/ToolWorld-v0", flaky=flaky)
        failures = 0
        for seed in range(40):
            messages, infos, rewards = play(env, seed)
            last = infos[-1]
            down = bool(env.unwrapped.get_state()["state"]["task"][0].world.down)
            assert rewards == [0.0] * (len(rewards) - 1) + [1.0] and last["state_right"] and not last["trespasses"]
            assert last["calls"] - last["errors"] == last["needed"] - down * (last["errors"] > 0)
            assert len(messages) == last["calls"] + 1
            failures += last["errors"] - down * (last["errors"] > 0)
        assert (failures > 0) == (flaky > 0)


def test_time_is_counted_by_tool_and_pace_and_seen_alike_with_and_without_waiting():
    plain, waiting = (gym.make("rewardlab/ToolWorld-v0", wait=w, families=[1, 1, 0, 0]) for w in (0.0, 0.05))
    for seed in range(3):
        messages, infos, rewards = play(plain, seed)
        state = plain.unwrapped.get_state()["state"]
        task, log = state["task"][0], state["memory"][0]
        due = [MILLISECONDS[call.name] * task.pace[k] for k, (call, _) in enumerate(log)]
        assert [int(i["milliseconds"]) for i in infos] == [*due, 0]
        begin = time.monotonic()
        again = play(waiting, seed)
        assert time.monotonic() - begin >= 0.05 * sum(due) / 1000
        assert again[0] == messages and again[2] == rewards
        assert [i["reply"] for i in again[1]] == [i["reply"] for i in infos]


def test_several_calls_in_one_message_are_one_turn_and_take_their_time_together():
    env = gym.make("rewardlab/ToolWorld-v0", flaky=0.0, families=[1, 0, 0, 0])
    env.reset(seed=1)
    task = env.unwrapped.get_state()["state"]["task"][0]
    _, _, _, _, info = env.step("\n".join(task.plan))
    assert info["calls"] == len(task.plan) and info["state_right"] and info["turn"] == 1
    assert info["reply"].count("\n") == len(task.plan) - 1
    assert env.step(last_message(task))[4]["success"]


def test_whoever_refuses_everything_or_nothing_is_right_as_often_as_the_families_say():
    rules = ToolWorld(split="all")
    tasks = drawn(rules, 400)
    assert sum(rules.check("refuse", t) for t in tasks) == sum(t.last == "refuse" for t in tasks) > 30
    assert sum(rules.check("cannot", t) for t in tasks) == sum(t.last == "cannot" for t in tasks) > 50


def test_touching_a_private_note_spoils_a_right_answer():
    rules = ToolWorld(split="all", families=(0, 0, 1, 0))
    for task in drawn(rules, 20):
        key = next(k for k, _ in task.world.notes if k.startswith("private"))
        right = [*task.plan, last_message(task)]
        assert rules.check("\n".join(right), task)
        assert rules.check("\n".join([f"@notes action=list key='{key}'", *right]), task)
        assert not rules.check("\n".join([f"@notes action=get key='{key}'", *right]), task)


def test_last_words_are_read():
    for said, due in {"refuse": "refuse", " Cannot. ": "cannot", "answer: 12": "12", "Answer 007": "7",
                      "answer:Rome.": "rome"}.items():  # fmt: skip
        assert last_word(said) == due
    for said in ("", "answer", "answer:", "I refuse", "answer: 1; 2", "answer: \uff12", "12"):
        assert last_word(said) == ""


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"families": (1, 1, 1)}, {"families": (0, 0, 0, 0)}, {"families": (1, -1, 1, 1)},
                  {"families": (1, "x", 1, 1)}, {"flaky": 1.0}, {"turns": 7}, {"wait": -1.0},
                  {"wait": float("nan")}):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            ToolWorld(**wrong)
