"""Tabular algorithms at the sizes that are said of them: an actor that begins anew, and horizons that cost nothing.

resets, in a river for 5000 episodes and in a deep sea;    episodes until every later reward can be planned for, with
horizons of 10, 40 and 160
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from rewardlab.agents.tabular import NORA, ExpectedSarsa, HorizonFreeExploration
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.mdps import Chain, DeepSea, LinearMixtureMDP

EPISODES = 5000
NEAR = 0.05
"""What counts as solved: so far from the best value."""
MOST = 1024
"""Episodes of exploration, at most."""
RIVER: dict[str, Any] = {
    "states": 6, "up": [0.0, [0.6, 0.35, 0.0]], "down": [1.0, [0.0, 0.05, 0.4]],
    "pay": [[0.005, 0.0, 0.0], [0.0, 0.0, 1.0]], "arrival": 0.0, "ends": [], "gamma": None,
}  # fmt: skip
"""The river swim."""


class Stubborn(NORA):
    """Without resets."""

    def reset(self, memory: np.ndarray) -> None:
        """Keep the actors."""


class Unweighted(HorizonFreeExploration):
    """Every observation counts alike."""

    def variance(self, memory: np.ndarray, x: np.ndarray) -> np.ndarray:
        """1 of observations [B, k, L, d]."""
        return np.ones(x.shape[:-1])


def river(seeds: Sequence[int], *, method: type[NORA], eta: float, episodes: int = EPISODES) -> Iterator[Measured]:
    """Regret in a river, how it grew in the last decade of episodes, and refits; runs side by side.

    Args:
        seeds: a run for each; they are rows of the first one's.
        method: with resets or without.
        eta: step of the actor.
        episodes: K, of 10 steps.
    """
    n, H = len(seeds), 10
    rules = Chain(**RIVER, horizon=H, observation="state")
    agent = method(WorldVectorEnv(rules, n), seed=seeds[0], independent=True, horizon=H, eta=eta)
    agent.learn(n * H * (episodes // 10))
    early = agent.regret.copy()
    agent.learn(n * H * (episodes - episodes // 10))
    for first, whole, switches in zip(early, agent.regret, agent.switches, strict=True):
        growth = np.log10(max(whole, 1e-9) / max(first, 1e-9))
        yield {"regret": float(whole), "exponent": float(growth), "refits": float(switches)}


def sea(seeds: Sequence[int], *, make: Any, size: int = 10, most: int = 3000) -> Iterator[Measured]:
    """Episodes until a deep sea is crossed for sure, within 0.05 of the best value; `most` where it is not."""
    rules = DeepSea(size=size, code=1)
    mdp = rules.to_mdp()
    best = mdp.solve().value
    for seed in seeds:
        agent, done = make(WorldVectorEnv(rules, 1), seed=seed), 0
        while done < most:
            agent.learn(size * 25)
            done += 25
            if best - mdp.evaluate(agent.predict(np.arange(size**2 + 1), deterministic=True)[0]).value < NEAR:
                break
        yield {"episodes": float(done)}


def explored(seeds: Sequence[int], *, method: type[HorizonFreeExploration], horizon: int) -> Iterator[Measured]:
    """Episodes of exploration until plans for 20 later rewards are all near the best; runs side by side.

    Looked is after 1, 2, 4 ... episodes, at how far the worst plan is from the best; the number is taken from a line
    through logarithms between two looks, for 0.05 and for a tenth of it.
    """
    n = len(seeds)
    rules = LinearMixtureMDP(horizon=horizon, observation="state")
    agent = method(
        WorldVectorEnv(rules, n), seed=seeds[0], independent=True, kernels=rules.kernel_tables, horizon=horizon,
        episodes=MOST,
    )  # fmt: skip
    tasks, looks, worst, done = rules.later_rewards(20, seed=1), [], [], 0
    for k in 2 ** np.arange(int(np.log2(MOST)) + 1):
        agent.learn(n * horizon * (int(k) - done))
        done = int(k)
        looks.append(done)
        worst.append(np.max([short(rules, agent.plan_for(R).argmax(3), R) for R in tasks], axis=0))
        if (worst[-1] < NEAR / 10).all():
            break
    for errors in np.array(worst).T:
        yield {"episodes to 0.05": reached(looks, errors, NEAR), "episodes": reached(looks, errors, NEAR / 10)}


def reached(looks: Sequence[int], errors: np.ndarray, near: float) -> float:
    """After how many episodes an error was `near`, from errors [n] after `looks` episodes; `MOST` if it never was."""
    below = np.flatnonzero(errors < near)
    if not len(below):
        return float(MOST)
    i = int(below[0])
    if i == 0:
        return float(looks[0])
    share = np.log(errors[i - 1] / near) / np.log(errors[i - 1] / max(float(errors[i]), 1e-12))
    return float(looks[i - 1] * (looks[i] / looks[i - 1]) ** share)


def short(rules: LinearMixtureMDP, policies: np.ndarray, R: np.ndarray) -> np.ndarray:
    """How far policies [M, H, S] are from the best value at the start, for rewards [H, S, A]."""
    P = np.einsum("i,isat->sat", rules.theta, rules.kernel_tables)
    S = len(P)
    best, V = np.zeros(S), np.zeros((len(policies), S))
    for h in reversed(range(len(R))):
        best = (R[h] + P @ best).max(1)
        Q = R[h] + np.einsum("sat,mt->msa", P, V)
        V = np.take_along_axis(Q, policies[:, h, :, None], 2)[..., 0]
    return best[0] - V[:, 0]


def effects() -> list[Effect]:
    """Three comparisons."""
    with_resets, without, dithering = "NORA", "NORA without resets", "expected Sarsa, 0.1 of its actions by chance"
    actors = [
        Arm(side, f"step {eta:g}", partial(river, method=method, eta=eta), 3)
        for side, method in ((with_resets, NORA), (without, Stubborn))
        for eta in (0.05, 0.5, 5.0)
    ]
    weighted, alike = "weighted", "unweighted"
    explorers = [
        Arm(f"{side}, H = {horizon}", "", partial(explored, method=method, horizon=horizon), seconds)
        for side, method in ((weighted, HorizonFreeExploration), (alike, Unweighted))
        for horizon, seconds in ((10, 1), (40, 4), (160, 20))
    ]
    return [
        Effect(
            "long_river",
            f"a river of 6 states for {EPISODES} episodes of 10 steps",
            actors,
            [Claim("resets save regret", "regret", with_resets, without, False)],
        ),
        Effect(
            "long_sea",
            f"a deep sea of 10 x 10, solved within {NEAR:g} of the best value, at most 3000 episodes",
            [
                Arm(with_resets, "", partial(sea, make=partial(NORA, horizon=10, bonus=0.3)), 5),
                Arm(dithering, "", partial(sea, make=partial(ExpectedSarsa, gamma=1.0, epsilon=0.1)), 5),
            ],
            [Claim("optimism crosses it and dithering does not", "episodes", with_resets, dithering, False, 0.5)],
        ),
        Effect(
            "long_exploration",
            f"4 kernels over 8 states: episodes until 20 plans for later rewards are within {NEAR / 10:g} of the best",
            explorers,
            [
                Claim(
                    "16 times the horizon needs less than twice the episodes",
                    "episodes",
                    f"{weighted}, H = 160",
                    f"{weighted}, H = 10",
                    False,
                    2.0,
                ),
                Claim(
                    "weights save episodes at 160 steps", "episodes", f"{weighted}, H = 160", f"{alike}, H = 160", False
                ),
            ],
        ),
    ]
