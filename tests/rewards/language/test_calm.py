"""CALM: each sub-goal once in an episode, never more than c m, batched over recordings, and Markov when shown."""

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st
from steps import steps

from rewardlab.core.errors import BadCheckpoint, BadOption, MissingColumn
from rewardlab.core.reward import Task
from rewardlab.core.tabulate import strays, tabulate
from rewardlab.envs.gridworlds.key_room import KeyRoom
from rewardlab.envs.world import WorldVectorEnv
from rewardlab.rewards.drivers.vector import PaidVector
from rewardlab.rewards.language.calm import CALM
from rewardlab.rewards.language.grid_text import GridText
from rewardlab.rewards.language.judging import NoisyJudge
from rewardlab.rewards.specification.product import ProductVectorObservation

GOALS = ("take the key", "open the door", "reach the chest")
SIGNS = (
    ("in front: a yellow key", "Action: pick up", "After, in hand: a yellow key"),
    ("Before, in front: a locked yellow door", "After, in front: an open yellow door"),
    ("Before, in front: a chest", "Action: go forward"),
)


def judge(items):
    """Right about every step of the key room, told by `GridText`."""
    return np.array([float(all(sign in text for sign in SIGNS[GOALS.index(goal)])) for goal, text in items])


def told(*rows):
    return np.array(rows, dtype=object)


def by_letter(items):
    return np.array([float(goal in text) for goal, text in items])


def test_each_sub_goal_is_paid_once_in_an_episode():
    reward = CALM(("a", "b"), by_letter, bonus=0.5)
    words = told(["a", "x"], ["a", "ab"], ["b", "b"], ["x", "a"], ["ab", "x"])
    ends = np.zeros((5, 2), dtype=bool)
    ends[2, 0] = True
    paid = reward.recorded(steps((5, 2), terminated=ends, transition=words))["calm"]
    assert paid.tolist() == [[0.5, 0], [0, 1], [0.5, 0], [0, 0], [1, 0]]
    assert reward.verifier.asked == 2 * len({"a", "x", "ab", "b"})  # in one call, each pair once


@given(seed=st.integers(0, 10**6), m=st.integers(1, 5), e=st.floats(0, 1))
def test_an_episode_never_earns_more_than_c_m(seed, m, e):
    rng = np.random.default_rng(seed)
    random = NoisyJudge(lambda items: np.array([float(rng.random() < 0.5) for _ in items]), e, e, seed)
    reward = CALM(tuple("abcde"[:m]), random, bonus=0.1)
    words = rng.integers(0, 9, (30, 2)).astype(str).astype(object)
    paid = reward.recorded(steps((30, 2), transition=words))["calm"]
    assert (paid.sum(0) <= 0.1 * m + 1e-12).all() and (paid >= 0).all()


def test_with_a_right_judge_the_room_pays_its_own_flags():
    rules = KeyRoom(room_width=6, room_height=5)
    reward = CALM(GOALS, judge, GridText(goal="chest"))
    envs = PaidVector(WorldVectorEnv(rules, 8, max_episode_steps=150), Task() + reward)
    _, info = envs.reset(seed=0)
    rng, before, most = np.random.default_rng(0), np.zeros(8), 0
    for _ in range(400):
        _, pay, terminated, truncated, info = envs.step(rng.choice(6, 8, p=[0.2, 0.2, 0.35, 0.1, 0.05, 0.1]))
        done = terminated | truncated
        now = np.where(done, info["final_info"]["subgoal"], info["subgoal"]) if done.any() else info["subgoal"]
        np.testing.assert_allclose(info["reward_parts"]["calm"], 0.1 * (now - before), atol=1e-12)
        np.testing.assert_allclose(pay, info["task_reward"] + 0.1 * (now - before), atol=1e-12)
        before, most = np.where(done, 0, now), max(most, now.max())
    assert most >= 2


def test_with_the_credited_set_in_sight_the_paid_process_is_one_of_what_is_seen():
    rules = KeyRoom(room_width=6, room_height=3, observation="dict")
    reward = CALM(GOALS, judge, GridText(goal="chest"))
    envs = ProductVectorObservation(PaidVector(WorldVectorEnv(rules, 4, max_episode_steps=80), reward), reward)
    assert envs.single_observation_space["machine_state"] == spaces.Discrete(8)
    obs, _ = envs.reset(seed=0)
    rng, seen = np.random.default_rng(0), set()
    for _ in range(300):
        before = obs["machine_state"].copy()
        obs, pay, terminated, truncated, info = envs.step(rng.integers(0, 6, 4))
        done = terminated | truncated
        after = np.array([f["machine_state"] if d else s for f, d, s in
                          zip(info.get("final_obs", [None] * 4), done, obs["machine_state"], strict=True)])  # fmt: skip
        grown = np.array([bin(a & ~b).count("1") for a, b in zip(after, before, strict=True)])
        np.testing.assert_allclose(pay, 0.1 * grown, atol=1e-12)
        assert (obs["machine_state"][done] == 0).all() and (before & ~after == 0).all()
        seen |= set(after.tolist())
    assert {0, 1, 3} <= seen


def test_a_wrong_judge_may_move_the_optimum():
    # The judge takes turning round at the start for the sub-goal, at a bonus larger than what the detour costs.
    mdp = KeyRoom(room_width=6, room_height=3).enumeration(3, gamma=0.9).mdp
    words = told(*(f"{s}" for s in range(mdp.num_states)))
    after = mdp.P.indices.reshape(mdp.num_states, -1)[mdp.initial.argmax()]  # of each action at the start
    best = mdp.optimal_actions()[mdp.initial.argmax()]
    side = next(s for s in after[~best] if s not in after[best])
    wrong = CALM(("g",), lambda items: np.array([float(text == str(side)) for _, text in items]), bonus=50.0)
    assert strays(tabulate(mdp, Task() + wrong, columns={"transition": words})).any()


def test_mistakes_are_named():
    for goals in ((), ("a", "a")):
        with pytest.raises(BadOption):
            CALM(goals, by_letter)
    with pytest.raises(MissingColumn, match="transition"):
        CALM(("a",), by_letter)(steps(2))
    with pytest.raises(BadCheckpoint, match="flags"):
        CALM(("a",), by_letter).load_state_dict({"value": np.full((1, 2), 0.5)})
