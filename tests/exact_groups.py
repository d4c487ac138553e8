"""A softmax policy over a few short sentences of different lengths, and all groups of them with their chances.

Expectations over groups are sums here: an estimator's mean is its loss of every group, weighted by the group's chance.
"""

import itertools

import numpy as np
import torch

from rewardlab.core.batch import Group


class Tree:
    """Sentences over the words 0, 1, 2 of which word 0 ends: "0", "1x" and "2x"; K = 7, at most 2 words.

    The logits are a table: one row for the first word, one for the second after 1, one after 2.
    """

    def __init__(self, seed=0, scale=0.7):
        rng = np.random.default_rng(seed)
        self.logits = torch.tensor(scale * rng.normal(size=(3, 3)), requires_grad=True)
        self.reference = torch.tensor(scale * rng.normal(size=(3, 3)))
        self.paid = torch.tensor(rng.normal(size=7))
        words = [(0, 0), *itertools.product((1, 2), (0, 1, 2))]
        self.words = torch.tensor(words)
        self.rows = torch.stack([torch.zeros(7, dtype=torch.int64), self.words[:, 0]], -1)
        self.mask = torch.stack([torch.ones(7), (self.words[:, 0] > 0).float()], -1).double()

    def tokens(self, logits=None):
        """log π of each word of each sentence, [K, 2]."""
        return torch.log_softmax(self.logits if logits is None else logits, -1)[self.rows, self.words]

    def log_law(self, logits=None):
        """log π of the sentences, [K]."""
        return (self.tokens(logits) * self.mask).sum(-1)

    def value(self, beta=0.0):
        """E[r] − β KL(π ‖ reference)."""
        logp = self.log_law()
        return (logp.exp() * (self.paid - beta * (logp - self.log_law(self.reference)))).sum()

    def gradient(self, loss):
        """∂loss/∂logits, [3, 3]."""
        return torch.autograd.grad(loss, self.logits, retain_graph=True)[0]

    def of(self, index, old=None):
        """The group of the sentences `index` [P, G], sampled by the policy itself or by `old` logits."""
        logp = self.tokens()[index]
        before = logp.detach() if old is None else self.tokens(old)[index]
        return Group(logp, before, self.tokens(self.reference)[index], self.mask[index], self.paid[index])

    def every(self, responses):
        """All K^G groups, and their chances under the policy, [K^G], as numbers."""
        index = torch.cartesian_prod(*[torch.arange(7)] * responses).reshape(-1, responses)
        return self.of(index), self.log_law().detach().exp()[index].prod(-1)

    def expected(self, objective, responses):
        """The expected gradient [3, 3] of an objective on groups of the policy's own sentences."""
        group, chance = self.every(responses)
        return self.gradient((objective(group) * chance).sum())


def token_gradient(objective, group):
    """∂(mean loss)/∂logp [P, G, T] as a NumPy array, for a group of NumPy arrays."""
    from contracts.objective_row import as_torch

    tensors = as_torch(group)
    objective(tensors).mean().backward()
    return tensors.logp.grad.numpy()


def same(a, b, **kw):
    """Equal to 1e-12 unless said otherwise."""
    a, b = (x.detach().numpy() if isinstance(x, torch.Tensor) else x for x in (a, b))
    np.testing.assert_allclose(a, b, **{"rtol": 1e-12, "atol": 1e-13, **kw})


def minimiser(loss, start):
    """The log-probabilities [K] of the softmax policy of least `loss`, a function of them, from logits `start`."""
    from scipy.optimize import minimize

    def value_and_slope(z):
        logits = torch.tensor(z, requires_grad=True)
        value = loss(torch.log_softmax(logits, -1))
        return value.item(), torch.autograd.grad(value, logits)[0].numpy()

    found = minimize(value_and_slope, start, jac=True, method="BFGS", options={"gtol": 1e-12, "maxiter": 3000})
    return torch.log_softmax(torch.tensor(found.x), -1).numpy()
