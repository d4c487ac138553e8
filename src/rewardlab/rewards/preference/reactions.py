"""Reward from user reactions (RLUF, P[Love]).

    p(x, y) = σ(s(x, y) + log q),    loss = −z log σ(s) − (1 − z) log(1 − σ(s)) on all positives and a share q of others

Logged turns with a rare positive reaction give a calibrated probability of it. Most of the negatives can be thrown
away while learning: that shifts every log odds by −log q, which is taken back when it pays. It says how loved a policy
would be before anyone meets it, and is easily hacked by what pleases: mix it with other rewards, and watch.

Source: Han, Chen, Sankararaman, Peng, Xu, Helenowski, Peng, Kumar, Wang, Fang, Talebzadeh, "Reinforcement Learning from
User Feedback", 2025 (P[Love]); King, Zeng, "Logistic Regression in Rare Events Data", Political Analysis 2001, Section
4.1 (the prior correction). Evidence: `benchmarks.effects.token_waiting`: a small transformer that is paid for love and
helpfulness raises the rate of love from 0.11 to 0.76 and what it is truly worth by 3.0; for love alone to 0.89 and by
0.5, which is lost as it goes on (−0.1, undecided).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rewardlab.core import nets
from rewardlab.core.arrays import Array, array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.logistic import fit_logistic
from rewardlab.rewards.preference.cutting import like
from rewardlab.rewards.preference.kernel import preference_loss, usable
from rewardlab.rewards.preference.model import SegmentModel


@dataclass(kw_only=True)
class ReactionReward(SegmentModel):
    """Pays the probability of a positive reaction.

    Items are Transitions [P, 1, T] with `info["reaction"]` [P], 1 or 0, and perhaps `info["weight"]` [P] >= 0, how much
    each counts. Responses are segments of one step. The other options are those of `SegmentModel`.

    Args:
        keep: q in (0, 1], the share of negatives that is learned from.
        members: one network, fitted to all that was kept; several are fitted to a bootstrap each.

    Raises:
        BadOption: for a share outside (0, 1], and as `SegmentModel` does.
        BadBatch: from `fit`, if items are not single ones.
        MissingColumn: from `fit`, without reactions.
    """

    keep: float = 0.05
    members: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.keep <= 1:
            raise BadOption(f"keep={self.keep!r}", where="ReactionReward", expected="in (0, 1]")

    # -- how it learns --------------------------------------------------------------------------------------------

    def checked(self, batch: Transitions) -> Transitions:
        """All positives and a share of the negatives; which ones depends on the seed and their place alone."""
        batch = usable(batch, "reaction", lambda x: (x == 0) | (x == 1), where="ReactionReward", axes=1)
        if batch.shape[1] != 1:
            raise BadBatch(f"items {batch.shape}", where="ReactionReward", expected="[P, 1, T]")
        reaction = batch.info["reaction"]
        drawn = np.random.default_rng(nets.child_seed(self.seed, 5)).random(len(batch)) < self.keep
        return batch.rows(like(np.flatnonzero((array(reaction) == 1) | drawn), reaction))

    def _bootstraps(self, count: int) -> Tensor:
        return torch.ones(1, count) if self.members == 1 else super()._bootstraps(count)

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        out: Tensor = preference_loss(scores[..., 0], info["reaction"])
        return out * info["weight"] if "weight" in info else out

    def right(self, scores: Tensor, info: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        hit = (scores[..., 0] > 0) == (info["reaction"] == 1)
        return hit, torch.ones_like(hit[0])

    # -- what it pays ---------------------------------------------------------------------------------------------

    def _member_pays(self, batch: Transitions) -> tuple[Tensor, Tensor | None]:
        pays, state = super()._member_pays(batch)
        raw = (pays.movedim(0, -1) * self._deviation + self._mean).movedim(-1, 0)
        return torch.sigmoid(unsampled(raw, self.keep)), state

    def probabilities(self, items: Transitions) -> Array:
        """P(positive reaction) [K, P] of items [P, 1, T], float64."""
        logit = self.segment_scores(items)[..., 0].to(torch.float64)
        return array(torch.sigmoid(unsampled(logit, self.keep)))

    def love_rate(self, responses: Transitions) -> tuple[float, float]:
        """The mean probability of a positive reaction to a policy's responses [P, 1, T], and its standard error.

        Ranks policies before anyone meets them. The error is that of the draw of responses alone.
        """
        p = self.probabilities(responses).mean(0)
        return float(p.mean()), float(p.std(ddof=1) / np.sqrt(len(p))) if len(p) > 1 else np.inf

    def trust(self, items: Transitions, *, evidence: float = 2.7) -> np.ndarray:
        """Weights [P] of items with `info["annotator"]` [P]: 0 for those of users whose reactions follow no content.

        See `telling_users`; fit, weigh, and fit again.
        """
        score = self.segment_scores(items)[..., 0].mean(0)
        user = array(items.column("annotator", by="ReactionReward")).astype(np.int64)
        known, inverse = np.unique(user, return_inverse=True)
        told = telling_users(array(score), array(items.info["reaction"]), inverse, len(known), evidence=evidence)
        return told[inverse].astype(np.float32)


def unsampled(logit: Array, keep: float) -> Array:
    """Log odds [*] before all but a share `keep` of the negatives were thrown away: logit + log keep."""
    return logit + float(np.log(keep))


def telling_users(
    score: np.ndarray, reaction: np.ndarray, user: np.ndarray, users: int, *, evidence: float = 2.7
) -> np.ndarray:
    """Whose reactions rise with the score, [U] bool.

    Each user's reactions are fitted by σ(a + b score) and by σ(a) alone. Twice the gain in log-likelihood is the
    evidence that content tells anything of them; by chance it is above 2.7 with b > 0 in one of 20.

    Args:
        score: [B], what a first model says.
        reaction: [B] 0 or 1.
        user: [B] in 0 .. U − 1.
        users: U.
        evidence: the least.
    """
    most = int(np.bincount(user, minlength=users).max())
    x, z, there = np.zeros((users, most, 2)), np.zeros((users, most)), np.zeros((users, most))
    spread = score.std() or 1.0
    for k in range(users):
        rows = np.flatnonzero(user == k)
        x[k, : len(rows)] = np.stack([np.ones(len(rows)), (score[rows] - score.mean()) / spread], -1)
        z[k, : len(rows)], there[k, : len(rows)] = reaction[rows], 1.0
    both, base = fit_logistic(x, z, there, lam=1e-3), fit_logistic(x[..., :1], z, there, lam=1e-3)

    def told(theta: np.ndarray, seen: np.ndarray) -> np.ndarray:
        logit = (seen @ theta[..., None])[..., 0]
        return (there * (z * logit - np.logaddexp(0.0, logit))).sum(-1)

    gain = 2 * (told(both, x) - told(base, x[..., :1]))
    return (gain > evidence) & (both[:, 1] > 0)
