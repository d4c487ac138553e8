"""A small network from texts to scores: hashed n-grams and a perceptron, fitted to labels or to comparisons.

    score f(c),    labels: −y log σ(f) − (1 − y) log σ(−f),    pairs: the same of f(c₁) − f(c₂), ties y = ½

In float64, so that a score does not depend on which others are computed beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.checkpoint import check_keys
from rewardlab.rewards.language.judging import Item
from rewardlab.rewards.language.text_features import hashed_ngrams


@dataclass
class TextNetwork:
    """Scores of items: the texts of one item side by side, or of a pair one by one.

    Args:
        texts: how many texts the network reads at once.
        width: features of each.
        hidden: widths of the perceptron.
        lr: step size of Adam.
        weight_decay: decoupled.
        epochs: passes over the labels at each `fit`.
        batch_size: items of one step.
        seed: of the weights and the order.
    """

    texts: int = 1
    width: int = 1024
    hidden: tuple[int, ...] = (64,)
    lr: float = 3e-3
    weight_decay: float = 0.01
    epochs: int = 30
    batch_size: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        from rewardlab.core import nets

        module = nets.mlp(self.texts * self.width, 1, self.hidden, seed=nets.child_seed(self.seed, 0)).double()
        self._fit = nets.Fit(module, self.lr, clip=10.0, weight_decay=self.weight_decay, name="TextNetwork")
        self.fits = 0

    def scores(self, items: Sequence[Item]) -> np.ndarray:
        """Scores f [B] of items of `texts` texts each."""
        import torch

        with torch.no_grad():
            out: np.ndarray = self._module_on(self._features(items)).numpy()
        return out

    def fit(self, items: Sequence[Item], labels: np.ndarray, weights: np.ndarray | None = None) -> float:
        """Fit to labels [B] in 0..1 of items of `texts` texts, or of pairs of them, from where it stands.

        Returns:
            The mean loss of the last pass.
        """
        import torch
        from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

        pairs = len(items[0]) == 2 * self.texts
        sides = [item[self.texts * k : self.texts * (k + 1)] for k in range(1 + pairs) for item in items]
        x = self._features(sides).reshape(1 + pairs, len(items), -1)
        y = torch.as_tensor(np.asarray(labels, dtype=np.float64))
        w = torch.ones_like(y) if weights is None else torch.as_tensor(np.asarray(weights, dtype=np.float64))
        rng, total = np.random.default_rng([self.seed, self.fits]), 0.0
        for _ in range(self.epochs):
            total = 0.0
            for index in torch.from_numpy(rng.permutation(len(items))).split(self.batch_size):
                score = self._module_on(x[0, index])
                score = score - self._module_on(x[1, index]) if pairs else score
                loss = (w[index] * cross_entropy(score, y[index], reduction="none")).sum() / w[index].sum()
                total += self._fit(loss)["loss"] * len(index) / len(items)
        self.fits += 1
        return total

    def _features(self, items: Sequence[Item]) -> Any:
        import torch

        flat = hashed_ngrams([text for item in items for text in item], self.width)
        return torch.as_tensor(flat.astype(np.float64)).reshape(len(items), -1)

    def _module_on(self, x: Any) -> Any:
        return self._fit.module(x)[:, 0]

    def __call__(self, items: Sequence[Item]) -> np.ndarray:
        """As a judge: 1 for items [B] that it takes for helpful, or of pairs of them for the first, else 0."""
        if len(items) and len(items[0]) == 2 * self.texts:
            first, second = (self.scores([i[self.texts * k :][: self.texts] for i in items]) for k in (0, 1))
            return (first > second).astype(np.float64)
        return (self.scores(items) > 0).astype(np.float64)

    def state_dict(self) -> dict[str, Any]:
        """Weights, moments and the number of fits."""
        return {"fit": self._fit.state_dict(), "fits": self.fits}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`."""
        check_keys(state, ("fit", "fits"), where="TextNetwork")
        self._fit.load_state_dict(state["fit"])
        self.fits = int(state["fits"])
