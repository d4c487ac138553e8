"""Occupancy regularisation against proxies: exact on tables, and learned in the tomato grid.

    χ²-occupancy   max_π J(π, Q) − λ √χ²(μ_π ‖ μ_base)
    action-KL      max_π J(π, Q) − λ E_π[ Σ_t γ^t log π(a|s) / π_base(a|s) ]

Both are held near a base policy and optimise a proxy Q; what they earn in truth is compared at the best λ of as many.

Source: Laidlaw, Singhal, Dragan, "Correlated Proxies: A New Definition and Improved Mitigation for Reward Hacking",
ICLR 2025, Sections 5 and 6.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from scipy.special import logsumexp
from torch import Tensor

from rewardlab.agents.deep import PPO, OccupancyPPO
from rewardlab.agents.deep.occupancy import best_occupancy, chi_square
from rewardlab.agents.loops.rollouts import Minibatch
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.processes import random_mdp
from rewardlab.envs.gridworlds.tomato_grid import TomatoGrid

OCCUPANCY, ACTION, FREE, BASE = "χ² of occupancy", "KL of actions", "no regularisation", "base policy"
WEIGHTS = (0.01, 0.03, 0.1, 0.3, 1.0)
LEARNED_WEIGHTS = (0.01, 0.1, 1.0)
CORRELATION, PROCESSES = 0.8, 20
BUDGET, ROWS, SAMPLES = 40_000, 32, 20_000


def action_kl_policy(mdp: TabularMDP, base: np.ndarray, weight: float, *, accuracy: float = 1e-10) -> np.ndarray:
    """The policy [S, A] that is best with −λ log π / π_base in its reward: π ∝ π_base exp(Q / λ), exactly.

    Args:
        mdp: discounted; its reward is the proxy.
        base: [S, A].
        weight: λ > 0.
        accuracy: at which values stop.
    """
    gamma, value = float(mdp.gamma or 0.0), np.zeros(mdp.num_states)
    with np.errstate(divide="ignore"):
        prior = np.log(base)
    while True:
        height = prior + (mdp.R + gamma * (mdp.P @ value).reshape(base.shape)) / weight
        new = weight * logsumexp(height, axis=1)
        if np.abs(new - value).max() < accuracy:
            policy: np.ndarray = np.exp(height - logsumexp(height, axis=1, keepdims=True))
            return policy / policy.sum(1, keepdims=True)
        value = new


def earned(mdp: TabularMDP, truth: np.ndarray, base: np.ndarray, side: str, weight: float) -> Measured:
    """What the optimum of one side earns per step, exactly; the rewards of `mdp` are the proxy."""
    scale = 1 - float(mdp.gamma or 0.0)
    reference = scale * mdp.occupancy(base)
    if side == OCCUPANCY:
        visits = best_occupancy(mdp, base, weight)
    elif side == ACTION:
        visits = scale * mdp.occupancy(action_kl_policy(mdp, base, weight))
    else:
        visits = reference if side == BASE else scale * mdp.occupancy(mdp.solve().policy)
    return _shown(visits, mdp.R, truth, reference)


def _shown(visits: np.ndarray, proxy: np.ndarray, truth: np.ndarray, reference: np.ndarray) -> Measured:
    return {
        "true": float((visits * truth).sum()),
        "proxy": float((visits * proxy).sum()),
        "chi_square": chi_square(visits, reference),
    }


def in_garden(seed: int, *, side: str, weight: float) -> Measured:
    """Exactly, in the tomato grid."""
    garden = TomatoGrid()
    return earned(garden.to_mdp(), garden.true_rewards(), garden.base_policy(), side, weight)


def planted(rng: np.random.Generator, correlation: float) -> tuple[TabularMDP, np.ndarray, np.ndarray]:
    """A random process whose proxy correlates with the truth under a base policy; both have deviation 1 there.

    Returns:
        The process that pays the proxy, the truth [S, A], and the base [S, A].
    """
    mdp = random_mdp(rng, states=8, terminal=0, per_transition=False)
    base = rng.dirichlet(np.ones(3), size=8)
    visits = (1 - float(mdp.gamma or 0.0)) * mdp.occupancy(base)
    truth, error = _standard(rng.normal(size=base.shape), visits), rng.normal(size=base.shape)
    error = _standard(error - (visits * error * truth).sum() * truth, visits)
    proxy = correlation * truth + (1 - correlation**2) ** 0.5 * error
    return mdp.with_reward(proxy), truth, base


def _standard(x: np.ndarray, visits: np.ndarray) -> np.ndarray:
    x = x - (visits * x).sum()
    scaled: np.ndarray = x / np.sqrt((visits * x * x).sum())
    return scaled


def in_processes(seed: int, *, side: str, weight: float) -> Measured:
    """Exactly, in the mean over `PROCESSES` random processes."""
    rng = np.random.default_rng(seed)
    found = [earned(*planted(rng, CORRELATION), side, weight) for _ in range(PROCESSES)]
    return {name: float(np.mean([f[name] for f in found])) for name in ("true", "proxy")}


class ActionKLPPO(PPO):
    """PPO whose reward is less λ log π / π_base, of a table [S, A] of the base; observations are states' numbers."""

    base: Tensor
    weight: float = 0.0

    def _evaluate(self, roll: Any, held: Any) -> Minibatch:
        states, actions = roll.obs[:-1].flatten(0, 1).long(), roll.action.flatten(0, 1)
        mine = self.policy.get_distribution(states).log_prob(actions)
        apart = mine - self.base[states.flatten(), actions.long().flatten()].log()
        roll.reward.sub_(self.weight * apart.view_as(roll.reward))
        return super()._evaluate(roll, held)


