"""What tabular environments share: every one plays its own table, on NumPy and torch, and tells the exact loss."""

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldEnv, WorldVectorEnv
from rewardlab.envs.mdps import (
    Chain,
    CombinationLock,
    DelayedChain,
    Glucose,
    LoopTrap,
    Queue,
    RandomMDP,
    Taxi,
    TokenTree,
)
from rewardlab.envs.mdps.kernel import check_numbers

ALL = [
    Chain(states=5, up=(0.2, 0.7), down=(0.5, 0.1), first=2),
    Chain(states=4, up=(0.3, 0.7), down=(0.5, 0.2), truth=(1.0, 0.0), ends=(), gamma=None, observation="one_hot"),
    RandomMDP(states=4, actions=2, horizon=3),
    RandomMDP(states=4, actions=2, horizon=3, observation="one_hot", proxy=0.4),
    RandomMDP(states=3, actions=2, agents=2, gamma=None),
    CombinationLock(depth=3, locks=2),
    CombinationLock(depth=3, locks=2, noticed=False),
    LoopTrap(lap=2, way=3, slip=0.2),
    Taxi(layout="AB\nCD"),
    TokenTree(tokens=2, length=3, law="grams", partner=True),
    DelayedChain(length=2, noise=1.0),
    Queue(size=3),
    Glucose(levels=5, target=2),
]
named = pytest.mark.parametrize("rules", ALL, ids=lambda r: type(r).__name__)


def actions(rules, n, rng):
    space = rules.action_space
    return rng.integers(0, space.n, n) if hasattr(space, "n") else rng.integers(0, space.nvec, (n, len(space.nvec)))


@named
def test_what_is_played_is_what_to_mdp_says(rules):
    """Transitions by chi-square, pays and ends by equality, against the exported process, from the states alone."""
    mdp, n, S = rules.to_mdp(), 600, rules.process.num_states
    P = mdp.P.toarray().reshape(mdp.num_states, mdp.num_actions, -1)
    R = mdp.dense()[1]
    envs = WorldVectorEnv(rules, n)
    envs.reset(seed=1)
    rng, seen = np.random.default_rng(0), np.zeros_like(P)

    def number(state):
        return state["state"] + S * state["step"] if "step" in state else state["state"]

    for _ in range(20):
        before = number(envs.get_state()["state"])
        action = actions(rules, n, rng)
        after, reward, over, _ = rules.move(envs.get_state()["state"], action, envs.get_state()["rng"])
        joint, after = rules._joint(action), number(after)
        np.add.at(seen, (before, joint, after), 1)
        np.testing.assert_array_equal(over, mdp.terminal[after])
        np.testing.assert_allclose(reward, R[before, joint] if R.ndim == 2 else R[before, joint, after], atol=1e-15)
        assert not mdp.terminal[before].any()
        envs.step(action)
    assert (seen[P == 0] == 0).all()
    counts = seen.sum(2)
    tried = 0
    for s, a in np.argwhere((counts > 100) & ((P > 0).sum(2) > 1)):
        wide = P[s, a] > 0
        tried += 1
        assert chisquare(seen[s, a, wide], P[s, a, wide] * counts[s, a]).pvalue > 1e-4 / 20
    assert tried or (P.max(2) == 1).all()


@named
def test_torch_plays_as_numpy_does(rules):
    a, b = WorldVectorEnv(rules, 5), WorldVectorEnv(rules, 5, device="cpu")
    x, y = a.reset(seed=3)[0], b.reset(seed=3)[0]
    rng = np.random.default_rng(1)
    for _ in range(25):
        np.testing.assert_array_equal(x, y.numpy())
        assert x.dtype == y.numpy().dtype
        action = actions(rules, 5, rng)
        (x, *left, info), (y, *right, told) = a.step(action), b.step(torch.as_tensor(action))
        for p, q in zip(left, right, strict=True):
            np.testing.assert_array_equal(p, np.asarray(q))
        for key in ("true_reward", "pseudo_regret", "success"):
            assert (key in info) == (key in told)
            if key in info:
                np.testing.assert_array_equal(info[key], np.asarray(told[key]))


