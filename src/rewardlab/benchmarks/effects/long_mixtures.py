"""What knowing the kernels of a mixture is worth without end: optimism over weights beside learners of whole tables.

regret Σ (J* + h(s) − R(s, a) − E h(s')) after 50,000 steps, and by which power of the steps it grew in the last decade

Source: He, Zhong, Yang, "Sample-efficient Learning of Infinite-horizon Average-reward MDPs with General Function
Approximation", ICLR 2024.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from rewardlab.agents.loops.tabular_runs import RunsAgent
from rewardlab.agents.tabular import TSDE, UCRL2, MixtureLOOP, QLearning, RLearning
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.mdps import LinearMixtureMDP

STEPS = 50_000
INSTANCES = 2
"""Drawn processes; seeds take turns."""
SLOPE = 0.65


def process(instance: int) -> LinearMixtureMDP:
    """Four kernels over 8 states and 3 actions, with known rewards and no end."""
    return LinearMixtureMDP(horizon=None, reward="uniform", instance=instance)


def loop(rules: LinearMixtureMDP, rows: int, seed: int, *, scale: float, steps: int) -> MixtureLOOP:
    """Optimism over weights."""
    known: dict[str, Any] = {"kernels": rules.kernel_tables, "rewards": rules.to_mdp().R, "total_steps": steps}
    return MixtureLOOP(WorldVectorEnv(rules, rows), seed=seed, independent=True, scale=scale, **known)


def tables(rules: LinearMixtureMDP, rows: int, seed: int, *, kind: Any, steps: int, **options: Any) -> RunsAgent:
    """What learns whole tables."""
    agent: RunsAgent = kind(WorldVectorEnv(rules, rows), seed=seed, independent=True, **options)
    return agent


def lost(seeds: Sequence[int], *, make: Any, steps: int = STEPS) -> Iterator[Measured]:
    """Regret, its growth in the last decade, and how often the policy was changed in it; runs side by side.

    Args:
        seeds: a run for each.
        make: (rules, rows, seed, steps=) -> an agent.
        steps: T.
    """
    found: dict[int, Measured] = {}
    for instance in range(INSTANCES):
        mine = [seed for seed in seeds if seed % INSTANCES == instance]
        if not mine:
            continue
        agent = make(process(instance), len(mine), mine[0], steps=steps)
        agent.learn(len(mine) * (steps // 10))
        early, changed = agent.regret.copy(), changes(agent)
        agent.learn(len(mine) * (steps - steps // 10))
        for k, seed in enumerate(mine):
            later = changes(agent)[k] - changed[k]
            found[seed] = {**grown(early[k], agent.regret[k]), "early changes": changed[k], "late changes": later}
    yield from (found[seed] for seed in seeds)


def changes(agent: RunsAgent) -> np.ndarray:
    """How often each memory has planned; 0 of those that change all the time."""
    count: Any = getattr(agent, "switches", getattr(agent, "plans", np.zeros(agent.memories)))
    return np.array(count, dtype=float)


def grown(early: float, whole: float) -> dict[str, float]:
    """Regret, and the exponent with which it grew tenfold steps ago."""
    return {"regret": float(whole), "exponent": float(np.log10(max(whole, 1e-9) / max(early, 1e-9)))}


def discounted(seed: int, *, rate: float, steps: int = STEPS) -> Measured:
    """Q-learning with γ = 0.99, which has one memory."""
    paid: list[float] = []

    def see(told: Any) -> None:
        paid.append(float(told["step"].column("pseudo_regret").sum()))

    agent = QLearning(WorldVectorEnv(process(seed % INSTANCES), 1), seed=seed, gamma=0.99, learning_rate=rate)
    agent.learn(steps, see)
    return {**grown(sum(paid[: steps // 10]), sum(paid)), "early changes": 0.0, "late changes": 0.0}


def effects() -> list[Effect]:
    """One comparison."""
    ours, counts, draws, q, r = "LOOP over mixtures", "UCRL2", "TSDE", "Q-learning", "R-learning"
    arms = [
        *(Arm(ours, f"scale {c:g}", partial(lost, make=partial(loop, scale=c)), 6.0) for c in (1.0, 0.1)),
        *(
            Arm(counts, f"scale {c:g}", partial(lost, make=partial(tables, kind=UCRL2, scale=c)), 3.0)
            for c in (1.0, 0.03)
        ),
        *(
            Arm(draws, f"prior {p:g}", partial(lost, make=partial(tables, kind=TSDE, prior=p)), 3.0)
            for p in (1.0, 0.125)
        ),
        *(Arm(q, f"rate {a:g}", each(partial(discounted, rate=a)), 4.0) for a in (0.1, 0.02)),
        *(
            Arm(r, f"rate {a:g}", partial(lost, make=partial(tables, kind=RLearning, learning_rate=a)), 2.0)
            for a in (0.1, 0.02)
        ),
        Arm("bar", "", each(lambda seed: {"exponent": SLOPE, "late changes": 4.0}), 0.0),
        Arm("linear", "", each(lambda seed: {"exponent": 1.0}), 0.0),
    ]
    power = f"between 5k and 50k steps its regret grows with a power below {SLOPE:g}"
    third, tenth = "it loses a third of {} at most", "it loses a tenth of {} at most"
    claims = [
        Claim(power, "exponent", ours, "bar", False),
        *(Claim(third.format(other), "regret", ours, other, False, 1 / 3) for other in (counts, draws)),
        *(Claim(tenth.format(other), "regret", ours, other, False, 0.1) for other in (q, r)),
        Claim("ε-greedy R-learning loses in proportion to steps", "exponent", r, "linear", True, 0.9),
        Claim("in that decade it chooses anew fewer than four times", "late changes", ours, "bar", False),
        Claim("and a tenth as often as UCRL2 plans", "late changes", ours, counts, False, 0.1),
    ]
    about = (
        f"{INSTANCES} drawn mixtures of 4 known kernels over 8 states and 3 actions, rewards known to LOOP, "
        f"{STEPS} steps of one process without end"
    )
    return [Effect("long_mixtures", about, arms, claims)]
