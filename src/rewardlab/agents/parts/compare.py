"""Comparisons: which responses of a prompt are set against which.

    pair       s_best − s_worst                                      [P]
    all pairs  s_i − s_j over the pairs with r_i > r_j               [P, G, G]
    in order   −Σ_i [s_i − log Σ_{j: r_j ≤ r_i} exp s_j]             [P], Plackett-Luce
    as shares  −Σ_i softmax(r)_i log softmax(s)_i                    [P], ListNet

Scores s [P, G] are of the policy, r is the reward of the group. Nothing depends on the order in which the responses
stand, except where the best or the worst of a pair has an equal.

Source: Plackett, "The Analysis of Permutations", Applied Statistics 1975; Xia, Liu, Wang, Zhang, Li, "Listwise Approach
to Learning to Rank: Theory and Algorithm", ICML 2008 (ListMLE); Cao, Qin, Liu, Tsai, Li, "Learning to Rank: From
Pairwise Approach to Listwise Approach", ICML 2007 (ListNet).
"""

from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.stable import log_sum_exp, softmax
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def chosen(group: Group, x: Array) -> Array:
    """x [P, G] of the response with the largest reward, [P]."""
    return group.pick(x, group.winner)


def rejected(group: Group, x: Array) -> Array:
    """x [P, G] of the response with the smallest reward, [P]."""
    return group.pick(x, group.loser)


def pair(group: Group, x: Array) -> Array:
    """x [P, G] of the best response less that of the worst, [P]."""
    return chosen(group, x) - rejected(group, x)


def pair_among(group: Group, x: Array, counts: Array) -> Array:
    """As `pair`, among the responses that count, [P, G] bool."""
    xp = namespace(x)
    reward, out = constant(group.reward) + xp.zeros_like(x), xp.full_like(x, float("inf"))
    best = xp.argmax(xp.where(counts, reward, -out), axis=-1)
    reverse = xp.flip(xp.where(counts, reward, out), axis=-1)
    worst = x.shape[-1] - 1 - xp.argmin(reverse, axis=-1)  # the last of equals, so that a tie has two sides
    return group.pick(x, best) - group.pick(x, worst)


def differences(x: Array) -> Array:
    """x_i − x_j, [..., G] -> [..., G, G]."""
    return x[..., :, None] - x[..., None, :]


def better(reward: Array) -> Array:
    """Whether r_i > r_j, [..., G] -> [..., G, G] bool."""
    return reward[..., :, None] > reward[..., None, :]


def mean_over(x: Array, counts: Array) -> Array:
    """The mean over the pairs that count, [P, G, G] -> [P]; 0 if none does."""
    xp = namespace(x)
    number = counts.sum(-1).sum(-1)
    total = xp.where(counts, x, xp.zeros_like(x)).sum(-1).sum(-1)
    return total / xp.where(number == 0, xp.ones_like(number), number)


def against_mean(x: Array) -> Array:
    """x less its mean over the responses of a prompt, [P, G]."""
    return x - x.mean(-1)[..., None]


def in_order(score: Array, reward: Array) -> Array:
    """−log of the Plackett-Luce probability of the order of the rewards, [P, G] -> [P].

    Equal rewards have no order: each of them is chosen before the others, as in Breslow's rule for ties.
    """
    behind = reward[..., None, :] <= reward[..., :, None]  # j stands at i or behind it
    xp = namespace(score)
    rest = log_sum_exp(score[..., None, :] + xp.zeros_like(differences(score)), behind)
    return (rest - score).sum(-1)


def as_shares(score: Array, reward: Array) -> Array:
    """The cross entropy from softmax(reward) to softmax(score), [P, G] -> [P]."""
    xp = namespace(score)
    every = xp.ones_like(score, dtype=xp.bool)
    return (softmax(reward) * (log_sum_exp(score, every)[..., None] - score)).sum(-1)


def ranks(score: Array, reward: Array) -> Array:
    """1 for the largest score, G for the smallest, [P, G].

    Of equal scores that with the smaller reward stands first: the rank that a list is not yet to be credited for. If
    the rewards are equal too, they share the mean of their places.
    """
    xp = namespace(score)
    ahead = better(score)  # [i, j]: i ahead of j
    level = score[..., :, None] == score[..., None, :]
    lower = reward[..., :, None] < reward[..., None, :]
    same = level & (reward[..., :, None] == reward[..., None, :])
    one = xp.ones_like(differences(score))
    before = xp.where(ahead | (level & lower), one, xp.where(same, 0.5 * one, 0.0 * one)).sum(-2)
    return before + 0.5  # each is level with itself
