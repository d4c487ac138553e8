"""RLGF: improvement upon the guide in exact tables, the start by its hand in closed form, a lock that only it opens."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from contracts.objective_row import random_group
from exact_groups import same

import rewardlab  # noqa: F401  registers the ids
from rewardlab.agents.policy_gradient import D2LOLS, RollIn, RollOut, aggrevate, lols, ppo
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP

S, A = 6, 3
INF = float("inf")


def table(seed):
    rng = np.random.default_rng(seed)
    return TabularMDP(rng.dirichlet(0.5 * np.ones(S), (S, A)), rng.random((S, A)), gamma=0.9)


def q_of(mdp, policy):
    v = mdp.evaluate(policy).V
    q = mdp.R + mdp.gamma * (mdp.P @ v).reshape(S, A)
    return q, v


def every_action(logits, own, guide):
    """All actions of all states, each counted once: the loss is the exact one, summed over states."""
    logp = torch.log_softmax(logits, -1).T[None]  # [1, A, S]
    uniform = torch.full_like(logp, -np.log(A)).detach()
    info = {k: torch.as_tensor(x.T.copy())[None] for k, x in (("advantage", own), ("guide_advantage", guide))}
    return Group(logp, uniform, uniform, torch.ones_like(uniform), torch.zeros(1, A), info)


def learnt(mdp, guide, alpha, steps, lr):
    """The policy [S, A] that descends `lols` with exact advantages."""
    q_guide, v_guide = q_of(mdp, guide)
    logits = torch.zeros((S, A), dtype=torch.float64, requires_grad=True)
    for _ in range(steps):
        policy = torch.softmax(logits, -1).detach().numpy()
        q, v = q_of(mdp, policy)
        group = every_action(logits, q - v[:, None], q_guide - v_guide[:, None])
        (grad,) = torch.autograd.grad(lols(group, alpha=alpha, low=INF, high=INF).mean(), logits)
        with torch.no_grad():
            logits -= lr * grad / grad.abs().max().clamp(min=1e-12)
    return torch.softmax(logits, -1).detach().numpy()


@pytest.mark.parametrize("seed", range(2))
def test_with_the_guides_advantages_it_takes_the_guides_best_actions_and_is_better_everywhere(seed):
    mdp = table(seed)
    guide = np.random.default_rng(seed + 9).dirichlet(np.ones(A), S)
    q, v = q_of(mdp, guide)
    policy = learnt(mdp, guide, 1.0, 300, 0.5)
    assert np.array_equal(policy.argmax(-1), q.argmax(-1)) and policy.max(-1).min() > 0.95
    assert (q_of(mdp, policy)[1] > v).all()
    best = np.eye(A)[mdp.solve().policy]
    assert np.array_equal(learnt(mdp, best, 1.0, 300, 0.5).argmax(-1), mdp.solve().policy)


@pytest.mark.parametrize("seed", range(2))
def test_no_deviation_of_one_step_improves_the_mixture_where_lols_rests(seed):
    mdp, alpha = table(seed), 0.5
    guide = np.random.default_rng(seed + 9).dirichlet(np.ones(A), S)
    policy = learnt(mdp, guide, alpha, 300, 0.5)
    (own, own_v), (theirs, their_v) = q_of(mdp, policy), q_of(mdp, guide)
    gain = (1 - alpha) * (own - own_v[:, None]) + alpha * (theirs - their_v[:, None])
    here = (policy * gain).sum(-1)
    assert (gain.max(-1) - here).max() < 0.01


def test_without_a_guide_it_is_ppo_to_the_bit_and_with_it_alone_own_returns_are_not_looked_at():
    group = random_group(4, 5, seed=3)
    group.info["guide_advantage"] = np.random.default_rng(1).normal(size=group.logp.shape)
    np.testing.assert_array_equal(lols(group, alpha=0.0), ppo(group))
    first = lols(group, alpha=1.0)
    group.info["advantage"] = group.info["advantage"] * 7 + 1
    np.testing.assert_array_equal(lols(group, alpha=1.0), first)
    phased = D2LOLS(2)
    for alpha in (1.0, 1.0, 0.0, 0.0):
        np.testing.assert_array_equal(phased(group), lols(group, alpha=alpha))
        phased.update(group)


def test_aggrevate_learns_from_the_last_turn_alone():
    group = random_group(3, 4, 6, seed=2)
    grad = torch.zeros(group.logp.shape)
    from contracts.objective_row import as_torch

    tensors = as_torch(group)
    aggrevate(tensors).mean().backward()
    grad = tensors.logp.grad.numpy()
    own, turn = group.mask != 0, group.info["turn"]
    last = own & (turn == np.where(own, turn, -1).max(-1, keepdims=True))
    assert (grad[~last] == 0).all()
    rho = np.exp(group.logp - group.old_logp)
    same(aggrevate(group, low=INF, high=INF), -(rho * group.reward[..., None] * last).sum((1, 2)) * 3 / last.sum())


def guide_of(right, seed=0):
    """Right with some probability at each step of a lock, else any other."""
    rng = np.random.default_rng(seed)

    def guide(env, obs):
        rules = env.unwrapped.rules
        depth = int(obs) if int(obs) < rules.depth else 0
        code = int(rules.codes[0][depth])
        return code if rng.random() < right else (code + 1 + int(rng.integers(rules.actions - 1))) % rules.actions

    return guide


def test_the_start_by_the_guides_hand_meets_the_reward_as_often_as_the_closed_form_says():
    """A lock of four places, a guide that is right in 0.8 of its steps, a policy of chance; to four standard errors."""
    H, right, b, n = 4, 0.8, 0.5, 2000
    env = RollIn(gym.make("rewardlab/CombinationLock-v0", depth=H), guide_of(right), share=b)
    rng, opened = np.random.default_rng(5), 0
    for seed in range(n):
        env.reset(seed=seed)
        over = False
        while not over:
            _, reward, terminated, truncated, _ = env.step(int(rng.integers(3)))
            over = terminated or truncated
        opened += reward > 0
    expected = (1 - b) * 3.0**-H + b * np.mean([right**t * 3.0 ** -(H - t) for t in range(H)])
    assert abs(opened / n - expected) < 4 * np.sqrt(expected / n)


def test_with_chance_0_an_episode_begins_as_it_does_without():
    plain, led = (
        gym.make("rewardlab/CombinationLock-v0"),
        RollIn(gym.make("rewardlab/CombinationLock-v0"), None, share=0),
    )
    for seed in range(5):
        assert plain.reset(seed=seed)[0] == led.reset(seed=seed)[0]
    with pytest.raises(BadOption, match="share"):
        RollIn(plain, None, share=1.5)
    with pytest.raises(BadOption, match="horizon"):
        RollOut(plain, None, horizon=0)
    with pytest.raises(BadOption, match="switch"):
        D2LOLS(-1)


def test_copies_of_a_task_begin_alike_and_texts_are_shown_whole():
    guide = guide_of(1.0)
    starts = []
    for _ in range(2):
        env = RollIn(gym.make("rewardlab/CombinationLock-v0"), guide, share=0.7)
        starts.append([int(env.reset(seed=seed)[0]) for seed in range(30)])
    assert starts[0] == starts[1] and set(starts[0]) >= set(range(9))
    from rewardlab.envs.text.dialogue import Dialogue

    def speaks(env, obs):
        rules, state = env.unwrapped.rules, env.unwrapped.get_state()["state"]
        assert isinstance(rules, Dialogue)
        return rules.expert(state["task"][0], state["memory"][0], np.random.default_rng(0))

    env = RollIn(gym.make("rewardlab/TwentyQuestions-v0"), speaks, share=1.0)
    begun = [env.reset(seed=seed) for seed in range(8)]
    assert (
        all(info["reply"] == obs for obs, info in begun if obs.count("\n") > 1) and len({len(o) for o, _ in begun}) > 1
    )


def test_the_chosen_step_is_paid_the_guides_advantage():
    """On the lock the guide's value at depth d is p^(H−d): Q − V is p^(H−d−1) − p^(H−d) for a right choice."""
    H, right, n = 3, 0.5, 1500
    env = RollOut(gym.make("rewardlab/CombinationLock-v0", depth=H), guide_of(right), horizon=H)
    code, paid = env.unwrapped.rules.codes[0], {d: [] for d in range(H)}
    for seed in range(n):
        env.reset(seed=seed)
        for d in range(H):
            _, reward, over, _, info = env.step(int(code[d]))
            if over:
                paid[d].append(reward)
                assert reward == info["guide_return"] - info["guide_value"]
                break
            assert reward == 0
    for d, values in paid.items():
        expected = right ** (H - d - 1) - right ** (H - d)
        assert (
            len(values) > n / 4 and abs(np.mean(values) - expected) < 4 * np.std(values) / np.sqrt(len(values)) + 1e-9
        )


