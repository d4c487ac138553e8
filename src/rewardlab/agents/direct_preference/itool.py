"""iTool: search where the policy is least sure, and learn from where good and bad answers part.

    kept     the prompts of largest perplexity exp(−(1/|y|) Σ_t log π(y_t)) of their references
    search   a = argmax_a Q(s, a) + c π(a | s) √N(s) / (1 + N(s, a)),    nodes are beginnings of an answer
    pairs    at each node the children of largest and smallest Q, if these differ by more than a margin
    L = −log σ(β [mean log π(y_w, from d on) − mean log π(y_l, from d on)] − γ) − w mean log π(y_w, from d on)

d is the first token in which the two differ, so that what they share is not learned from: the error is known to the
fragment. The policy warms up on easy items before harder ones.

Source: Zeng et al., "iTool: Boosting Tool Use of Large Language Models via Iterative Reinforced Fine-Tuning", 2025,
Section 3; the objective of pairs is that of Meng, Xia, Chen, "SimPO: Simple Preference Optimization with a
Reference-Free Reward", NeurIPS 2024, Equation 6.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked, column, option
from rewardlab.agents.parts.compare import chosen, rejected
from rewardlab.agents.parts.ranges import above_0, at_least_0
from rewardlab.agents.parts.score import mean_likelihood
from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Group

Fragments = tuple[Hashable, ...]


def itool(group: Group, *, beta: float = 2.0, gamma: float = 1.0, weight: float = 0.0) -> Array:
    """The loss [P] of pairs from where they part.

    Args:
        group: pairs, with the column `tokens` [P, G, T].
        beta: β > 0, per token.
        gamma: γ >= 0, the margin.
        weight: w >= 0, of the likelihood of the better one.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
        MissingColumn: without the tokens.
    """
    above_0("itool", beta=beta)
    at_least_0("itool", gamma=gamma, weight=weight)
    score = mean_likelihood(parted(checked(group, "itool", responses=2)))
    better = chosen(group, score)
    return link.logistic(beta * (better - rejected(group, score)) - gamma) - weight * better


def parted(group: Group) -> Group:
    """The group whose mask begins where the best and the worst response of a prompt part.

    All responses of a prompt are masked alike; equal ones keep no token.
    """
    tokens, own = array(column(group, "tokens", by="parted")), array(group.mask != 0)
    rows = np.arange(len(own))
    both = [array(x) for x in (group.winner, group.loser)]
    a, b = (np.where(own[rows, k], tokens[rows, k], -1) for k in both)
    apart = np.logical_or.accumulate(a != b, axis=-1)  # [P, T]
    mask = own & apart[:, None]
    return replace(group, mask=tensor(mask, device=group.logp.device) if is_torch(group.logp) else mask)


def uncertain(logp: Array, mask: Array, *, share: float = 0.1) -> np.ndarray:
    """The places of the items of largest perplexity, the largest first, at least one.

    Args:
        logp: [N, T] log π of the tokens of references.
        mask: [N, T].
        share: of the items that is kept, in (0, 1].
    """
    option("share", share, 0 < share <= 1, by="uncertain", expected="a number in (0, 1]")
    p, m = array(logp), array(mask) != 0
    mean = np.where(m, p, 0.0).sum(-1) / np.maximum(m.sum(-1), 1)
    return np.argsort(mean, kind="stable")[: max(1, round(share * len(mean)))]


def stages(difficulty: Sequence[float], count: int = 3) -> list[np.ndarray]:
    """Growing unions of items, the easy ones first: the places of each stage, the last of which has all."""
    order = np.argsort(np.asarray(difficulty, dtype=np.float64), kind="stable")
    return [order[: round((k + 1) * len(order) / count)] for k in range(count)]


@dataclass
class Tree:
    """Beginnings of one answer, searched.

    Args:
        propose: beginning -> its fragments and their chances; none where the answer is whole.
        pay: whole answer -> what it is worth, by a checker and the policy's own confidence.
        c: of exploration.
        rng: draws how an answer goes on beyond the tree.

    Attributes:
        visits, total: of beginnings, as sums over the answers through them.
    """

    propose: Callable[[Fragments], tuple[Sequence[Hashable], Sequence[float]]]
    pay: Callable[[Fragments], float]
    c: float = 1.25
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    visits: dict[Fragments, int] = field(default_factory=dict)
    total: dict[Fragments, float] = field(default_factory=dict)

    def search(self, rollouts: int = 16) -> None:
        """So many more answers: down the tree, one fragment beyond it, and on by chance."""
        for _ in range(rollouts):
            at: Fragments = ()
            path = [at]
            while not at or at in self.visits:
                options, chances = self.propose(at)
                if not len(options):
                    break
                at = (*at, self._choice(at, options, chances))
                path.append(at)
            whole = at
            while len((drawn := self.propose(whole))[0]):
                options, chances = drawn
                whole = (*whole, options[int(self.rng.choice(len(options), p=np.asarray(chances)))])
            value = self.pay(whole)
            for node in path:
                self.visits[node] = self.visits.get(node, 0) + 1
                self.total[node] = self.total.get(node, 0.0) + value

    def value(self, at: Fragments) -> float:
        """Q: the mean pay of the answers that went through a beginning."""
        return self.total[at] / self.visits[at]

    def _choice(self, at: Fragments, options: Sequence[Hashable], chances: Sequence[float]) -> Hashable:
        """The option of largest value and bonus; the likeliest of equals."""
        here = self.visits.get(at, 0)

        def score(option: Hashable, chance: float) -> tuple[float, float]:
            child = (*at, option)
            seen = self.visits.get(child, 0)
            value = self.value(child) if seen else 0.0
            return value + self.c * chance * float(np.sqrt(here)) / (1 + seen), chance

        return max(zip(options, chances, strict=True), key=lambda pair: score(*pair))[0]

    def pairs(self, margin: float = 0.2, least: int = 1) -> list[tuple[Fragments, Fragments]]:
        """(better, worse) beginnings that share all but their last fragment, of every node that was searched.

        Args:
            margin: by how much their values must differ.
            least: visits that each must have.
        """
        found = []
        for at in self.visits:
            children = [(*at, o) for o in self.propose(at)[0] if self.visits.get((*at, o), 0) >= least]
            if len(children) > 1:
                best, worst = max(children, key=self.value), min(children, key=self.value)
                if self.value(best) - self.value(worst) > margin:
                    found.append((best, worst))
        return found
