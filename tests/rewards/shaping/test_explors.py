import numpy as np
import pytest
from steps import as_torch, steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Task
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import Explors, policy_informativeness


def play(mdp, policy, rng, count):
    """`count` steps of a policy [S, A], oldest first, as a batch [B]."""
    rows, state = [], 0
    P = mdp.P.toarray().reshape(mdp.num_states, mdp.num_actions, -1)
    for _ in range(count):
        action = rng.choice(mdp.num_actions, p=policy[state])
        after = rng.choice(mdp.num_states, p=P[state, action])
        rows.append((state, action, mdp.R[state, action], after, mdp.terminal[after]))
        state = 0 if mdp.terminal[after] else after
    obs, action, reward, after, ended = map(np.array, zip(*rows, strict=True))
    return steps(count, obs=obs, action=action, reward=reward, next_obs=after, terminated=ended)


def test_before_it_has_learned_it_pays_the_bonus_and_each_visit_lowers_it():
    reward, batch = Explors(3, 2, bonus=2.0), steps(1, obs=np.array([1]), action=np.array([0]), reward=np.zeros(1))
    paid = []
    for _ in range(4):
        paid.append(reward(batch)[0])
        reward.update(batch)
    np.testing.assert_allclose(paid, 2.0 / np.sqrt([1, 2, 3, 4]))  # without reward the critic has no opinion


def test_states_of_one_cell_are_counted_together():
    reward = Explors(4, 1, cells=(0, 0, 1, 1))
    reward.update(steps(3, obs=np.array([0, 0, 2]), action=np.zeros(3, int), reward=np.zeros(3)))
    paid = reward(steps(4, obs=np.arange(4), action=np.zeros(4, int)))
    np.testing.assert_allclose(paid, 1 / np.sqrt([3.0, 3.0, 2.0, 2.0]))


def test_estimates_go_to_the_policy_and_its_advantage():
    rng = np.random.default_rng(0)
    mdp = random_mdp(rng, states=5, actions=2, per_transition=False, terminal=1)
    policy = rng.dirichlet(np.full(2, 3.0), 5)
    reward = Explors(5, 2, gamma=0.9, critic_lr=0.005, memory_steps=1e6)
    for _ in range(300):
        reward.update(play(mdp, policy, rng, 100))
    seen = reward.state_dict()["taken"].sum(1) > 500
    exact = mdp.evaluate(policy)
    np.testing.assert_allclose(reward.policy[seen], policy[seen], atol=0.03)
    np.testing.assert_allclose(reward.state_dict()["Q"][seen], exact.Q[seen], atol=0.15)


def test_an_update_goes_up_the_informativeness_of_its_own_critic():
    rng = np.random.default_rng(1)
    mdp = random_mdp(rng, states=5, actions=2, per_transition=False)
    policy = np.full((5, 2), 0.5)
    reward = Explors(5, 2, gamma=0.9, largest=0.5)
    told = []
    for _ in range(30):
        reward.update(play(mdp, policy, rng, 200))
        exact = mdp.evaluate(policy)
        phi = reward.state_dict()["phi"]
        told.append(policy_informativeness(mdp, policy, phi, advantage=exact.Q - exact.V[:, None]))
    assert told[-1] > told[10] > told[0]
    assert np.abs(phi).max() <= 0.5


def distractor(states=20):
    """A line: the left end pays 0.01 and ends, the right end pays 1 and ends. It begins in the third state."""
    P, R = np.zeros((states, 2, states)), np.zeros((states, 2))
    for s in range(states):
        P[s, 0, max(s - 1, 0)] = P[s, 1, min(s + 1, states - 1)] = 1.0
    R[1, 0], R[states - 2, 1] = 0.01, 1.0
    ends = np.isin(np.arange(states), (0, states - 1))
    return TabularMDP(P, R, gamma=0.95, initial=2, terminal=ends)


def solved(reward, seed, episodes=400):
    """The share of the optimal return of REINFORCE with a table, which plays the line for some episodes."""
    mdp, rng = distractor(), np.random.default_rng(seed)
    theta = np.zeros((20, 2))

    def policy():
        return np.exp(theta) / np.exp(theta).sum(1, keepdims=True)

    for _ in range(episodes):
        s, rows = 2, []
        own = policy()
        while not mdp.terminal[s] and len(rows) < 100:
            a = int(rng.random() < own[s, 1])
            after = s + 2 * a - 1
            rows.append((s, a, mdp.R[s, a], after, mdp.terminal[after]))
            s = after
        obs, action, paid, after, ended = map(np.array, zip(*rows, strict=True))
        batch = steps(len(rows), obs=obs, action=action, reward=paid, next_obs=after, terminated=ended)
        pay = reward(batch)
        reward.update(batch)
        total = 0.0
        for i in reversed(range(len(rows))):
            total = pay[i] + 0.95 * total
            theta[obs[i]] += 0.1 * total * (np.eye(2)[action[i]] - own[obs[i]])
    return mdp.evaluate(policy()).value / mdp.solve().value


def test_reward_and_bonus_together_pass_a_distractor_where_neither_does_alone():
    both, bonus_only, reward_only = (
        solved(Task() + Explors(20, 2, gamma=0.95, bonus=bonus, lr=lr, largest=1.0), seed=2)
        for bonus, lr in ((0.2, 1.0), (0.2, 1e-12), (0.0, 1.0))
    )
    assert both > 0.95
    assert max(bonus_only, reward_only, solved(Task(), seed=2)) < 0.85


def test_nonsense_is_refused():
    for options in ({"gamma": 2.0}, {"lr": 0.0}, {"critic_lr": 0.0}, {"memory_steps": 0.0}, {"cells": (0,)}):
        with pytest.raises(BadOption, match=next(iter(options))):
            Explors(3, 2, **options)
    reward = Explors(3, 2)
    for obs, action in ((3, 0), (-1, 0), (0, 2), (0.5, 0)):
        with pytest.raises(BadBatch, match="Explors"):
            reward(steps(1, obs=np.array([obs]), action=np.array([action])))
    with pytest.raises(BadBatch, match="not finite"):
        reward.update(steps(1, obs=np.array([0]), action=np.array([0]), reward=np.array([np.nan])))
    with pytest.raises(BadCheckpoint, match="shape"):
        Explors(4, 2).load_state_dict(reward.state_dict())


def test_torch_and_saving():
    rng = np.random.default_rng(2)
    mdp = random_mdp(rng, states=5, actions=2)
    batch, reward, other = play(mdp, np.full((5, 2), 0.5), rng, 40), Explors(5, 2), Explors(5, 2)
    reward.update(batch)
    np.testing.assert_allclose(reward(batch), reward(as_torch(batch)).numpy())
    other.load_state_dict(reward.state_dict())
    assert (other(batch) == reward(batch)).all() and other.update(batch) == reward.update(batch)