def test_the_mean_sum_of_losses_is_what_a_policy_falls_short():
    """Performance difference: exact, by occupancies, for each criterion."""
    for rules in (ALL[0], ALL[2], ALL[4], ALL[5], ALL[7]):
        mdp = rules.to_mdp()
        loss = rules._tables()["loss"].reshape(-1, mdp.num_actions)
        loss = np.concatenate([loss, np.zeros((mdp.num_states - len(loss), mdp.num_actions))])  # the last layer
        assert (loss >= 0).all()
        uniform = np.full((mdp.num_states, mdp.num_actions), 1.0 / mdp.num_actions)
        short = mdp.solve().value - mdp.evaluate(uniform).value
        assert short > 1e-3
        assert (mdp.occupancy(uniform) * loss).sum() == pytest.approx(short, abs=1e-9)


def test_the_card_counts_returns_as_they_are_played():
    rules = Chain(states=6, up=(0.2, 0.7), down=(0.5, 0.1), ends=(0, -1), first=2, steps=5)
    card = rules.card()
    envs = WorldVectorEnv(rules, 2000, autoreset_mode="Disabled", max_episode_steps=rules.steps)
    envs.reset(seed=0)
    rng, total, going = np.random.default_rng(0), np.zeros(2000), np.ones(2000, dtype=bool)
    while going.any():
        _, reward, ended, cut, _ = envs.step(rng.integers(0, 2, 2000))
        total += reward * going
        going &= ~(ended | cut)
        if (ended | cut).any():
            envs.reset(options={"reset_mask": ended | cut})
    assert abs(total.mean() - card.random_return) < 4 * total.std() / np.sqrt(2000)
    assert 0.05 < card.random_return < card.optimal_return < 1


def test_views_show_state_and_step():
    for view, n in (("index", 16), ("one_hot", 5)):
        rules = RandomMDP(states=4, actions=2, horizon=3, observation=view)
        env = WorldEnv(rules, render_mode="ansi")
        obs, _ = env.reset(seed=0)
        s = rules.process.initial.argmax()
        for t in range(4):
            if view == "index":
                assert obs == t * 4 + s
            else:
                np.testing.assert_array_equal(obs, np.append(np.eye(4)[s], t / 3).astype(np.float32))
            assert env.render() == f"state {s} of 4, step {t} of 3"
            if t < 3:
                obs, _, over, _, _ = env.step(t % 2)
                s = env.get_state()["state"]["state"][0]
        assert over
        assert (rules.observation_space.n if view == "index" else rules.observation_space.shape[0]) == n


def test_other_rewards_are_paid_in_every_form():
    rules = RandomMDP(states=3, actions=2, horizon=4, reward="none")
    assert rules.to_mdp().solve().value == 0.0
    rng = np.random.default_rng(0)
    still, timed = rng.random((3, 2)), rng.random((4, 3, 2))
    per_step = rules.process.with_reward(still).with_gamma(None).solve(horizon=4).value
    assert rules.to_mdp(still).solve().value == pytest.approx(per_step, abs=1e-12)
    assert rules.to_mdp(np.broadcast_to(still, (4, 3, 2))).solve().value == pytest.approx(per_step, abs=1e-12)
    V = np.zeros(3)
    for t in reversed(range(4)):
        V = (timed[t] + rules.process.expect(V)).max(1)
    found = rules.to_mdp(timed).solve()
    assert found.value == pytest.approx(rules.process.initial @ V, abs=1e-12)
    with pytest.raises(BadOption, match="R has shape"):
        rules.to_mdp(np.zeros((5, 3, 2)))
    endless = RandomMDP(states=3, actions=2, reward="none")
    assert endless.to_mdp(still).solve().value > 0
    assert "pseudo_regret" not in endless.card().info


