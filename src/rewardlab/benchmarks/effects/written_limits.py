"""Limits for a policy that writes: rewards that are held at thresholds, and releases that a test must certify.

    constrained   R = (1 − mean w) r_0 + mean_i w_i r_i,  E[r_i] at θ_i,    gold = −(r_1 − 1)² − (r_2 − 0.8)²
    certified     R = (r − λ C) / (1 + λ),  released where a test on fresh answers keeps mean C below 0

Rewards and costs are models of a thousand comparisons or labels. The world is that of `written_proxies`.

Source: Moskovitz et al., "Confronting Reward Model Overoptimization with Constrained RLHF", ICLR 2024; Chittepu et al.,
"Reinforcement Learning from Human Feedback with High-Confidence Safety Constraints", RLC 2025.
"""

from functools import cache, partial
from typing import Any

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.written import Said, learning, scores, standard, told
from rewardlab.benchmarks.effects.written_proxies import (
    CHEER,
    GOOD,
    NET,
    PLAIN,
    SPELLED,
    UNSAFE,
    WORLD,
    beginner,
    compared,
)
from rewardlab.core.responses import expected, tilted
from rewardlab.rewards import (
    BradleyTerry,
    Column,
    HighConfidence,
    MuConstrained,
    VerifyRM,
    XiConstrained,
    safety_test,
    vector_items,
)

# -- constraints -----------------------------------------------------------------------------------------------------

THETA, PRICE = np.array([1.0, 0.8]), 0.1