def opened(b, seed, iterations=100, batch=500, H=10, right=0.8, step=300.0):
    """How likely a softmax policy opens the lock after PPO++ with 50,000 episodes; the code is always 0."""
    rng = np.random.default_rng(seed)
    logits = torch.zeros((H, 3), dtype=torch.float64, requires_grad=True)
    for _ in range(iterations):
        t = np.where(rng.random(batch) < b, rng.integers(H, size=batch), 0)
        dead = (rng.random((batch, H)) > right) & (np.arange(H) < t[:, None])
        p = torch.softmax(logits, -1).detach().numpy()
        said = (rng.random((batch, H, 1)) > p.cumsum(-1)[None]).sum(-1).clip(0, 2)
        mask = (np.arange(H) >= t[:, None]) & ~dead.any(-1, keepdims=True)
        wrong = mask & (said != 0)
        mask &= np.cumsum(wrong, -1) - wrong == 0  # dead states have choices of their own
        reward = (mask.any(-1) & ~wrong.any(-1)).astype(float)
        advantage = np.broadcast_to((reward - reward.mean())[:, None], mask.shape).copy()
        logp = torch.log_softmax(logits, -1)[torch.arange(H), torch.as_tensor(said)][None]
        old, info = logp.detach(), {k: torch.as_tensor(advantage)[None] for k in ("advantage", "guide_advantage")}
        group = Group(logp, old, old, torch.as_tensor(mask)[None], torch.as_tensor(reward)[None], info)
        (grad,) = torch.autograd.grad(lols(group, alpha=0.0).mean(), logits)
        with torch.no_grad():
            logits -= step * grad * mask.mean()
    return float(torch.softmax(logits.detach(), -1)[:, 0].prod())


def test_a_lock_that_chance_does_not_open_is_opened_by_who_starts_where_the_guide_is():
    """The guide alone opens it in 0.107 of its episodes, chance in 1.7e-5."""
    led, alone = [opened(0.5, s) for s in range(5)], [opened(0.0, s) for s in range(5)]
    assert min(led) >= 0.95 and sorted(alone)[3] < 0.05, (led, alone)
    mdp = gym.make("rewardlab/CombinationLock-v0").unwrapped.to_mdp()
    code = gym.make("rewardlab/CombinationLock-v0").unwrapped.rules.codes[0]
    guide = np.full((mdp.num_states, 3), 0.1)
    guide[np.arange(10), code] = 0.8
    guide /= guide.sum(-1, keepdims=True)
    assert abs(mdp.initial @ mdp.evaluate(guide).V - 0.8**10) < 1e-12
