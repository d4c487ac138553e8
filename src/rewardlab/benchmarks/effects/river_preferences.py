"""A river that is learned by preferences: regret, questions, and play without noise, without choice and by chance.

Source: Wu, Sun, "Making RL with Preference-based Feedback Efficient via Randomization", ICLR 2024, Theorem 1 (regret
and number of questions).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import gymnasium as gym
import numpy as np

from rewardlab.agents import PRLSVI
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each

WORLD, STATES, STEPS = "rewardlab/RiverSwim-v0", 6, 20
RUNS = 4
"""Runs side by side that are one measurement."""
EPISODES = 1500
EPSILONS = (0.6, 0.3)
NOISE: Mapping[str, Any] = {"sigma_p": 0.5}


@dataclass(eq=False, kw_only=True)
class Always(PRLSVI):
    """Asks about every pair of different trajectories."""

    def asks(self, memory: np.ndarray, score: np.ndarray) -> np.ndarray:
        """[n] bool, all."""
        return np.ones(len(memory), dtype=bool)


@dataclass(eq=False, kw_only=True)
class Sometimes(PRLSVI):
    """Asks at random.

    Args:
        share: of the pairs.
    """

    share: float = 0.1

    def asks(self, memory: np.ndarray, score: np.ndarray) -> np.ndarray:
        """[n] bool, a share of them."""
        return self._rng.random(len(memory)) < self.share


@dataclass(eq=False, kw_only=True)
class Chance(PRLSVI):
    """Learns the same and plays at random."""

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Actions [n], each alike."""
        super().choose(obs, rng)
        return rng.integers(0, self.num_actions, len(obs))


def played(seed: int, *, kind: type[PRLSVI], options: Mapping[str, Any], episodes: int = EPISODES) -> Measured:
    """Regret and its exponent over the last decade of episodes, questions, and how many came in the second half."""
    envs = gym.make_vec(WORLD, num_envs=RUNS, states=STATES, horizon=STEPS, observation="state")
    agent = kind(envs, seed=seed, horizon=STEPS, independent=True, **options).learn(RUNS * STEPS * episodes)
    log = np.array(agent.regret_log)  # [points, 1 + RUNS]
    tail = log[log[:, 0] >= 0.1 * STEPS * episodes]
    late = (agent.when >= agent.pairs[:, None] // 2).sum(1)
    return {
        "regret": float(agent.regret.mean()),
        "exponent": float(np.polyfit(np.log(tail[:, 0]), np.log(tail[:, 1:].mean(1)), 1)[0]),
        "late_regret": float((tail[-1, 1:] - log[np.searchsorted(log[:, 0], 0.5 * log[-1, 0]), 1:]).mean()),
        "questions": float(agent.asked.mean()),
        "late_over_early": float(late.sum() / max(1, agent.asked.sum() - late.sum())),
        "questions_eps2": float(agent.asked.mean() * agent.epsilon**2),
    }


def bar(seed: int, *, values: Mapping[str, float]) -> Measured:
    """A number to compare with."""
    return values


def effects() -> list[Effect]:
    """Noise and chosen questions beside their absence."""
    sides: Sequence[tuple[str, type[PRLSVI], Mapping[str, Any]]] = (
        *((f"epsilon {e:g}", PRLSVI, {**NOISE, "epsilon": e}) for e in EPSILONS),
        ("always", Always, NOISE),
        ("at random", Sometimes, {**NOISE, "share": 0.1}),
        ("greedy", Always, {"sigma_p": 0.0, "sigma_r": 0.0, "known_at": 0}),
        ("by chance", Chance, {**NOISE, "epsilon": EPSILONS[0]}),
    )
    arms = [Arm(name, "noise as told", each(partial(played, kind=k, options=o)), 6.0) for name, k, o in sides]
    bars = {"exponent": 0.65, "late_over_early": 0.2}
    arms.append(Arm("bar", "", each(partial(bar, values=bars)), 0.0))
    wide, fine = (f"epsilon {e:g}" for e in EPSILONS)
    claims = [
        *(Claim("regret grows slower than t^0.65", "exponent", s, "bar", False) for s in (wide, fine)),
        Claim("greedy play has an exponent 0.25 larger, at least", "exponent", fine, "greedy", False, 0.75),
        *(Claim("few questions in the second half", "late_over_early", s, "bar", False) for s in (wide, fine)),
        Claim("half of epsilon asks at most 4.5 times as much", "questions", fine, wide, False, 4.5),
        Claim("late regret is at most 1.2 of that of asking always", "late_regret", fine, "always", False, 1.2),
        Claim("less regret than by about as many questions at random", "regret", wide, "at random", False),
        Claim("less regret than by uniform play", "regret", fine, "by chance", False),
    ]
    about = (
        f"a river of {STATES} states, {STEPS} steps, {EPISODES} episodes, two of them for each pair; {RUNS} runs for "
        "each seed; labels by the logistic of returns"
    )
    return [Effect("preference_structure_questions", about, arms, claims)]
