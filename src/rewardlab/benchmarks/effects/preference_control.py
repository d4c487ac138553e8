"""Ranked factors on a pendulum: upright before still before effortless, beside weighted sums of the three.

    HERON       labels of pairs of segments by the first factor that tells them apart -> a reward model -> SAC
    a sum       −(θ² + w θ̇² + 0.001 u²) -> SAC, for five w, among them the one by which the task judges

The factors come in units that differ by a million, and in a second training the velocity's is 1024 times as small.

Source: Bukharin, Li, He, Zhao, "Deep Reinforcement Learning from Hierarchical Preference Design", ICML 2025, Section 5.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.evaluation import evaluate, make_vec
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.rewards import PaidVector
from rewardlab.rewards.preference import BradleyTerry, Heron, PreferenceLearning, Queries, Uniform, constant_budget

STEPS, FIRST, EPISODES = 7000, 500, 20
UNITS = (1.0, 1e3, 1e-3)
"""In which angle, velocity and effort are told."""
TRUE = (1.0, 0.1, 0.001)
"""What the task charges for the square of each."""
GRID = (0.0, 0.01, 0.1, 1.0, 10.0)
"""Charges for the velocity that a designer tries, who knows the other two and all units."""
OTHER = 1024.0
RANDOM, BEST = -1220.0, -146.0
"""Returns of uniform play, and of SAC in the literature's settings."""
LABELS, ROUNDS, LENGTH, EPOCHS = 4800, 16, 10, 10


def angle(steps: Transitions, unit: float = UNITS[0]) -> np.ndarray:
    """−θ², 0 upright."""
    obs = np.asarray(steps.obs, dtype=np.float64)
    return -unit * np.arctan2(obs[..., 1], obs[..., 0]) ** 2


def velocity(steps: Transitions, unit: float = UNITS[1]) -> np.ndarray:
    """−θ̇²."""
    return -unit * np.asarray(steps.obs, dtype=np.float64)[..., 2] ** 2


def effort(steps: Transitions, unit: float = UNITS[2]) -> np.ndarray:
    """−u² of the torque that acts."""
    return -unit * np.clip(np.asarray(steps.action, dtype=np.float64)[..., 0], -2.0, 2.0) ** 2


@dataclass
class WeightedSum(Reward):
    """A sum of the three factors.

    Args:
        weights: of angle, velocity and effort, in the units that they are told in.
        other: what the velocity's unit is divided by, while its weight stays.
    """

    weights: tuple[float, float, float]
    other: float = 1.0

    def __call__(self, batch: Transitions) -> Array:
        w = self.weights
        return w[0] * angle(batch) + w[1] * velocity(batch, UNITS[1] * self.other) + w[2] * effort(batch)


def factors(other: float = 1.0) -> list[Callable[[Transitions], np.ndarray]]:
    """Angle, velocity and effort, ranked so."""
    return [angle, partial(velocity, unit=UNITS[1] * other), effort]


def sac(envs: Any, seed: int) -> Any:
    """Small networks, and little entropy to begin with, as rewards may be small."""
    from rewardlab.agents.deep import SAC

    return SAC(
        "MlpPolicy",
        envs,
        learning_rate=1e-3,
        batch_size=128,
        learning_starts=FIRST,
        ent_coef="auto_0.1",
        policy_kwargs={"net_arch": [64, 64]},
        seed=seed,
        device="cpu",
    )


def case() -> Case:
    """The pendulum, one row."""
    from rewardlab.benchmarks.preference_runs import nothing

    return Case(
        env="Pendulum-v1",
        method="SAC",
        reward=nothing,
        agent=sac,
        agent_name="SAC",
        budget=STEPS,
        seeds=(0,),
        num_envs=1,
    )


def judged(agent: Any, seed: int) -> tuple[float, str]:
    """Its score by the task's own reward, 0 for uniform play and 1 for the best, and a fingerprint of its policy."""
    envs = make_vec(case(), EPISODES)
    found = evaluate(agent, envs, seed=10_000 + seed, episodes=EPISODES)[0]
    envs.close()
    bits = b"".join(x.detach().cpu().numpy().tobytes() for x in agent.policy.state_dict().values())
    return (found - RANDOM) / (BEST - RANDOM), hashlib.sha256(bits).hexdigest()


