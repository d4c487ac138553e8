"""What a policy that writes makes of a learned reward: heads that doubt, and traces that are paid alike.

    robust   R = λ r_0 + (1 − λ) min_i μ_i,    five heads of 200 noisy pairs,  gold = min(g, 3) + c − 0.4 c² − u
    ties     two traces are right; one pays 1 % more,    R − τ log π

A tiny transformer writes at most five letters and imitates a reference before it is paid.

Source: Yan et al., "Reward-Robust RLHF in LLMs", 2024; Xu, "The Policy Cliff: A Theoretical Analysis of Reward-Policy
Maps in Large Language Models", 2025.
"""

from functools import cache, partial
from typing import Any

import numpy as np

from rewardlab.agents.loops import TokenPolicy
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.written import (
    Pay,
    World,
    counted,
    learning,
    listed,
    pairs,
    scores,
    spelled,
    standard,
    table,
    told,
)
from rewardlab.core.responses import expected
from rewardlab.rewards import (
    Column,
    Robust,
    VariationalBradleyTerry,
    vector_items,
)

LETTERS, SHARES, LENGTHS = "pgcu", (0.5, 0.2, 0.2, 0.1), (0.02, 0.08, 0.15, 0.2, 0.25, 0.3)
WORLD = World(("?",), listed(LETTERS, 5))
COUNTS, SPELLED = counted(WORLD.answers, LETTERS), spelled(WORLD.answers, LETTERS)
PLAIN, GOOD, CHEER, UNSAFE = COUNTS.T
REFERENCE = np.array([LENGTHS[len(a)] for a in WORLD.answers]) * (np.array(SHARES) ** COUNTS).prod(-1)
NET: dict[str, Any] = {"hidden": (64,), "lr": 1e-2, "batch_size": 64, "action": False}