@pytest.mark.parametrize("rules", [ALL[0], ALL[2]], ids=["chain", "layers"])
def test_recorded_play_is_that_of_the_policy(rules):
    """States by their exact law, actions by the policy; the same seed records the same."""
    mdp = rules.to_mdp()
    policy = np.random.default_rng(0).dirichlet(np.ones(mdp.num_actions), mdp.num_states)
    log = rules.log(policy, rows=400, steps=60, seed=5)
    assert {k: v.shape for k, v in log.items()} == dict.fromkeys(log, (60, 400))
    np.testing.assert_array_equal(log["terminated"], mdp.terminal[log["next_obs"]])
    np.testing.assert_array_equal(
        log["next_obs"][:-1][~log["terminated"][:-1]], log["obs"][1:][~log["terminated"][:-1]]
    )
    counts = np.zeros((mdp.num_states, mdp.num_actions))
    np.add.at(counts, (log["obs"], log["action"]), 1)
    law, moves = mdp.initial, np.einsum("sa,sat->st", policy, mdp.dense()[0])
    for t in range(60):  # the law of the states at each step, exactly
        share = np.bincount(log["obs"][t], minlength=mdp.num_states) / 400
        assert (np.abs(share - law) < 5 * np.sqrt(law * (1 - law) / 400) + 1e-9).all()
        after = law @ moves
        law = np.where(mdp.terminal, 0.0, after) + after[mdp.terminal].sum() * mdp.initial
    for s in np.flatnonzero(counts.sum(1) > 200):
        assert chisquare(counts[s], policy[s] * counts[s].sum()).pvalue > 1e-4
    again = rules.log(policy, rows=10, steps=60, seed=5)
    np.testing.assert_array_equal(again["reward"], log["reward"][:, :10])
    still = rules.log(np.zeros(mdp.num_states, dtype=int), rows=3, steps=4)
    assert (still["action"] == 0).all()
    with pytest.raises(BadOption, match="a policy of shape"):
        rules.log(policy[:-1], rows=2, steps=2)


def test_mistakes_are_named():
    for options in ({"horizon": 0}, {"horizon": True}, {"observation": "picture"}):
        with pytest.raises(BadOption, match=next(iter(options))):
            RandomMDP(**options)
    rules = LoopTrap()
    rules.bonus = float("nan")
    with pytest.raises(BadOption, match="bonus=nan"):
        check_numbers(rules, bonus=(0, 1))
    for wrong in (True, 2.5, "4"):
        with pytest.raises(BadOption, match=r"lap=(.|\n)*an integer"):
            LoopTrap(lap=wrong)


def test_the_state_alone_is_the_same_play_without_the_clock():
    """Same seeds, same actions: rewards and losses are equal, and what is seen is the index without its step."""
    both = [WorldVectorEnv(RandomMDP(states=4, actions=2, horizon=3, observation=o), 8) for o in ("index", "state")]
    assert both[1].single_observation_space.n == 4 and both[0].single_observation_space.n == 16
    index, state = (envs.reset(seed=5)[0] for envs in both)
    for t in range(1, 10):
        action = np.arange(8) % 2
        (index, paid, over, _, told), (state, again, done, _, said) = (envs.step(action) for envs in both)
        np.testing.assert_array_equal(paid, again)
        np.testing.assert_array_equal(over, done)
        last = "final_info" if over.all() else ""
        mine, other = (x[last] if last else x for x in (told, said))
        np.testing.assert_array_equal(mine["pseudo_regret"], other["pseudo_regret"])
        np.testing.assert_array_equal(index % 4, state)
        assert (index // 4 == (t % 3)).all()
    assert "step" not in RandomMDP(states=4, actions=2, horizon=3, observation="state").card().observation["state"]