@cache
def components(seed: int, *, count: int = 1000, epochs: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Learned component rewards [2, K] and the gold utility [K] of the true ones, on the scale of the reference."""
    law, rng = beginner(seed)[1], np.random.default_rng([seed, 212])
    true = standard(np.stack([GOOD + 0.5 * CHEER, CHEER + 0.5 * GOOD - 0.3 * PLAIN]), law)
    found = []
    for k, r in enumerate(true):
        model = BradleyTerry(members=1, seed=10 * seed + k, **NET)
        model.fit(compared(2 * r, law, count, rng), epochs=epochs)
        found.append(standard(scores(model, SPELLED)[0], law))
    return np.stack(found), -((true[0] - THETA[0]) ** 2) - (true[1] - THETA[1]) ** 2


def constrained(seed: int, *, side: str, iterations: int = 200, step: int = 5) -> Measured:
    """How far component rewards are from their thresholds in the last third, gold there, and what it lost by then."""
    policy, law = beginner(seed)
    learned, gold = components(seed)
    rest: dict[str, Any] = {"reward": PRICE * Column("near"), "thresholds": tuple(THETA)}
    both = (Column("first"), Column("second"))
    reward: Any = {
        "the sum": lambda: 0.5 * PRICE * Column("near") + 0.25 * both[0] + 0.25 * both[1],
        "inequalities": lambda: MuConstrained(rewards=both, lr=0.05, **rest),
        "equations": lambda: XiConstrained(rewards=both, lr=0.02, **rest),
    }[side]()
    log = np.append(np.log(law), np.log(law).min())
    worth = np.concatenate([learned, learned.min(-1, keepdims=True) - 1.0], -1)

    def pay(said: Said) -> np.ndarray:
        first, second = worth[:, said.answer]
        batch = told(said.answer.shape, first=first, second=second, near=log[said.answer] - said.logp)
        paid = np.asarray(reward(batch))
        reward.update(batch)
        return paid

    go, path, held = learning(WORLD, policy, pay, seed=seed), list[float](), list[np.ndarray]()
    for _ in range(iterations // step):
        go(step)
        found = WORLD.law(policy)[0]
        path.append(float(expected(found, gold)))
        held.append(expected(found, learned))
    third = max(1, len(path) // 3)
    off = np.abs(np.mean(held[-third:], 0) - THETA) / np.maximum(1.0, THETA)
    best = max(float(expected(tilted(law, learned.sum(0), b), gold)) for b in np.geomspace(0.05, 20, 60))
    return {
        "off": float(off.max()),
        "gold": float(np.mean(path[-third:])),
        "behind": best - float(np.mean(path[-third:])),
        "decay": float(np.mean(path[-2 * third : -third]) - np.mean(path[-third:])),
    }


# -- certificates ----------------------------------------------------------------------------------------------------

SAMPLES, MOST, DELTA, LAST = 200, 0.3, 0.1, 40


@cache
def helpful_and_unsafe(seed: int, *, count: int = 1000, epochs: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """A learned helpfulness [K], and a learned chance [K] that an answer is unsafe, less what is allowed."""
    law, rng = beginner(seed)[1], np.random.default_rng([seed, 213])
    likes = BradleyTerry(members=1, seed=seed, **NET)
    likes.fit(compared(GOOD + 1.5 * UNSAFE, law, count, rng), epochs=epochs)
    at = rng.choice(len(law), count, p=law)
    judge = VerifyRM(members=1, seed=seed, **NET)
    judge.fit(vector_items(SPELLED[at][:, None], correct=(UNSAFE[at] > 0)[:, None] * 1.0), epochs=epochs)
    chance = 1 / (1 + np.exp(-scores(judge, SPELLED)[0]))
    return standard(scores(likes, SPELLED)[0], law), chance - MOST


def certified(seed: int, *, side: str, iterations: int = 200, lr: float = 0.1) -> Measured:
    """Of the last policies: how often one over the limit is released, how often one is released, what it earns."""
    policy, _ = beginner(seed)
    helpful, cost = helpful_and_unsafe(seed)
    kappa = 2.0 if side == "certified" else 0.0
    reward = HighConfidence(Column("helpful"), Column("cost"), SAMPLES, delta=DELTA, kappa=kappa, lr=lr)
    worth, price = np.append(helpful, helpful.min() - 1.0), np.append(cost, 1.0 - MOST)

    def pay(said: Said) -> np.ndarray:
        batch = told(said.answer.shape, helpful=worth[said.answer], cost=price[said.answer])
        paid = np.asarray(reward(batch))
        if side != "helpfulness alone":
            reward.update(batch)
        return paid

    go, rng = learning(WORLD, policy, pay, seed=seed, beta=0.5), np.random.default_rng([seed, 214])
    go(max(1, iterations - LAST))
    over, earned, released = [], [], []
    for _ in range(LAST):
        go(1)
        found = WORLD.law(policy)[0]
        over.append(float(expected(found, cost)) > 0)
        earned.append(float(expected(found, helpful)))
        fresh = cost[rng.choice(len(found), (100, SAMPLES), p=found)]
        released.append(np.mean([safety_test(c, delta=DELTA) is not None for c in fresh]))
    tested = np.array(released) if side == "certified" else np.ones(LAST)
    return {
        "over": float(np.mean(tested * over)),
        "passes": float(np.mean(released)),
        "helpful": float(np.mean(earned)),
    }


def effects() -> list[Effect]:
    """What is measured."""
    sum_, alone, plain = "the sum", "helpfulness alone", "the Lagrangian"
    bars = {"off": 0.05, "behind": 0.1, "decay": 0.0, "over": DELTA, "helpful": 0.0}
    bar = Arm("bar", "a number", each(lambda seed: bars), 0.0)
    first = [Arm(s, "RLOO", each(partial(constrained, side=s)), 13.0) for s in (sum_, "inequalities", "equations")]
    second = [Arm(s, "RLOO", each(partial(certified, side=s)), 13.0) for s in (alone, plain, "certified")]
    about = "a tiny transformer writes at most five of four letters"
    return [
        Effect(
            "written_constraints",
            f"{about}; two models of 1,000 pairs each, gold is best where they pay 1 and 0.8; KL costs a tenth",
            [*first, bar],
            [
                Claim("inequalities hold rewards within 5 % of thresholds", "off", "inequalities", "bar", False),
                Claim("equations hold rewards within 5 % of thresholds", "off", "equations", "bar", False),
                Claim("inequalities bring more gold than the sum", "gold", "inequalities", sum_),
                Claim("equations bring more gold than the sum", "gold", "equations", sum_),
                Claim("inequalities are within 0.1 of the best price", "behind", "inequalities", "bar", False),
                Claim("equations are within 0.1 of the best price", "behind", "equations", "bar", False),
                Claim("the gold of the sum decays in the last third", "decay", sum_, "bar"),
                Claim("more than that of equations", "decay", "equations", sum_, higher=False),
                Claim("and of inequalities", "decay", "inequalities", sum_, higher=False),
            ],
        ),
        Effect(
            "written_certificates",
            f"{about}; at most {MOST:g} of the answers may be unsafe by a learned judge, tests have {SAMPLES} answers; "
            f"the last {LAST} of 200 policies at the price 0.5",
            [*second, bar],
            [
                Claim(
                    "tested policies over the limit are released in less than a tenth",
                    "over",
                    "certified",
                    "bar",
                    False,
                ),
                Claim("without a test more are over the limit", "over", plain, "certified"),
                Claim("and at least a quarter of them", "over", plain, "bar", times=2.5),
                Claim("pessimism lets more policies pass the test", "passes", "certified", plain),
                Claim("certified policies are more helpful than the reference", "helpful", "certified", "bar"),
                Claim("helpfulness alone breaks the limit", "over", alone, "certified"),
            ],
        ),
    ]
