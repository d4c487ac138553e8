"""Linear mixture: known kernels, unknown weights.

    P_θ(s' | s, a) = Σ_i θ_i P_i(s' | s, a),    φ_V(s, a) = [Σ_s' P_i(s' | s, a) V(s')]_i,    E V = ⟨θ, φ_V⟩
    Var V(s') = ⟨θ, φ_{V²}⟩ − ⟨θ, φ_V⟩²

The d kernels are given; what there is to learn are d numbers, whatever the horizon. Without a reward one explores
first, and is judged by reward tables that come later, each of which pays at most 1 in an episode.

Source: Ayoub, Jia, Szepesvari, Wang, Yang, "Model-Based Reinforcement Learning with Value-Targeted Regression", ICML
2020; Zhou, Gu, Szepesvari, "Nearly Minimax Optimal Reinforcement Learning for Linear Mixture Markov Decision
Processes", COLT 2021 (moments).
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps.kernel import Tabular, check_numbers
from rewardlab.envs.world import Card

REWARDS = ("uniform", "none")


@dataclass
class LinearMixtureMDP(Tabular):
    """A drawn mixture.

    Args:
        states: S, 2 to 200.
        actions: A, 1 to 20.
        kernels: d, 1 to 50 known kernels.
        concentration: α > 0 of the Dirichlet law of their rows.
        reward: "none", or "uniform" in [0, 1 / H) with a horizon and in [0, 1) without one.
        horizon: H >= 1 steps an episode, None for a process that goes on, under the average-reward criterion.
        instance: seed of kernels, weights and rewards.
        observation: "index", "one_hot", or "state", which does not tell the step of a horizon.

    Raises:
        BadOption: for numbers outside their ranges, or another reward.
    """

    states: int = 8
    actions: int = 3
    kernels: int = 4
    concentration: float = 0.3
    reward: str = "none"
    horizon: int | None = 10
    instance: int = 0
    observation: str = "index"

    def __post_init__(self) -> None:
        check_numbers(self, states=(2, 200), actions=(1, 20), kernels=(1, 50), concentration=(1e-2, 1e6))
        if self.reward not in REWARDS:
            raise BadOption(f"reward={self.reward!r}", where="LinearMixtureMDP", expected='"uniform" or "none"')
        rng = np.random.default_rng(self.instance)
        S, A, d = self.states, self.actions, self.kernels
        law = rng.dirichlet(np.full(S, self.concentration), (d, S, A)) + 1e-9  # every state can follow: communicating
        self.kernel_tables = law / law.sum(3, keepdims=True)
        """[d, S, A, S] the known kernels."""
        self.theta = rng.dirichlet(np.ones(d))
        """[d] their weights, which are what is unknown."""
        P = np.einsum("i,isat->sat", self.theta, self.kernel_tables)
        R = rng.random((S, A)) / (self.horizon or 1) if self.reward == "uniform" else np.zeros((S, A))
        process = TabularMDP(P, R, gamma=None, initial=0)
        self._open(
            process, horizon=self.horizon, observation=self.observation, regret=self.reward != "none", steps=1000
        )  # fmt: skip

    def features(self, values: np.ndarray) -> np.ndarray:
        """φ_V [S, A, d] for values [S]."""
        return np.moveaxis(self.kernel_tables @ values, 0, -1)

    def moments(self, values: np.ndarray, theta: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance [S, A] of the value of the next state, under the true weights or others [d]."""
        theta = self.theta if theta is None else theta
        mean = self.features(values) @ theta
        return mean, np.maximum(self.features(values**2) @ theta - mean**2, 0.0)

    def later_rewards(self, count: int, seed: int = 0) -> np.ndarray:
        """Reward tables [count, H, S, A] in [0, 1] that pay at most 1 in an episode; without a horizon [count, S, A].

        The most that each step can pay is drawn so that few steps of an episode matter.
        """
        rng = np.random.default_rng(seed)
        S, A, H = self.states, self.actions, self.horizon
        if H is None:
            return rng.random((count, S, A))
        most = rng.dirichlet(np.full(H, 1.0 / min(H, 8)), count)  # [count, H]
        table = rng.random((count, H, S, A)) ** 4  # mostly little, sometimes much
        return most[:, :, None, None] * table / table.max((2, 3), keepdims=True)

    def card(self) -> Card:
        H = self.horizon
        pays = "nothing is paid: explore for rewards that come later"
        if self.reward == "uniform":
            pays = f"R(s, a), drawn from [0, {'1' if H is None else f'1 / {H}'})"
        endless = " It goes on for ever; returns are those of 1000 steps." if H is None else ""
        return self._card(
            summary=f"{self.kernels} known kernels over {self.states} states, mixed with unknown weights.{endless}",
            state="its number",
            actions={"action": f"0..{self.actions - 1}"},
            reward=pays,
            source="Ayoub et al., Model-Based Reinforcement Learning with Value-Targeted Regression, ICML 2020",
        )
