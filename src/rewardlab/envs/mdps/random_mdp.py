"""Random MDP: tables drawn from a seed, with truths planted in them where one wants some.

    P(· | s, a) ~ Dirichlet(α) on b successors drawn without replacement
    planted:  R(s, a) = V(s) + g − γ Σ_s' P(s' | s, a) V(s') − gap(s, a),    so that V* = V and the gaps are known

The proxy of the true reward R is r R̃ + √(1 − r²) ε, with ε standard and uncorrelated with R under what uniformly random
play visits, so that the correlation there is r exactly, and need not hold anywhere else.

Source: Archibald, McKinnon, Thomas, "On the Generation of Markov Decision Processes", Journal of the Operational
Research Society 1995 (Garnet); Laidlaw, Singhal, Dragan, "Correlated Proxies: A New Definition and Improved Mitigation
for Reward Hacking", ICLR 2025 (correlated proxies).
"""

from dataclasses import dataclass

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps.kernel import Tabular, check_numbers
from rewardlab.envs.world import Card

REWARDS = ("uniform", "normal", "sparse", "linear", "none")


@dataclass
class RandomMDP(Tabular):
    """A drawn table.

    Args:
        states: S, 1 to 2000.
        actions: A, 1 to 64, of each agent.
        agents: n >= 1 who act together: the action is a vector of n, and A^n joint actions have rows of their own.
        branching: b, successors of each action, 1 to S; None for all.
        concentration: α > 0 of the Dirichlet law; small ones are nearly deterministic.
        reward: of each state and action: "uniform" in [0, 1), "normal", "sparse" (1 with probability 1/10, at least
            one), "linear" (normal features [S, A, features] times fixed weights), or "none": nothing is paid, for
            exploration without a reward; `to_mdp(reward)` then judges it by any later one.
        features: d >= 1, of linear rewards.
        tied: so many actions are equally good in each state, all others worse by a planted gap; 0 for drawn rewards.
        gap: what the other actions lose at least, > 0; each loses up to twice that.
        proxy: correlation r in [-1, 1] of what is paid with the true reward; None to pay the true one.
        gamma: discount in [0, 1), None for the average-reward criterion.
        horizon: H >= 1 steps an episode; None for a process that goes on.
        instance: seed of the tables.
        observation: "index", "one_hot", or "state", which does not tell the step of a horizon.
        steps: the steps that the returns of `describe()` count where there is no horizon; ids set it to their limit.

    Raises:
        BadOption: for numbers outside their ranges, or planted ties together with a horizon or an unpaid process.
    """

    states: int = 10
    actions: int = 3
    agents: int = 1
    branching: int | None = None
    concentration: float = 1.0
    reward: str = "uniform"
    features: int = 4
    tied: int = 0
    gap: float = 0.1
    proxy: float | None = None
    gamma: float | None = 0.9
    horizon: int | None = None
    instance: int = 0
    observation: str = "index"
    steps: int = 100

    def __post_init__(self) -> None:
        self._check()
        rng = np.random.default_rng(self.instance)
        S, A = self.states, self.actions**self.agents
        b = S if self.branching is None else self.branching
        law = rng.dirichlet(np.full(b, self.concentration), (S, A))
        law = law + 1e-12  # a tiny α may underflow to 0
        P = np.zeros((S, A, S))
        where = rng.permuted(np.broadcast_to(np.arange(S), (S, A, S)), axis=2)[..., :b]
        np.put_along_axis(P, where, law / law.sum(2, keepdims=True), axis=2)
        R = self._draw_rewards(rng, S, A)
        process = TabularMDP(P, R, gamma=self.gamma, initial=rng.integers(S) if S > 1 else 0)
        if self.tied:
            process = process.with_reward(self._planted(process, rng))
        truth = None
        if self.proxy is not None:
            truth = process.R
            process = process.with_reward(correlated(process, self.proxy, rng))
        unpaid = self.reward == "none"
        self._open(
            process,
            horizon=self.horizon,
            observation=self.observation,
            truth=truth,
            regret=not unpaid,
            steps=self.steps,
        )
        if self.agents > 1:
            self.action_space = spaces.MultiDiscrete([self.actions] * self.agents)

    def _check(self) -> None:
        where = "RandomMDP"
        check_numbers(
            self, states=(1, 2000), actions=(1, 64), agents=(1, 8), concentration=(1e-3, 1e6), features=(1, 10**4),
            tied=(0, 10**6), gap=(1e-9, 1e9),
        )  # fmt: skip
        if self.states * self.actions**self.agents * self.states > 2e7:
            raise BadOption("a table of more than 20 million entries", where=where, expected="a smaller one")
        if self.branching is not None and not (type(self.branching) is int and 1 <= self.branching <= self.states):
            raise BadOption(f"branching={self.branching!r}", where=where, expected=f"None, or 1 to {self.states}")
        if self.reward not in REWARDS:
            raise BadOption(
                f"reward={self.reward!r}", where=where, expected=f"one of {REWARDS}", mend=nearest(self.reward, REWARDS)
            )
        if self.tied > self.actions**self.agents:
            raise BadOption(f"tied={self.tied}", where=where, expected="at most as many as there are actions")
        if self.tied and (self.horizon is not None or self.reward == "none"):
            raise BadOption(f"tied={self.tied}", where=where, expected="0 with a horizon, or where nothing is paid")
        if self.proxy is not None:
            if self.reward == "none":
                raise BadOption(f"proxy={self.proxy}", where=where, expected="None where nothing is paid")
            check_numbers(self, proxy=(-1.0, 1.0))
        if self.gamma is not None and not (isinstance(self.gamma, float) and 0 <= self.gamma < 1):
            raise BadOption(f"gamma={self.gamma!r}", where=where, expected="a number in [0, 1), or None")

    def _draw_rewards(self, rng: np.random.Generator, S: int, A: int) -> np.ndarray:
        if self.reward == "uniform":
            return rng.random((S, A))
        if self.reward == "normal":
            return rng.normal(size=(S, A))
        if self.reward == "linear":
            self.feature_table = rng.normal(size=(S, A, self.features))
            """[S, A, d] features of which linear rewards are sums."""
            self.weights = rng.normal(size=self.features) / np.sqrt(self.features)
            """[d] what each feature is worth."""
            return self.feature_table @ self.weights
        R = (rng.random((S, A)) < 0.1).astype(float)
        R[rng.integers(S), rng.integers(A)] = 1.0
        return R if self.reward == "sparse" else np.zeros((S, A))

    def _planted(self, process: TabularMDP, rng: np.random.Generator) -> np.ndarray:
        """Rewards [S, A] under which `tied` actions of each state are best and the others lose gap to 2 gap."""
        S, A = process.num_states, process.num_actions
        V = rng.normal(size=S)
        short = self.gap * (1 + rng.random((S, A)))
        best = rng.permuted(np.broadcast_to(np.arange(A), (S, A)), axis=1)[:, : self.tied]
        np.put_along_axis(short, best, 0.0, axis=1)
        discount = 1.0 if process.gamma is None else process.gamma
        return V[:, None] - discount * process.expect(V) - short

    def _joint(self, action: Tree) -> Array:
        if self.agents == 1:
            return action
        joint = action[:, 0]
        for k in range(1, self.agents):
            joint = joint * self.actions + action[:, k]
        return joint

    def card(self) -> Card:
        S, A, n = self.states, self.actions, self.agents
        b = S if self.branching is None else self.branching
        pays = {
            "uniform": "R(s, a), drawn from [0, 1)",
            "normal": "R(s, a), drawn from a standard normal law",
            "sparse": "R(s, a), 1 for about a tenth of the pairs, else 0",
            "linear": f"R(s, a), a sum of {self.features} features",
            "none": "nothing is paid: explore for rewards that come later",
        }[self.reward]
        if self.tied:
            pays = f"R(s, a), planted: {self.tied} actions are best in each state, the others lose {self.gap:g} or more"
        if self.proxy is not None:
            pays = f"a proxy that correlates {self.proxy:g} with the truth under random play; the truth: {pays}"
        endless = "" if self.horizon is not None else f" It goes on for ever; returns are those of {self.steps} steps."
        who = "" if n == 1 else f" of {n} agents together"
        return self._card(
            summary=f"A drawn table of {S} states and {A**n} actions{who}, each with {b} successors.{endless}",
            state="its number",
            actions={"action": f"0..{A - 1}" if n == 1 else f"[{n}] one of 0..{A - 1} for each agent"},
            reward=pays,
            source="Archibald, McKinnon, Thomas, On the Generation of Markov Decision Processes, 1995 (Garnet)",
        )


def correlated(process: TabularMDP, r: float, rng: np.random.Generator) -> np.ndarray:
    """A proxy [S, A] of the rewards of a process, correlated r with them under uniformly random play.

    Mean and deviation under that play are those of the rewards themselves.
    """
    S, A = process.num_states, process.num_actions
    weight = process.occupancy(np.full((S, A), 1.0 / A))
    weight = weight / weight.sum()

    def standard(x: np.ndarray) -> np.ndarray:
        x = x - (weight * x).sum()
        return x / max(np.sqrt((weight * x * x).sum()), 1e-300)

    mean = (weight * process.R).sum()
    deviation = np.sqrt((weight * (process.R - mean) ** 2).sum())
    good = standard(process.R)
    noise = standard(rng.normal(size=(S, A)))
    noise = standard(noise - (weight * noise * good).sum() * good)
    return mean + deviation * (r * good + np.sqrt(1 - r * r) * noise)
