"""Variational preference learning (VPL): a latent type of person, inferred from a few of their answers.

    q(z | answers) = N(μ, diag s²),    P(1 ≻ 2 | z) = σ(Σ_t r(o¹_t, a¹_t, z) − Σ_t r(o²_t, a²_t, z))
    loss = −E_q[Σ_j log P(label_j | z)] + β KL(q ‖ N(0, 1))

One reward for all must call a coin where people disagree. Here an encoder reads a set of answers, in no order, and the
reward is conditioned on what it finds. People need not be named but for whose answers belong together. The scale of the
reward may differ from person to person: see `WinChance`.

Source: Poddar, Wan, Ivison, Gupta, Jaques, "Personalizing Reinforcement Learning from Human Feedback with Variational
Preference Learning", NeurIPS 2024 (the bound, and queries by information gain). Evidence:
`benchmarks.effects.written_people`, a small transformer that reads a type in its prompt: after eight answers new people
prefer what it writes to the reference in 0.85 of cases, with one reward for all in 0.65, and in 0.86 if tastes were
known. Without the scale of `WinChance` it is 0.89, so that the scale is no gain there.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rewardlab.core import nets
from rewardlab.core.arrays import Array, array, is_torch
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.answers import Answers
from rewardlab.rewards.preference.informative_sets import informative_set
from rewardlab.rewards.preference.kernel import preference_logit, preference_loss
from rewardlab.rewards.preference.people import PeopleModel, Step


@dataclass(kw_only=True)
class VPL(PeopleModel):
    """Pays what a step is worth to a person of a latent type.

    The other options are those of `PeopleModel`; the widths are ours. Encoders learn from 1 .. `context` answers,
    drawn evenly, so that fewer are understood too.

    Args:
        z_dim: Z, numbers that a type has.
        context: N, the most answers that the encoder reads while it learns, and judgements that it must foretell.
        beta: β >= 0. Far above the paper's, nothing is told apart any more.
        anneal: passes over which β rises from 0; 0 for none.
        hidden: widths of the reward, and of what embeds answers.
        batch_size: sets of answers in a step.
        draws: S, types that `probabilities` draws.

    Raises:
        BadOption: for a number outside its range.
    """

    z_dim: int = 8
    context: int = 8
    beta: float = 0.003
    anneal: int = 10
    hidden: tuple[int, ...] = (64, 64)
    lr: float = 3e-4
    batch_size: int = 16
    draws: int = 64

    def __post_init__(self) -> None:
        sizes = (self.z_dim, self.context, self.draws, len(self.hidden))
        if min(sizes) < 1 or self.anneal < 0 or not 0 <= self.beta < math.inf:
            names = ("z_dim", "context", "draws", "hidden", "anneal", "beta")
            shown = ", ".join(f"{k}={getattr(self, k)!r}" for k in names)
            raise BadOption(shown, where="VPL", expected="sizes >= 1, anneal >= 0, beta >= 0")
        super().__post_init__()

    def nobody(self) -> np.ndarray:
        return np.zeros(self.z_dim, dtype=np.float32)

    def network(self, width: int, prompt: int, seed: int) -> nn.Module:
        return VPLNetwork(width, self.z_dim, self.hidden, self.context, seed)

    def step_scores(self, x: Tensor, person: Tensor) -> Tensor:
        out: Tensor = self._fit.module.reward(torch.cat([x, person], -1))[..., 0]  # type: ignore[operator]
        return out

    # -- who somebody is ------------------------------------------------------------------------------------------

    @torch.no_grad()
    def posterior(self, answers: Transitions) -> tuple[np.ndarray, np.ndarray]:
        """Mean and deviation [Z] of the type of whoever gave these answers [N, 2, T]; the prior's for none."""
        if not len(answers) or not len(known := self.answers(self.checked(answers, someone=True), someone=True)):
            return self.nobody(), np.ones(self.z_dim, dtype=np.float32)
        mean, log_variance = self._read(known, torch.arange(len(known))[None], torch.ones(1, len(known)))
        return array(mean[0]), array((0.5 * log_variance[0]).exp())

    @torch.no_grad()
    def persons(self, answers: Answers, count: int) -> np.ndarray:
        who, out = array(answers.who), np.tile(self.nobody(), (count, 1))
        for k in range(count):
            if len(mine := np.flatnonzero(who == k)):
                out[k] = array(self._read(answers, torch.as_tensor(mine)[None], torch.ones(1, len(mine)))[0][0])
        return out

    def types(self, answers: Transitions | None = None, *, draws: int | None = None, seed: int = 0) -> np.ndarray:
        """Types [S, Z] that somebody may be: draws from the posterior, or without answers from all that are known."""
        rng, count = np.random.default_rng([self.seed, seed]), draws or self.draws
        if answers is None or not len(answers):
            return self.people[rng.integers(0, len(self.people), count)]
        mean, deviation = self.posterior(answers)
        return (mean + deviation * rng.normal(size=(count, self.z_dim))).astype(np.float32)

    def chances(self, pairs: Transitions, answers: Transitions | None = None, *, seed: int = 0) -> np.ndarray:
        """P(first better) [S, P] by `types` that somebody may be."""
        gaps = [preference_logit(self.segment_scores(pairs, z)) for z in self.types(answers, seed=seed)]
        return array(torch.sigmoid(torch.stack(gaps).to(torch.float64)))

    def probabilities(self, pairs: Transitions) -> Array:
        """P(first better) [S, P] by types of people that are known; what strategies of asking look at."""
        return self.chances(pairs)

    def questions(self, pool: Transitions, count: int, answers: Transitions | None = None) -> np.ndarray:
        """Positions [count] of the pairs whose answers together tell most of who somebody is, given their `answers`."""
        return informative_set(self.chances(pool, answers), count)

    def uncertainty(self, batch: Transitions, answers: Transitions | None = None) -> Array:
        """Deviation [*lead] of the pay over the types that somebody may be."""
        out = np.stack([array(self.pay_for(batch, z)) for z in self.types(answers)]).std(0)
        return torch.as_tensor(out, device=batch.reward.device) if is_torch(batch.reward) else out

    # -- how it learns --------------------------------------------------------------------------------------------

    def epoch(self, answers: Answers, rng: np.random.Generator) -> Iterator[Step]:
        sets = self._sets(array(answers.who), rng)
        beta = self.beta * (min(1.0, self._passes / self.anneal) if self.anneal else 1.0)
        for at in np.array_split(rng.permutation(len(sets)), math.ceil(len(sets) / self.batch_size)):
            context, seen = _padded([sets[i][0] for i in at])
            target, judged = _padded([sets[i][1] for i in at])
            mean, log_variance = self._read(answers, context, seen)
            noise = torch.as_tensor(rng.normal(size=mean.shape), dtype=mean.dtype, device=mean.device)
            z = mean + (0.5 * log_variance).exp() * noise
            them = answers.rows(target.to(answers.label.device).reshape(-1))
            logit = self.gap(them, z.repeat_interleave(target.shape[1], 0))
            counts = judged.to(logit.device).reshape(-1)
            data = (preference_loss(logit, them.label) * counts).sum() / len(at)
            divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(-1).mean()
            yield data + beta * divergence, logit[counts > 0], them.label[counts > 0]

    def _sets(self, who: np.ndarray, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
        """(what is read, what must be foretold) of each person, until all their judgements were foretold once."""
        out = []
        for k in np.unique(who):
            mine = rng.permutation(np.flatnonzero(who == k))
            for at in range(0, len(mine), self.context):
                rest = np.concatenate([mine[:at], mine[at + self.context :]])
                rest = rest if len(rest) else mine  # who gave few answers: they are read and foretold
                read = rng.permutation(rest)[: rng.integers(1, self.context + 1)]
                out.append((read, mine[at : at + self.context]))
        return out

    def _read(self, answers: Answers, index: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance [B, Z] of q for sets of answers `index` [B, N], of which those `there` [B, N] count."""
        device = answers.label.device
        some = answers.rows(index.to(device))
        out: tuple[Tensor, Tensor] = self._fit.module.read(some.x, some.mask, some.label, there.to(device))  # type: ignore[operator]
        return out


class VPLNetwork(nn.Module):
    """An encoder of sets of answers, and a reward of steps and types.

    Args:
        width: D, features of a step.
        latent: Z.
        hidden: widths.
        most: the number of answers beyond which more do not count as more.
        seed: of the weights.
    """

    def __init__(self, width: int, latent: int, hidden: tuple[int, ...], most: int, seed: int) -> None:
        super().__init__()
        size, (one, two, three, four) = hidden[0], (nets.child_seed(seed, k) for k in range(4))
        self.most = most
        self.step = nets.mlp(width, size, hidden[:1], seed=one)
        self.answer = nets.mlp(2 * size + 1, size, hidden[:1], seed=two)
        self.reward = nets.mlp(width + latent, 1, hidden, seed=three)
        with nets.seeded(four):
            self.attention = nn.Linear(size, 1)
            self.mean, self.log_variance = nn.Linear(size + 1, latent), nn.Linear(size + 1, latent)

    def read(self, x: Tensor, mask: Tensor, label: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance [B, Z] of q.

        Args:
            x: [B, N, 2, T, D].
            mask: [B, N, 2, T] bool.
            label: [B, N]; a pair turned round with its label is the same answer.
            there: [B, N], 1 for answers and 0 for none.
        """
        counts = mask[..., None].to(x.dtype)
        whole = (self.step(x) * counts).sum(-2) / counts.sum(-2).clamp(min=1)  # [B, N, 2, E]
        turned = (label < 0.5)[..., None]
        first, second = whole[..., 0, :], whole[..., 1, :]
        better, worse = torch.where(turned, second, first), torch.where(turned, first, second)
        tie = (label == 0.5)[..., None]  # of a tie neither is better: both orders are read as one
        mid = (better + worse) / 2
        better, worse = torch.where(tie, mid, better), torch.where(tie, mid, worse)
        sure = (2 * label - 1).abs()[..., None]
        each = self.answer(torch.cat([better, worse, sure], -1)).relu()
        weight = self.attention(each)[..., 0].masked_fill(there == 0, -math.inf).softmax(-1)
        pooled = (weight[..., None] * each).sum(-2)
        many = there.sum(-1, keepdim=True).clamp(max=self.most).log1p()  # more answers, a narrower q
        pooled = torch.cat([pooled, many], -1)
        return self.mean(pooled), self.log_variance(pooled).clamp(-8, 8)


def _padded(sets: list[np.ndarray]) -> tuple[Tensor, Tensor]:
    """Sets of positions as one array [B, N], and where there are any [B, N]."""
    size = max(map(len, sets))
    index, there = np.zeros((len(sets), size), np.int64), np.zeros((len(sets), size), np.float32)
    for i, s in enumerate(sets):
        index[i, : len(s)], there[i, : len(s)] = s, 1.0
    return torch.as_tensor(index), torch.as_tensor(there)