@cache
def by_rank(seed: int, other: float = 1.0, steps: int = STEPS, labels: int = LABELS) -> tuple[float, str]:
    """Score and fingerprint after SAC on a reward model of ranked factors."""
    _settle(seed)
    envs = make_vec(case(), 1)
    agent = sac(envs, seed)
    model = BradleyTerry(
        observation_space=envs.single_observation_space,
        action_space=envs.single_action_space,
        seed=seed,
        members=1,
    )
    PreferenceLearning(
        agent,
        model,
        Heron(factors(other), dominant=1.0),
        Queries(Uniform(), length=LENGTH, candidates=1),
        labels=labels,
        rounds=ROUNDS,
        budget=constant_budget,
        epochs=EPOCHS,
        seed=seed,
    ).learn(steps)
    return judged(agent, seed)


@cache
def by_sum(seed: int, charge: float, other: float = 1.0, steps: int = STEPS) -> tuple[float, str]:
    """Score and fingerprint after SAC on a weighted sum."""
    _settle(seed)
    weights = tuple(x / unit for x, unit in zip((TRUE[0], charge, TRUE[2]), UNITS, strict=True))
    agent = sac(PaidVector(make_vec(case(), 1), WeightedSum(weights, other)), seed)  # type: ignore[arg-type]
    agent.learn(steps)
    return judged(agent, seed)


def _settle(seed: int) -> None:
    """One thread, and seeds for what draws from the global generators: Stable-Baselines3's memories."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002


def ranked(seed: int) -> Measured:
    """HERON, trained twice: is it the same policy, whatever the unit?"""
    (before, policy), (after, again) = by_rank(seed), by_rank(seed, OTHER)
    return {"score": before, "in other units": after, "same bits": float(policy == again)}


def summed(seed: int, charge: float) -> Measured:
    """A weighted sum."""
    return {"score": by_sum(seed, charge)[0]}


def rescaled(seed: int) -> Measured:
    """The weights by which the task judges, trained twice."""
    before, after = by_sum(seed, TRUE[1])[0], by_sum(seed, TRUE[1], OTHER)[0]
    return {"score": before, "in other units": after, "lost": before - after}


def effects() -> list[Effect]:
    """One comparison."""
    ranks, sums, true = "HERON", "weighted sum", "the task's own weights"
    arms = [
        *(Arm(sums, f"{w:g} for the velocity", each(partial(summed, charge=w)), 24.0) for w in GRID),
        Arm(true, "", each(rescaled), 24.0),
        Arm(ranks, "margins 0.5, 0.3, 0.1", each(ranked), 110.0),
        Arm("bar", "", each(lambda seed: {"score": 0.0, "same bits": 1.0, "lost": 0.3}), 0.0),
    ]
    claims = [
        Claim("without weights, HERON scores 95 % of the best of five sums", "score", ranks, sums, True, 0.95),
        Claim("and 80 %", "score", ranks, sums, True, 0.8),
        Claim("it learns: more than uniform play", "score", ranks, "bar"),
        Claim("another unit leaves every bit of its policy as it is", "same bits", ranks, "bar", True, 0.999),
        Claim("it costs the sum with the task's own weights a score of 0.3 and more", "lost", true, "bar"),
        Claim("and what it learns then is worth less than HERON's", "in other units", ranks, true),
    ]
    about = (
        f"Pendulum-v1, {STEPS} steps of SAC with small networks; angle, velocity and effort in units of {UNITS}; "
        f"{LABELS} labels of pairs of {LENGTH} steps; then the velocity's unit is {OTHER:g} times as small; the score "
        f"is the task's own return, 0 at {RANDOM:g} and 1 at {BEST:g}"
    )
    return [Effect("preference_control", about, arms, claims)]
