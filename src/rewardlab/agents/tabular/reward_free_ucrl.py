"""RF-UCRL: exploring for rewards that are told later.

    E_h(s, a) = min{ H − h, H √(2 β(n) / n) + Σ_s' P̂(s' | s, a) max_b E_{h+1}(s', b) },    n = n(s, a)
    β(n) = ln(2 S A H / δ) + (S − 1) ln(e (1 + n / (S − 1)))

E bounds the error of the value of every policy under every reward in [0, 1]; it is also what the exploration seeks.
When its value at the start is below ε / 2, the plan for any reward in the counted process is within ε of the best, for
all rewards at once, with probability 1 − δ.

Source: Kaufmann, Ménard, Domingues, Jonsson, Leurent, Valko, "Adaptive Reward-Free Exploration", ALT 2021, Algorithm 1,
Equation 4 and Theorem 4; here values are also cut at H − h, and the counts are those of all steps together.
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.tabular_model import ModelAgent
from rewardlab.agents.loops.tabular_plans import expect, induct
from rewardlab.agents.loops.tabular_runs import ABOVE_ZERO, CHANCE, COUNT
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class RewardFreeUCRL(ModelAgent):
    """Reward-free exploration for Discrete observations and actions and episodes of H steps.

    While learning it follows its uncertainty, whatever is paid. Asked by `predict` for the best action, it plans for
    the mean of the rewards that it has seen; `plan_for` plans for others.

    Args:
        horizon: H >= 1.
        delta: δ in (0, 1).
        scale: what √β is multiplied by, > 0; 1 is the paper's, smaller ones explore as well without the proof.

    Attributes:
        Q: [M, H, S, A] the uncertainty E.

    Raises:
        BadOption: for a number outside its range.
    """

    horizon: int = 20
    delta: float = 0.05
    scale: float = 1.0

    def prepare(self) -> None:
        self.check(horizon=COUNT, delta=CHANCE, scale=ABOVE_ZERO)
        self.count()
        left = np.arange(self.horizon, 0, -1.0)  # [H]
        shape = (self.memories, self.horizon, self.num_states, self.num_actions)
        self.Q = np.broadcast_to(left[None, :, None, None], shape).copy()

    def plan(self, memory: np.ndarray) -> None:
        S, A, H = self.num_states, self.num_actions, self.horizon
        counts = self.counts[memory]
        followed = counts.sum(3) + self.ends[memory]
        chance = counts / np.maximum(followed, 1)[..., None]
        E = np.zeros((len(memory), S))
        for h in reversed(range(H)):
            n = self.visits[memory] if h + 1 == H else followed  # what follows the last step is never seen
            beta = math.log(2 * S * A * H / self.delta) + (S - 1) * (1.0 + np.log1p(n / max(S - 1, 1)))
            width = self.scale * H * np.sqrt(2.0 * beta / np.maximum(n, 1))
            E_h = np.where(n > 0, np.minimum(width + expect(chance, E), H - h), H - h)
            self.Q[memory, h] = E_h
            E = E_h.max(2)

    def uncertainty(self) -> np.ndarray:
        """E at the start [M], the mean over the first states that were met; twice this bounds the loss of any plan."""
        met = self.met[:, 0]
        share = np.where(met.sum(1, keepdims=True) > 0, met, 1) / np.maximum(met.sum(1, keepdims=True), 1)
        return (share / share.sum(1, keepdims=True) * self.Q[:, 0].max(2)).sum(1)

    def plan_for(self, reward: np.ndarray) -> np.ndarray:
        """The best values [M, H, S, A] in the counted processes for a reward [S, A] or [H, S, A].

        Raises:
            BadOption: for a reward of another shape.
        """
        shape, R = (self.num_states, self.num_actions), np.asarray(reward, dtype=float)
        if R.shape not in (shape, (self.horizon, *shape)):
            raise BadOption(f"a reward of shape {R.shape}", where="RewardFreeUCRL", expected=f"{shape}")
        timed = np.broadcast_to(R, (self.horizon, *shape))
        chance, Q = self.chance, np.zeros(self.Q.shape)
        V = np.zeros((self.memories, self.num_states))
        for h in reversed(range(self.horizon)):
            Q[:, h] = timed[h] + expect(chance, V)
            V = Q[:, h].max(2)
        return Q

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        state, memory = self.states(obs), self._asked(len(obs))
        Q = induct(self.chance, self.means, self.horizon)
        return Q[memory, self._usual(memory, state), state].argmax(1)
