"""Structure in bandits: what methods that know of it lose, beside those that do not.

tasks that share a feature map;    rewards that come through a hidden state;    arms that improve when repeated;
arms that tire and recover
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space

from rewardlab.agents.bandits import (
    GFUCB,
    UCB1,
    DynLinUCB,
    LastSwitchPlanner,
    LinUCB,
    RepeatedElimination,
    SuccessiveElimination,
)
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import ContextBandit, DynamicalBandit, LastSwitchBandit, TallyBandit

ROWS = 4
"""Runs side by side for one seed; what is measured is their mean."""
NOISE = 0.3
"""Deviation of the pay where tasks share a map."""
Make = Callable[..., Any]
"""Rows, and `seed` and `independent` -> an agent."""


class Shown(VectorWrapper):
    """Rows whose vectors are shown as features of them.

    Args:
        env: rows that show [..., d].
        phi: [..., d] -> [..., k].
    """

    def __init__(self, env: VectorEnv, phi: Callable[[np.ndarray], np.ndarray]) -> None:
        super().__init__(env)
        self.phi = phi
        shape = phi(np.zeros(env.single_observation_space.shape or ())).shape
        self.single_observation_space = spaces.Box(-np.inf, np.inf, shape, np.float64)
        self.observation_space = batch_space(self.single_observation_space, env.num_envs)

    def reset(self, **options: Any) -> Any:
        """Begin."""
        obs, info = self.env.reset(**options)
        return self._told(obs), info

    def step(self, actions: Any) -> Any:
        """One step."""
        obs, reward, ends, cuts, info = self.env.step(actions)
        if "final_obs" in info:
            final = [None if x is None else self._told(x) for x in info["final_obs"]]
            column = np.empty(len(final), dtype=object)
            column[:] = final
            info = {**info, "final_obs": column}
        return self._told(obs), reward, ends, cuts, info

    def _told(self, obs: Any) -> np.ndarray:
        return self.phi(np.asarray(obs, dtype=np.float64))


def shared_map(seed: int, *, tasks: int, method: str, maps: int = 200, rounds: int = 300) -> Measured:
    """Regret per task after so many rounds of tasks that share one of N maps.

    Args:
        seed: of the agent and the environment's draws.
        tasks: that are solved together.
        method: "GFUCB", "true map" (LinUCB that is shown φ) or "raw" (LinUCB on x).
        maps: N.
        rounds: T.
    """
    rows = max(ROWS // tasks, 1)
    rules = ContextBandit(link="maps", tasks=tasks, maps=maps, noise=NOISE, pulls=rounds)
    envs: VectorEnv = WorldVectorEnv(rules, rows)
    agent: Any
    if method == "GFUCB":
        agent = GFUCB(envs, seed=seed, independent=True, matrices=rules.matrices, noise=NOISE, scale=0.5)
    else:
        envs = Shown(envs, rules.phi) if method == "true map" else envs
        agent = LinUCB(envs, seed=seed, independent=True, alpha=2 * NOISE)
    return {"regret": float(agent.learn(rows * rounds).regret.mean()) / tasks}


def hidden_state(seed: int, *, make: Make, rounds: int = 8000) -> Measured:
    """Regret after half of the rounds and after all, where what pays at once and what pays in the end disagree."""
    rules = DynamicalBandit(arms=8, radius=0.5, agreement=-0.5)
    agent = make(WorldVectorEnv(rules, ROWS), points=rules.points, seed=seed, independent=True)
    half = float(agent.learn(ROWS * rounds // 2).regret.mean())
    return {"half": half, "regret": float(agent.learn(ROWS * rounds // 2).regret.mean())}


def repeated_play(seed: int, *, make: Make, rounds: int = 8000) -> Measured:
    """Complete policy regret after all rounds, and per round in the last eighth of them."""
    agent, late = make(WorldVectorEnv(TallyBandit(rounds=rounds), ROWS), seed=seed, independent=True), rounds // 8
    before = float(agent.learn(ROWS * (rounds - late)).regret.mean())
    whole = float(agent.learn(ROWS * late).regret.mean())
    return {"regret": whole, "late": (whole - before) / late}


def tiring_arms(seed: int, *, make: Make, rounds: int = 4000) -> Measured:
    """Pay per round in the second half of the rounds, as a share of the best plan's."""
    rules, paid = LastSwitchBandit(instance=seed), 0.0
    agent = make(WorldVectorEnv(rules, ROWS), seed=seed, independent=True)
    agent.learn(ROWS * rounds // 2)

    def add(now: dict[str, Any]) -> None:
        nonlocal paid
        paid += float(now["rewards"].sum())

    agent.learn(ROWS * rounds // 2, add)
    return {"share": paid / (ROWS * rounds // 2) / rules.optimal_value}


def effects() -> list[Effect]:
    """Four comparisons."""
    together, alone, true, raw = "16 tasks together", "each task alone", "LinUCB on the true map", "LinUCB on x"
    held, plain = "held arms", "LinUCB"
    repeated, single, index = "repeated plays", "single plays", "UCB1"
    planned = "virtual states"
    return [
        Effect(
            "bandit_shared_map",
            f"16 tasks of 10 arms in R^10 that share one of 200 maps, pay with deviation {NOISE:g}, 300 rounds",
            [
                Arm(together, "", each(partial(shared_map, tasks=16, method="GFUCB")), 8),
                Arm(alone, "", each(partial(shared_map, tasks=1, method="GFUCB")), 2),
                Arm(true, "", each(partial(shared_map, tasks=16, method="true map")), 1),
                Arm(raw, "", each(partial(shared_map, tasks=16, method="raw")), 1),
            ],
            [
                Claim("tasks that share a map lose less each", "regret", together, alone, False, 0.7),
                Claim("little more than if the map were known", "regret", together, true, False, 1.5),
                Claim("less than without the map", "regret", together, raw, False),
            ],
        ),
        Effect(
            "bandit_hidden_state",
            "8 arms in R^2 whose pay comes partly through a hidden state, 8000 rounds",
            [
                Arm(held, "", each(partial(hidden_state, make=partial(DynLinUCB, rho_bar=0.5, c1=0.1, c2=0.5))), 3),
                Arm(plain, "", each(partial(hidden_state, make=partial(LinUCB, noise=0.2))), 4),
            ],
            [Claim("arms that are held are judged by what lasts", "regret", held, plain, False, 0.2)],
        ),
        Effect(
            "bandit_repeated_play",
            "5 arms, of which one becomes the best when it is repeated, 8000 rounds",
            [
                Arm(repeated, "", each(partial(repeated_play, make=RepeatedElimination)), 6),
                Arm(single, "", each(partial(repeated_play, make=SuccessiveElimination)), 6),
                Arm(index, "", each(partial(repeated_play, make=UCB1)), 6),
            ],
            [
                Claim("exposure is needed to see which arm is best", "regret", repeated, single, False),
                Claim("and once it is found nothing is lost", "late", repeated, single, False, 0.1),
            ],
        ),
        Effect(
            "bandit_tiring_arms",
            "3 arms that tire when they are played and recover at rest, 4000 rounds, another instance for each seed",
            [
                Arm(planned, "", each(partial(tiring_arms, make=partial(LastSwitchPlanner, horizon=4000))), 3),
                Arm(index, "", each(partial(tiring_arms, make=UCB1)), 2),
            ],
            [Claim("a plan earns more than the arm that looks best on average", "share", planned, index)],
        ),
    ]
