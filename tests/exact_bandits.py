"""What bandit agents do, exactly: expected regret by dynamic programming, and all games of a few pulls."""

import itertools

import numpy as np

from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import DuelingBandit, StochasticBandit


def bernoulli(means, rows, pulls=1000):
    """Rows of a Bernoulli bandit."""
    return WorldVectorEnv(StochasticBandit(means=tuple(means), deviation=None, pulls=pulls), rows)


def still(means, rows, pulls=1000):
    """Rows of a bandit without noise."""
    return WorldVectorEnv(StochasticBandit(means=tuple(means), deviation=0.0, pulls=pulls), rows)


def played(kind, means, rows, pulls, *, at=None, seed=0, **options):
    """An agent after independent runs, and its regret [len(at), rows] after so many pulls of each."""
    agent, at = kind(bernoulli(means, rows), seed=seed, independent=True, **options), at or [pulls]
    regret, before = [], 0
    for t in at:
        agent.learn(rows * (t - before))
        regret.append(agent.regret.copy())
        before = t
    return agent, np.array(regret)


def mean_and_error(x):
    """The mean of runs [R], and its standard error."""
    return x.mean(), x.std(ddof=1) / np.sqrt(len(x))


def by_index(index):
    """The law of who pulls the arm with the largest index(mean, n, t), each once before, equals alike."""

    def law(counts, totals, t):
        with np.errstate(all="ignore"):
            value = np.where(counts == 0, np.inf, index(totals / counts, counts, t))
        best = np.isclose(value, value.max(1, keepdims=True), rtol=1e-12, atol=0) | (
            value == value.max(1, keepdims=True)
        )
        return best / best.sum(1, keepdims=True)

    return law


def exact_regret(law, means, pulls):
    """Expected regret [T] after 1..T pulls of two Bernoulli arms, by dynamic programming over what was seen.

    Args:
        law: (counts [S, 2], successes [S, 2], t pulls so far) -> chances [S, 2] of each arm.
        means: of the two arms.
        pulls: T.
    """
    gaps, size = max(means) - np.array(means), pulls + 1
    held = np.zeros((size, size, size))  # of n_1, s_1, s_2
    held[0, 0, 0] = 1.0
    out, lost = [], 0.0
    for t in range(pulls):
        n1, s1, s2 = np.nonzero(held)
        p = held[n1, s1, s2]
        chance = law(np.stack([n1, t - n1], 1), np.stack([s1, s2], 1), t)
        lost += (p[:, None] * chance * gaps).sum()
        out.append(lost)
        held = np.zeros_like(held)
        for arm, pay in itertools.product((0, 1), (0, 1)):
            moved = p * chance[:, arm] * (means[arm] if pay else 1 - means[arm])
            np.add.at(held, (n1 + (arm == 0), s1 + pay * (arm == 0), s2 + pay * (arm == 1)), moved)
    return np.array(out)


def all_games(agent, losses):
    """How likely each game of T pulls with losses [T, K] is, where row i of the agent plays the i-th of K^T.

    Returns:
        chances [K^T] and the arms [T, K^T] of each game; the agent has played them all.
    """
    pulls, arms = losses.shape
    games = np.array(list(itertools.product(range(arms), repeat=pulls))).T  # [T, K^T]
    chance, rows = np.ones(games.shape[1]), np.arange(games.shape[1])
    for t in range(pulls):
        drawn = agent.chances[rows, games[t]]
        chance = chance * drawn
        agent._chance = drawn
        agent.take(rows, games[t], agent.high - (agent.high - agent.low) * losses[t, games[t]])
    return chance, games


def watched(agent, steps):
    """What happened: arms [T, N] and pay [T, N] of so many steps of learning."""
    arms, pay = [], []

    def hear(told):
        arms.append(told["actions"].copy())
        pay.append(told["rewards"].copy())

    agent.learn(steps * agent.n_envs, hear)
    return np.array(arms), np.array(pay)


def check_by_definition(arms, pay, value, count):
    """Every pull is of the arm that has the largest value(arms [t], pay [t]) [K] of all that the run saw before.

    Args:
        arms: [T, N].
        pay: [T, N].
        value: of one run's past; infinite for arms that are to be pulled first.
        count: K.
    """
    for row in range(arms.shape[1]):
        for t in range(len(arms)):
            worth = value(arms[:t, row], pay[:t, row])
            assert len(worth) == count and worth[arms[t, row]] >= worth.max() - 1e-9, (row, t, worth)


def duels(preferences, rows, pulls=1000):
    """Rows of a dueling bandit."""
    return WorldVectorEnv(DuelingBandit(preferences=preferences, pulls=pulls), rows)


def exact_duel_regret(law, p, pulls):
    """Expected regret [T] of two arms, the first of which wins with p > 1/2, by dynamic programming over the wins.

    Args:
        law: (wins of the first [S], of the second [S], t duels so far) -> chances [S, 3] of a duel between the two, of
            the first with itself and of the second with itself.
        p: how likely the first beats the second.
        pulls: T.
    """
    held = np.zeros((pulls + 1, pulls + 1))
    held[0, 0] = 1.0
    out, lost = [], 0.0
    for t in range(pulls):
        w, v = np.nonzero(held)
        mass = held[w, v]
        chance = law(w, v, t)
        lost += (mass[:, None] * chance * [(p - 0.5) / 2, 0.0, p - 0.5]).sum()
        out.append(lost)
        held = np.zeros_like(held)
        held[w, v] = mass * chance[:, 1:].sum(1)
        held[w + 1, v] += mass * chance[:, 0] * p  # each cell comes once
        held[w, v + 1] += mass * chance[:, 0] * (1 - p)
    return np.array(out)


def duel_bounds(w, v, t, alpha=0.51):
    """Upper and lower bounds of how likely the first beats the second before duel t + 1; 2 and 0 if they never met."""
    n = np.maximum(w + v, 1)
    wide = np.sqrt(alpha * np.log(t + 1) / n)
    never = w + v == 0
    return np.where(never, 2.0, w / n + wide), np.where(never, 0.0, w / n - wide)


def check_pairs(agent, steps, fits):
    """Every duel of K arms is one that `fits` allows: (upper [K, K], lower [K, K], first, second) -> bool."""
    k, rows = agent.arms, agent.n_envs
    wins = np.zeros((rows, k, k))
    for t in range(steps):
        pairs, pay = watched(agent, 1)
        for row, (one, other) in enumerate(pairs[0]):
            upper, lower = duel_bounds(wins[row], wins[row].T, t, agent.alpha)
            np.fill_diagonal(upper, 0.5)
            np.fill_diagonal(lower, 0.5)
            assert fits(upper, lower, one, other), (row, t, one, other)
            if one != other:
                wins[row, one, other] += pay[0, row]
                wins[row, other, one] += 1 - pay[0, row]
    np.testing.assert_array_equal(agent.wins, wins)
