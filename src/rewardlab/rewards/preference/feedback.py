"""Kinds of feedback: a query has options, a response is one of finitely many, and its log-likelihood comes from scores.

    Boltzmann choice   P(c) = exp β(u_c − cost_c) / Σ_i exp β(u_i − cost_i)
    comparison         two options, and with probability ε a coin's answer
    ranking            P(order) = Π_j exp βu_(j) / Σ_{i >= j} exp βu_(i)
    rating             P(rating <= c) = σ(cut_c − βu)
    demonstration      options are all trajectories of a set: with β = 1 the likelihood of maximum entropy
    stop               options are the beginnings of one trajectory, after which nothing more is earned
    correction         options are changes of a trajectory, cost_i the effort of pushing it there

Every kind says how many responses there are and how likely scores of the options make each; they sum to 1. So one
learner takes them all, together if it must: `fit_linear` finds the weights of a linear utility.

Source: Jeon, Milli, Dragan, "Reward-Rational (Implicit) Choice: A Unifying Formalism for Reward Learning", NeurIPS
2020, Table 1 and Eq. 2; Kaufmann, Weng, Bengs, Hüllermeier, "A Survey of Reinforcement Learning from Human Feedback",
2023, Sections 3 and 5 (kinds of feedback and their likelihoods).
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rewardlab.core.arrays import Array, array, namespace, tensor
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards.preference.cutting import like
from rewardlab.rewards.preference.likelihoods import log_sum_exp, logistic_logs, ordinal_logs


class Feedback(Protocol):
    """A kind of feedback."""

    def responses(self, options: int) -> int:
        """How many responses there are to a query of so many options."""
        ...

    def logs(self, scores: Array) -> Array:
        """Log-probabilities [*, R] of all responses, given scores [*, G] of the options. NumPy or torch."""
        ...


@dataclass(frozen=True)
class Choice:
    """One of the options is chosen: the best of a list, a demonstration among all that are possible, a step to stop at.

    For stops the scores are those of the beginnings, see `stop_scores`.

    Args:
        beta: how rational, above 0.

    Raises:
        BadOption: for a beta that is not positive.
    """

    beta: float = 1.0

    def __post_init__(self) -> None:
        _positive(self.beta, type(self).__name__)

    def responses(self, options: int) -> int:
        """As many as options."""
        return options

    def logs(self, scores: Array) -> Array:
        """log P [*, G] that each option is chosen."""
        z = self.beta * scores
        return z - log_sum_exp(z)[..., None]


@dataclass(frozen=True)
class Correction:
    """A trajectory is pushed into one of the options, which costs effort; doing nothing is an option of effort 0.

    Args:
        effort: of each option, [G], in units of utility.
        beta: how rational, above 0.

    Raises:
        BadOption: for a beta that is not positive, or a negative effort.
    """

    effort: Sequence[float]
    beta: float = 1.0

    def __post_init__(self) -> None:
        _positive(self.beta, "Correction")
        if not len(self.effort) or not min(self.effort) >= 0:
            raise BadOption(f"effort={self.effort!r}", where="Correction", expected="0 or more for each option")

    def responses(self, options: int) -> int:
        """As many as options."""
        return options

    def logs(self, scores: Array) -> Array:
        """log P [*, G] that the trajectory is pushed into each option.

        Raises:
            BadBatch: for another number of options than of efforts.
        """
        if scores.shape[-1] != len(self.effort):
            raise BadBatch(
                f"{scores.shape[-1]} options", where="Correction", expected=f"{len(self.effort)}, as efforts are known"
            )
        z = self.beta * (scores - like(np.asarray(self.effort, dtype=np.float64), scores))
        return z - log_sum_exp(z)[..., None]


@dataclass(frozen=True)
class Pairwise:
    """Two options: response 0 says that the first is better, 1 the second.

    Args:
        beta: how rational, above 0.
        error: ε, the share of answers that are a coin's, in [0, 1).

    Raises:
        BadOption: for a beta that is not positive or an error outside [0, 1).
    """

    beta: float = 1.0
    error: float = 0.0

    def __post_init__(self) -> None:
        _positive(self.beta, "Pairwise")
        if not 0 <= self.error < 1:
            raise BadOption(f"error={self.error!r}", where="Pairwise", expected="0 <= error < 1")

    def responses(self, options: int) -> int:
        """Two.

        Raises:
            BadBatch: if there are not two options.
        """
        if options != 2:
            raise BadBatch(f"{options} options", where="Pairwise", expected="2", mend="Ranking or Choice")
        return 2

    def logs(self, scores: Array) -> Array:
        """log P [*, 2] of both answers, for scores [*, 2]."""
        self.responses(scores.shape[-1])
        sure = logistic_logs(self.beta * scores)
        if self.error == 0:
            return sure
        xp = namespace(sure)
        return xp.logaddexp(sure + math.log1p(-self.error), xp.full_like(sure, math.log(self.error / 2)))


@dataclass(frozen=True)
class Ranking:
    """All options in order. Responses are the permutations of `itertools`, each from the best to the worst.

    Args:
        beta: how rational, above 0.

    Raises:
        BadOption: for a beta that is not positive.
    """

    beta: float = 1.0

    def __post_init__(self) -> None:
        _positive(self.beta, "Ranking")

    def responses(self, options: int) -> int:
        """The factorial of the options."""
        return math.factorial(options)

    def orders(self, options: int) -> np.ndarray:
        """The response r as options from the best to the worst, [R, G]."""
        return np.array(list(itertools.permutations(range(options))))

    def logs(self, scores: Array) -> Array:
        """log P [*, G!] of all orders."""
        order = like(self.orders(scores.shape[-1]), scores)
        z = self.beta * scores[..., order]  # [*, R, G] from the best to the worst
        parts = [z[..., j] - log_sum_exp(z[..., j:]) for j in range(z.shape[-1] - 1)]
        return sum(parts[1:], parts[0]) if parts else namespace(z).zeros_like(z[..., 0])


@dataclass(frozen=True)
class Rating:
    """One option is given a rating 0 .. C − 1.

    Args:
        cuts: [C − 1] increasing.
        beta: how much a unit of utility is worth beside the rater's noise, above 0.

    Raises:
        BadOption: for a beta that is not positive or cuts that do not increase.
    """

    cuts: Sequence[float]
    beta: float = 1.0

    def __post_init__(self) -> None:
        _positive(self.beta, "Rating")
        if not len(self.cuts) or not (np.diff(self.cuts) > 0).all():
            raise BadOption(f"cuts={self.cuts!r}", where="Rating", expected="at least one, each above the one before")

    def responses(self, options: int) -> int:
        """One more than cuts.

        Raises:
            BadBatch: if there is not one option.
        """
        if options != 1:
            raise BadBatch(f"{options} options", where="Rating", expected="1: each thing is rated alone")
        return len(self.cuts) + 1

    def logs(self, scores: Array) -> Array:
        """log P [*, C] of all ratings, for scores [*, 1]."""
        self.responses(scores.shape[-1])
        return ordinal_logs(self.beta * scores[..., 0], like(np.asarray(self.cuts, dtype=np.float64), scores))


def stop_scores(steps: Array) -> Array:
    """Scores [*, T] of stopping a trajectory after each of its steps, from scores of the steps [*, T]."""
    return namespace(steps).cumulative_sum(steps, axis=-1)


def respond(feedback: Feedback, scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Simulated responses [*] to queries whose options have scores [*, G]."""
    logs = array(feedback.logs(np.asarray(scores, dtype=np.float64)))
    return np.asarray((logs + rng.gumbel(size=logs.shape)).argmax(-1))


