"""Hints in the loop: who fails is asked again, hints are never learned from, and what was solved is as it was."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from token_worlds import policy

from rewardlab.agents.loops import HintedAgent, SequenceAgent
from rewardlab.agents.policy_gradient import grpo, guided
from rewardlab.core.errors import BadOption

LETTERS, LENGTH = "abcd=", 4


class Lock(gym.Env):
    """Asks for a code that follows from a key; pays 1 for all of it, whatever was given away of it."""

    action_space = spaces.Text(LENGTH, min_length=0, charset=LETTERS)
    observation_space = spaces.Text(40, min_length=0, charset=LETTERS)

    def __init__(self, open_for=""):
        self.open_for = open_for

    def reset(self, *, seed=None, options=None):
        self.key = "abcd"[seed % 4]
        return self.key, {"reply": self.key}

    def code(self):
        return "".join("abcd"[("abcd".index(self.key) + k) % 4] for k in range(LENGTH))

    def step(self, action):
        self.said = action
        good = action == self.code() or self.key in self.open_for
        return "", float(good), True, False, {"reply": "", "success": good}


def solution(env):
    return env.unwrapped.code()


def agent(kind=HintedAgent, open_for="", **options):
    more = {"guide": guided, "solution": solution, "lead": "="} if kind is HintedAgent else {}
    own = {"groups": 4, "group_size": 3, "turns": 1, "max_tokens": 4, "tasks": [0, 1, 2, 3], "reference": None}
    return kind(lambda: Lock(open_for), policy(LETTERS, context=24), grpo, **{**own, **more, **options})


def test_who_fails_is_asked_again_with_more_and_hints_are_masked():
    made = agent(open_for="ab")
    group = made.collect()
    keys = ["abcd"[s % 4] for s in made.rollouts.seeds]
    failed = [k in "cd" for k in keys]
    assert made.shown.tolist() == [0.75 if f else 0.0 for f in failed]
    vocabulary = made.policy.vocabulary
    for p, key in enumerate(keys):
        hint = "=" + "".join("abcd"[("abcd".index(key) + k) % 4] for k in range(3)) if failed[p] else ""
        asked = [*vocabulary.message("partner", key + hint), *vocabulary.begin()]
        for g in range(3):
            tokens, mask = group.info["tokens"][p, g], group.mask[p, g]
            assert tokens[: len(asked)].tolist() == asked and mask[: len(asked)].sum() == 0
            assert mask.sum() >= 1 and (tokens[mask != 0] >= 1).all()
    assert made.num_timesteps == 3 * (4 + 2 + 2 + 2)
    assert all("=" not in m["content"] for group in made.rollouts.messages for ms in group for m in ms[:1])


def test_what_the_policy_is_scored_with_is_what_it_sampled_with():
    made = agent()
    group = made.collect()
    logp = made.scores(made.policy, group.info["tokens"], group.mask, group.info["window"])
    assert (made.shown > 0).all() and torch.allclose(logp, group.old_logp, atol=1e-5)


def test_where_all_is_solved_it_is_the_sequence_agent_to_the_bit():
    ours, theirs = agent(open_for="abcd"), agent(SequenceAgent, open_for="abcd")
    for _ in range(2):
        a, b = ours.collect(), theirs.collect()
        assert torch.equal(a.info["tokens"], b.info["tokens"]) and torch.equal(a.old_logp, b.old_logp)
        ours.improve(a)
        theirs.improve(b)
    assert ours.num_timesteps == theirs.num_timesteps


def test_while_warming_half_is_shown_and_the_share_is_told():
    made = agent(cold=1)
    made.learn(1)
    assert (made.shown == 0.5).all() and made.told["train/shown"] == 0.5
    made.learn(1)
    assert (made.shown == 0.75).all() and made.told["train/shown"] == 0.75
    with pytest.raises(BadOption, match="cold"):
        agent(cold=-1)


def test_a_file_goes_on_with_the_same_code(tmp_path):
    made = agent(cold=3)
    made.learn(1)
    made.save(tmp_path / "run")
    again = HintedAgent.load(tmp_path / "run", lambda: Lock(), objective=grpo, guide=guided, solution=solution)
    assert again.cold == 3 and again.lead == "="
    for one in (made, again):
        one.learn(1)
    assert np.array_equal(made.shown, again.shown)
    assert torch.equal(made.rollouts.tokens, again.rollouts.tokens)