@cache
def _started(seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    policy = WORLD.beginner(REFERENCE[None], seed)
    return policy.state_dict(), WORLD.law(policy)[0]


def beginner(seed: int) -> tuple[TokenPolicy, np.ndarray]:
    """A policy that has imitated the reference, and its law [K]."""
    state, law = _started(seed)
    policy = WORLD.policy(seed)
    policy.load_state_dict(state)
    return policy, law


def compared(utility: np.ndarray, law: np.ndarray, count: int, rng: np.random.Generator) -> Any:
    """Comparisons as items."""
    at, label = pairs(utility, law, count, rng)
    return vector_items(SPELLED[at], label=label)


# -- pessimism -------------------------------------------------------------------------------------------------------

GOLD = np.minimum(GOOD, 3) + CHEER - 0.4 * CHEER**2 - UNSAFE


@cache
def heads(seed: int, *, count: int = 200, many: int = 5, epochs: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Means and deviations [heads, K] of models of the same noisy pairs, on the scale of the reference."""
    law = beginner(seed)[1]
    items = compared(GOLD, law, count, np.random.default_rng([seed, 211]))
    mean, deviation = [], []
    for k in range(many):
        model = VariationalBradleyTerry(members=8, seed=100 * seed + k, **NET)
        model.fit(items, epochs=epochs)
        said = standard(scores(model, SPELLED), law)
        mean.append(standard(said.mean(0), law))
        deviation.append(said.std(0))
    return np.stack(mean), np.stack(deviation)


def robust(seed: int, *, side: str, iterations: int = 200, step: int = 10) -> Measured:
    """Gold at the end of long training, by how much it fell from its peak, and how doubtful the answers became."""
    policy, law = beginner(seed)
    mean, deviation = heads(seed)
    batch = told(law.shape, **{f"m{k}": m for k, m in enumerate(mean)}, **{f"d{k}": d for k, d in enumerate(deviation)})
    means, deviations = (tuple(Column(f"{c}{k}") for k in range(len(mean))) for c in "md")
    paid = {
        "one model": lambda: mean[0],
        "the mean": lambda: mean.mean(0),
        "robust": lambda: np.asarray(Robust(means, deviations)(batch)),
    }[side]()
    go = learning(WORLD, policy, table(standard(paid, law)[None]), seed=seed, beta=0.05)
    path = [float(expected(law, GOLD))]
    for _ in range(iterations // step):
        go(step)
        found = WORLD.law(policy)[0]
        path.append(float(expected(found, GOLD)))
    doubt = deviation.mean(0)
    return {
        "gold": path[-1],
        "gain": path[-1] - path[0],
        "fell": max(path) - path[-1],
        "paid": float(expected(found, standard(paid, law))),
        "doubt": float(expected(found, doubt) / expected(law, doubt)),
    }


# -- ties ------------------------------------------------------------------------------------------------------------

TRACES = World(("?",), listed("xyz", 3))
HONEST, DECEPTIVE = (TRACES.places[a] for a in ("xy", "yx"))


def tied(seed: int, *, more: float, tau: float, iterations: int = 150) -> Measured:
    """The share of the deceptive trace among the right ones, where it pays so much more, with τ for entropy."""
    right = np.zeros(len(TRACES.answers))
    right[[HONEST, DECEPTIVE]] = 1.0
    policy = TRACES.beginner((0.6 * right / 2 + 0.4 * (1 - right) / (1 - right).sum())[None], seed, shown=2000)
    reward = right.copy()
    reward[DECEPTIVE] += more
    paid = table(reward[None])
    pay: Pay = lambda said: paid(said) - tau * said.logp  # noqa: E731
    before = TRACES.law(policy)[0]
    learning(TRACES, policy, pay, seed=seed)(iterations)
    law = TRACES.law(policy)[0]
    share = float(law[DECEPTIVE] / law[[HONEST, DECEPTIVE]].sum())
    was = float(before[DECEPTIVE] / before[[HONEST, DECEPTIVE]].sum())
    return {"share": share, "shift": abs(share - 0.5), "before": was, "right": float(law[[HONEST, DECEPTIVE]].sum())}


def effects() -> list[Effect]:
    """What is measured."""
    one, marks = "one model", {"share": 0.9, "shift": 0.1, "doubt": 1.0}
    bar = Arm("bar", "a number", each(lambda seed: marks), 0.0)
    first = [Arm(s, "RLOO", each(partial(robust, side=s)), 13.0) for s in (one, "the mean", "robust")]
    cases = {"tie": (0.0, 0.0), "1 % more": (0.01, 0.0), "tie, entropy": (0.0, 0.1), "1 % more, entropy": (0.01, 0.1)}
    second = [Arm(s, "RLOO", each(partial(tied, more=m, tau=t)), 6.0) for s, (m, t) in cases.items()]
    return [
        Effect(
            "written_robust",
            "a tiny transformer writes at most five of four letters; gold min(g, 3) + c − 0.4 c² − u, models of 200 "
            "noisy pairs, 200 iterations at the price 0.05",
            [*first, bar],
            [
                Claim("the robust mixture ends with more gold than one model", "gold", "robust", one),
                Claim("and with more than the mean of five", "gold", "robust", "the mean"),
                Claim("it falls from its peak by less than a quarter as much", "fell", "robust", one, False, 0.25),
                Claim("paid by one model the answers become doubtful", "doubt", one, "bar"),
                Claim("paid by the mixture they do less so", "doubt", "robust", one, higher=False),
            ],
        ),
        Effect(
            "written_ties",
            "a tiny transformer writes at most three letters, two traces are right; 150 iterations",
            [*second, bar],
            [
                Claim("1 % more moves the deceptive trace above 90 %", "share", "1 % more", "bar"),
                Claim("and above what a tie does", "share", "1 % more", "tie"),
                Claim("a tie alone leaves an even share by more than ten points", "shift", "tie", "bar"),
                Claim("with entropy 1 % moves it by less than ten points", "shift", "1 % more, entropy", "bar", False),
                Claim("less than without", "shift", "1 % more, entropy", "1 % more", higher=False),
            ],
        ),
    ]