def learned(seed: int, *, side: str, weight: float, budget: int = BUDGET) -> Measured:
    """The exact worth of a policy that was learned in the tomato grid."""
    torch.set_num_threads(1)
    garden = TomatoGrid()
    mdp, base = garden.to_mdp(), garden.base_policy()
    envs = gym.make_vec("rewardlab/TomatoGrid-v0", num_envs=ROWS)
    given: dict[str, Any] = {
        "policy": "MlpPolicy",
        "env": envs,
        "seed": seed,
        "device": "cpu",
        "n_steps": 32,
        "batch_size": 256,
    }
    given |= {"n_epochs": 4, "learning_rate": 1e-3}
    agent: Any
    if side == OCCUPANCY:
        agent = OccupancyPPO(**given, base=visited(base, seed), weight=weight, ratio_steps=20, ratio_lr=1e-3)
    elif side == ACTION:
        agent = ActionKLPPO(**given)
        agent.base, agent.weight = torch.from_numpy(base), weight
    else:
        agent = PPO(**given)
    agent.learn(budget)
    envs.close()
    scale = 1 - float(mdp.gamma or 0.0)
    with torch.no_grad():
        policy = agent.policy.get_distribution(torch.arange(mdp.num_states)).distribution.probs.double().numpy()
    policy /= policy.sum(1, keepdims=True)
    return _shown(scale * mdp.occupancy(policy), mdp.R, garden.true_rewards(), scale * mdp.occupancy(base))


def visited(base: np.ndarray, seed: int, samples: int = SAMPLES) -> tuple[np.ndarray, np.ndarray]:
    """States and actions [M] that a policy [S, A] comes by in the tomato grid."""
    rng, envs = np.random.default_rng(seed), gym.make_vec("rewardlab/TomatoGrid-v0", num_envs=100)
    obs, _ = envs.reset(seed=seed)
    states, actions = [], []
    for _ in range(samples // 100):
        action = (rng.random((100, 1)) > base[obs].cumsum(1)[:, :-1]).sum(1)
        states.append(obs)
        actions.append(action)
        obs = envs.step(action)[0]
    envs.close()
    return np.concatenate(states), np.concatenate(actions)


def exact_effects() -> list[Effect]:
    """Optima of both objectives; in random processes the proxy misleads no one who is held by nothing."""
    garden = "tomato grid, exact optima; reward per step of discounted time"
    random = f"{PROCESSES} random processes for each seed with a proxy that correlates by {CORRELATION}, exact optima"
    return [
        Effect("orpo_exact_garden", garden, _arms(in_garden, WEIGHTS, 0.5), _claims(), seeds=1),
        Effect("orpo_exact_random", random, _arms(in_processes, WEIGHTS, 0.3), _claims()[:2]),
    ]


def learned_effects() -> list[Effect]:
    """PPO held near the base in what it visits, or in what it does."""
    about = f"tomato grid, {BUDGET // 1000}k steps of PPO; exact reward per step of discounted time of what was learned"
    arms = [a for a in _arms(learned, LEARNED_WEIGHTS, 5.0) if a.side != BASE]
    arms.append(Arm(BASE, "", each(partial(in_garden, side=BASE, weight=0.0)), 0.5))
    return [Effect("orpo_learned", about, arms, _claims())]


def _arms(run: Any, weights: Sequence[float], seconds: float) -> list[Arm]:
    arms = [
        Arm(side, f"λ = {w:g}", each(partial(run, side=side, weight=w)), seconds)
        for side in (OCCUPANCY, ACTION)
        for w in weights
    ]
    return arms + [Arm(side, "", each(partial(run, side=side, weight=0.0)), seconds) for side in (FREE, BASE)]


def _claims() -> list[Claim]:
    return [
        Claim("held by occupancy, it earns more in truth than held by actions", "true", OCCUPANCY, ACTION),
        Claim("and more than the base", "true", OCCUPANCY, BASE),
        Claim("held by nothing it earns less than the base", "true", FREE, BASE, higher=False),
        Claim("but more of the proxy", "proxy", FREE, OCCUPANCY),
    ]
