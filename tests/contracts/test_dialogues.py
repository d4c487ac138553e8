"""Laws that every dialogue obeys: its verifier, its expert, its splits, its seeds, and what it does with any text."""

import pickle
import re
import zlib
from concurrent.futures import ThreadPoolExecutor

import gymnasium as gym
import numpy as np
import pytest
from contracts.chosen import has_turn, kept
from contracts.dialogues import DIALOGUES, HOSTILE, made, play_expert, rules_of

from rewardlab.core.errors import BadAction, BadOption
from rewardlab.envs.text.dialogue import RULINGS, Dialogue, in_test, rng_of
from rewardlab.envs.text.lines import escape
from rewardlab.envs.text.transcripts import Recorder, messages, read, replay

EXPERTS = 12
EVERY = pytest.mark.parametrize("name", DIALOGUES)


def tasks(rules, count=60):
    return [rules._task(rng_of(seed)) for seed in range(count)]


@EVERY
def test_answers_that_must_pass_pass_and_those_that_must_fail_fail(name):
    rules = rules_of(name)
    examples = rules.examples()
    assert sum(e.passes for e in examples) >= 2 and sum(not e.passes for e in examples) >= 4
    for e in examples:
        assert bool(rules.check(e.said, e.truth)) is e.passes, e.said[:80]
    assert pickle.loads(pickle.dumps(examples)) == examples


@pytest.mark.parametrize(
    ("name", "split"),
    kept(
        [
            pytest.param(name, split, marks=() if has_turn(k, 2, f"expert {name}") else pytest.mark.slow)
            for name in DIALOGUES
            for k, split in enumerate(("train", "test"))
        ]
    ),
)
def test_the_expert_succeeds_in_both_splits(name, split):
    env = made(name, split=split)
    best = env.unwrapped.rules.card().optimal_return
    returns = []
    for seed in range(EXPERTS):
        rewards, info, said = play_expert(env, seed)
        assert info["success"] and all(text == env.unwrapped.rules.fit(text) for text in said), (seed, said)
        returns.append(sum(rewards))
    if best is not None:
        assert np.mean(returns) <= best + 1e-9
    env.close()


@EVERY
def test_brief_talk_needs_few_tokens(name):
    rules = rules_of(name, brief=True)
    tokens = list(rules.vocabulary())
    assert len(tokens) <= 64 and len(set(tokens)) == len(tokens) and all(tokens)
    known = re.compile("(?:" + "|".join(re.escape(t) for t in sorted(tokens, key=len, reverse=True)) + ")*")
    for seed in range(20):
        _, _, said = play_expert(env := made(name, brief=True), seed)
        for m in messages(env):
            assert known.fullmatch(m["content"]), m
        assert len(rules.prompt(tasks(rules, 1)[0])) <= len(rules_of(name).prompt(tasks(rules, 1)[0])) and said
        env.close()


@EVERY
def test_the_splits_have_no_task_in_common_and_all_has_both(name):
    train, test, both = (rules_of(name, split=s) for s in ("train", "test", "all"))
    keys = [{repr(r.key(t)) for t in tasks(r)} for r in (train, test)]
    assert not keys[0] & keys[1] and keys[0] and keys[1]
    assert {in_test(both.key(t)) for t in tasks(both, 120)} == {True, False}


@EVERY
def test_a_group_shares_its_start_exactly_also_under_threads(name):
    def start(seed):
        env = made(name)
        shown = env.reset(seed=seed)
        state = env.unwrapped.get_state()["state"]
        env.close()
        return shown[0], repr(state["task"][0]), repr(state["memory"][0])

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(start, [5] * 4 + [6] * 4))
    assert len(set(found[:4])) == 1 and len(set(found[4:])) == 1
    assert found[0] == start(5)
    envs = gym.make_vec(name, num_envs=3)
    obs, _ = envs.reset(seed=[5, 5, 6])
    assert obs[0] == obs[1] == found[0][0] and obs[2] == found[4][0]
    envs.close()


@pytest.mark.parametrize(
    ("name", "malformed"),
    kept(
        [
            pytest.param(name, ruling, marks=() if has_turn(k, len(RULINGS), name) else pytest.mark.slow)
            for name in DIALOGUES
            for k, ruling in enumerate(RULINGS)
        ]
    ),
)
def test_any_text_is_heard_and_answered(name, malformed):
    env = made(name, malformed=malformed, penalty=0.25)
    rules = env.unwrapped.rules
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    for k in rng.permutation(len(HOSTILE)).tolist():
        text = HOSTILE[k]
        before, _ = env.reset(seed=k)
        over = False
        for _ in range(rules.turns):
            obs, reward, over, _, info = env.step(text)
            assert obs in env.observation_space and obs.startswith(before) and np.isfinite(reward)
            assert obs.count("\n") == before.count("\n") + 2  # nobody speaks for the other side
            assert info["said"] == escape(text[: rules.said])[: rules.said]
            parts = {key: v for key, v in info.items() if key.startswith("part_")}
            assert reward == pytest.approx(sum(parts.values()), abs=1e-12)
            if not info["understood"]:
                assert info["part_malformed"] == (0 if malformed == "retry" else -0.25)
                assert over or malformed != "terminate"
                assert not info["success"]
            before = obs
            if over:
                break
        assert over
    env.close()


@EVERY
def test_what_is_no_text_is_refused_by_name(name):
    env = made(name)
    env.reset(seed=0)
    state = pickle.dumps(env.unwrapped.get_state()["state"]["lines"].tolist())
    for wrong in (None, 3, b"bytes", ["a"], 1.5):
        with pytest.raises(BadAction, match=type(env.unwrapped.rules).__name__):
            env.step(wrong)
    assert pickle.dumps(env.unwrapped.get_state()["state"]["lines"].tolist()) == state
    env.close()


@EVERY
def test_options_of_every_dialogue_are_checked(name):
    for wrong in ({"split": "dev"}, {"malformed": "ignore"}, {"penalty": -1.0}, {"penalty": float("nan")}):
        with pytest.raises(BadOption, match=next(iter(wrong))):
            rules_of(name, **wrong)


@EVERY
def test_a_conversation_is_written_down_and_plays_again_to_the_same_rewards(name, tmp_path):
    path = tmp_path / "talk.jsonl"
    env = Recorder(made(name, malformed="penalty"), path)
    rng = np.random.default_rng(1)
    paid = []
    env.reset(seed=3)
    for episode in range(3):  # the expert, nonsense, and both in turns
        over, rewards = False, []
        if episode:
            env.reset()
        while not over:
            state = env.unwrapped.get_state()["state"]
            good = env.unwrapped.rules.expert(state["task"][0], state["memory"][0], rng)
            text = good if episode == 0 or (episode == 2 and rng.random() < 0.7) else "\ud800 what? @"
            _, reward, terminated, truncated, _ = env.step(text)
            rewards.append(float(reward))
            over = terminated or truncated
        paid.append(rewards)
        roles = [m["role"] for m in messages(env)]
        assert roles[0] == "user" and roles[1::2] == ["assistant"] * len(rewards)
    env.close()
    lines = list(read(path))
    assert [line["rewards"] for line in lines] == paid
    assert [replay(line) for line in lines] == paid
    assert lines[0]["success"]


@EVERY
def test_the_card_names_every_column(name):
    env = made(name)
    rules: Dialogue = env.unwrapped.rules
    env.reset(seed=0)
    info = env.step("x")[-1]
    assert set(info) - {"is_success"} == set(rules.card().info)
    env.close()
