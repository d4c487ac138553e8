"""What a row of the laws of objectives is, and the groups that it is tried on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from rewardlab.core.batch import Group

FIELDS = ("logp", "old_logp", "ref_logp", "mask", "reward")


def random_group(prompts: int, responses: int, tokens: int = 5, *, seed: int = 0) -> Group:
    """Unrelated responses of different lengths, a little off the policy, with all columns that objectives ask for."""
    rng = np.random.default_rng(seed)
    shape = (prompts, responses, tokens)
    logp = -rng.gamma(2.0, 0.5, shape)
    length = rng.integers(1, tokens + 1, shape[:2])
    place = np.arange(tokens)
    return Group(
        logp=logp,
        old_logp=logp + 0.1 * rng.normal(size=shape),
        ref_logp=logp + 0.3 * rng.normal(size=shape),
        mask=(place < length[..., None]).astype(np.float64),
        reward=rng.normal(size=shape[:2]),
        info={
            "entropy": rng.gamma(2.0, 0.5, shape),
            "turn": np.broadcast_to(place // 2, shape).copy(),
            "advantage": rng.normal(size=shape),
            "truncated": length == tokens,
        },
    )


@dataclass(frozen=True)
class Row:
    """An objective for the laws.

    Attributes:
        make: a new one.
        responses: how many responses of a prompt it is tried on.
        columns: the `info` columns that it cannot do without.
        sample: (prompts, responses, seed=) -> a random group; the default has the columns named above.
        world: the columns that the law of the step adds to a sampled group.
        updates: how many groups it has seen before the laws are tried.
        but: laws that it need not keep -> why.
        lr: the step of the law of the step.
    """

    make: Callable[[], Any]
    responses: int = 6
    columns: tuple[str, ...] = ()
    sample: Callable[..., Group] = random_group
    world: Callable[[Group], Mapping[str, Any]] = lambda group: {}
    updates: int = 0
    but: Mapping[str, str] = field(default_factory=dict)
    lr: float = 0.1

    def group(self, seed: int = 1, prompts: int = 6) -> Group:
        """A random group."""
        return self.sample(prompts, self.responses, seed=seed)

    def taught(self) -> Any:
        """A new one that has seen some groups."""
        made = self.make()
        for seed in range(self.updates):
            made.update(self.group(seed + 100))
        return made


def mapped(group: Group, f: Callable[[Any], Any]) -> Group:
    """`f` on all arrays of a group."""
    return Group(**{k: f(getattr(group, k)) for k in FIELDS}, info={k: f(v) for k, v in group.info.items()})


def as_torch(group: Group, *, learns: tuple[str, ...] = ("logp",)) -> Group:
    """The group as tensors, of which the fields in `learns` ask for a gradient."""
    out = mapped(group, lambda x: torch.tensor(x))
    return replace(out, **{k: getattr(out, k).requires_grad_() for k in learns})


@dataclass
class Sentences:
    """A softmax policy over the sentences of LENGTH words out of WORDS, as one table of logits for each beginning."""

    seed: int = 0
    WORDS = 3
    LENGTH = 2

    def __post_init__(self):
        rng = np.random.default_rng(self.seed)
        beginnings = sum(self.WORDS**t for t in range(self.LENGTH))
        self.logits = torch.tensor(0.5 * rng.normal(size=(beginnings, self.WORDS)), requires_grad=True)
        every = np.indices((self.WORDS,) * self.LENGTH).reshape(self.LENGTH, -1).T  # [K, T]
        self.words = torch.as_tensor(every)
        self.rows = torch.as_tensor(np.stack([self._row(every[:, :t]) for t in range(self.LENGTH)], -1))
        self.paid = torch.as_tensor(rng.normal(size=len(every)))  # [K]

    def _row(self, begun):
        row = np.zeros(len(begun), dtype=np.int64)
        for t in range(begun.shape[1]):
            row = row * self.WORDS + begun[:, t]
        return sum(self.WORDS**t for t in range(begun.shape[1])) + row

    def tokens(self):
        """[K, T]: log π of each word of each sentence."""
        return torch.log_softmax(self.logits, -1)[self.rows, self.words]

    def entropies(self):
        """[K, T]: the entropy of the choice of each word, with its gradient."""
        p = torch.softmax(self.logits, -1)
        return -(p * p.log()).sum(-1)[self.rows]

    def expected(self):
        """The expected pay."""
        return (self.tokens().sum(-1).exp() * self.paid).sum()

    def group(self, prompts, responses, *, seed=0):
        """Sentences of the policy itself, drawn for prompts that are all alike."""
        with torch.no_grad():
            law = self.tokens().sum(-1).exp().numpy()
        drawn = np.random.default_rng(seed).choice(len(law), size=(prompts, responses), p=law / law.sum())
        return self.of(torch.as_tensor(drawn))

    def of(self, drawn):
        """The group of the sentences `drawn` [P, G]."""
        logp = self.tokens()[drawn]
        old, paid = logp.detach(), self.paid[drawn]
        advantage = (paid - self.expected().detach())[..., None].expand(old.shape)
        info = {"entropy": self.entropies()[drawn], "turn": torch.arange(self.LENGTH).expand(old.shape)}
        return Group(logp, old, old, torch.ones_like(old), paid, {**info, "advantage": advantage})
