"""GAIN-RL: prompts are visited from the aligned to the unaligned, as fast as they are solved.

    C = mean_{i≠j in Q} cos(x_i, x_j) + mean_{i in Q, j in S} cos(x_i, x_j)
    P(prompt of rank k) ∝ exp(−(k − μ)²/(2σ²)),    ranks by C, largest first
    μ ← μ + min(max((n/2) tanh(α (accuracy − β)) + (n/2) tanh(γ C̄), 0), n_max)

x are hidden states of the question's tokens Q and of those before them, S. The squared gradient of a linear layer is
‖X^T G‖² = Σ_ij ⟨x_i, x_j⟩⟨g_i, g_j⟩: tokens that point the same way move it far. The window of the prompts moves on
when they are solved and already aligned.

Source: Wang et al., "Angles Don't Lie: Unlocking Training-Efficient RL Through the Model's Own Signals", 2025, Sections
3 and 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.parts.checked import option
from rewardlab.core.checkpoint import check_keys


def token_alignment(question: np.ndarray, before: np.ndarray) -> float:
    """C, −2 to 2, of hidden states [Q, D] of the question, Q >= 2, and [S, D] of what stands before it, S >= 1."""
    q, s = (x / np.linalg.norm(x, axis=-1, keepdims=True) for x in (question, before))
    within = q @ q.T
    n = len(q)
    return float((within.sum() - np.trace(within)) / (n * (n - 1)) + (q @ s.T).mean())


@dataclass
class MovingWindow:
    """Draws prompts around a rank that moves on.

    Args:
        sigma: σ > 0, the width of the window in ranks.
        step: n > 0, how far it moves at most for each of two reasons.
        most: n_max, how far it moves at most.
        alpha, beta, gamma: of the accuracy's and the alignment's pull.

    Attributes:
        centre: μ, a rank, 0 at the beginning.

    Raises:
        BadOption: for a width or step that is not above 0.
    """

    sigma: float
    step: float
    most: float
    alpha: float = 2.0
    beta: float = 0.5
    gamma: float = 2.0

    def __post_init__(self) -> None:
        option("sigma", self.sigma, self.sigma > 0, by="MovingWindow", expected="a number above 0")
        option("step", self.step, self.step > 0, by="MovingWindow", expected="a number above 0")
        self.centre = 0.0

    def law(self, number: int) -> np.ndarray:
        """The chance [N] of each rank."""
        away = ((np.arange(number) - self.centre) / self.sigma) ** 2 / 2
        weights = np.exp(away.min() - away)
        return weights / weights.sum()

    def draw(self, aligned: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
        """`size` different prompts of those with alignments C [N], by their place."""
        return rng.choice(np.argsort(-aligned, kind="stable"), size=size, replace=False, p=self.law(len(aligned)))

    def update(self, accuracy: float, aligned: float) -> None:
        """Moves on after prompts of this mean accuracy, 0 to 1, and mean alignment C̄."""
        pull = np.tanh(self.alpha * (accuracy - self.beta)) + np.tanh(self.gamma * aligned)
        self.centre += min(max(self.step / 2 * float(pull), 0.0), self.most)

    def state_dict(self) -> dict[str, Any]:
        """Where the window is."""
        return {"centre": self.centre}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state_dict`.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        check_keys(state, {"centre"}, where="MovingWindow")
        self.centre = float(state["centre"])