def log_likelihood(feedback: Feedback, scores: Array, response: Array) -> Array:
    """log P [*] of the responses [*] that were given to options with scores [*, G]."""
    logs = feedback.logs(scores)
    xp = namespace(logs)
    given = response[..., None] == like(np.arange(logs.shape[-1]), logs)
    return xp.where(given, logs, xp.zeros_like(logs)).sum(-1)


def fit_linear(data: Sequence[tuple[Feedback, np.ndarray, np.ndarray]], *, ridge: float = 0.0) -> np.ndarray:
    """The weights [D] of a linear utility that make all responses most likely.

    Args:
        data: of each kind: the feedback, features of the options [N, G, D], and responses [N]. For stops the features
            are sums over beginnings.
        ridge: adds ridge / 2 ‖w‖² to the negative log-likelihood; 0 is maximum likelihood, which may not exist where
            all responses can be foretold.

    Returns:
        Weights in the units of the features, found by L-BFGS from 0.

    Raises:
        BadBatch: without data, or for axes that do not agree.
    """
    from scipy.optimize import minimize
    from torch import float64, no_grad, zeros

    sizes = {np.shape(x)[-1] if np.ndim(x) == 3 else -1 for _, x, _ in data}
    if len(sizes) != 1 or -1 in sizes or any(len(x) != len(y) for _, x, y in data):
        raise BadBatch(
            f"features {[np.shape(x) for _, x, _ in data]} with responses {[np.shape(y) for _, _, y in data]}",
            where="fit_linear",
            expected="features [N, G, D] of one D with responses [N]",
        )
    parts = [(f, tensor(x, dtype=float64), tensor(y)) for f, x, y in data]
    scale = 1.0 / sum(len(y) for _, _, y in parts)

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        w = zeros(len(at), dtype=float64)
        with no_grad():
            w.copy_(tensor(at))
        w.requires_grad_()
        total = 0.5 * ridge * (w * w).sum()
        for feedback, x, y in parts:
            total = total - log_likelihood(feedback, x @ w, y).sum()
        total = total * scale
        total.backward()
        return float(total.detach()), array(w.grad)

    found = minimize(loss, np.zeros(sizes.pop()), jac=True, method="L-BFGS-B", options={"ftol": 1e-12, "gtol": 1e-8})
    return np.asarray(found.x)


def _positive(beta: float, where: str) -> None:
    if not 0 < beta < math.inf:
        raise BadOption(f"beta={beta!r}", where=where, expected="a number above 0")
