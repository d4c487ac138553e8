"""Successive elimination: when arms are dropped, without noise and, as a random walk, with it; the best one seldom."""

import math

import numpy as np
import pytest
from exact_bandits import bernoulli, still, watched

from rewardlab.agents import SuccessiveElimination
from rewardlab.core.errors import BadOption


def radius(n, arms, delta):
    return np.sqrt(np.log(np.pi**2 * arms * n**2 / (3 * delta)) / (2 * n))


def test_the_radius_spends_all_of_delta():
    agent = SuccessiveElimination(bernoulli((0.1, 0.5, 0.2), 1), delta=0.1, span=2.0)
    n = np.arange(1, 200_001)
    np.testing.assert_allclose(agent.radius(n), 2 * radius(n, 3, 0.1), rtol=1e-12)
    # Hoeffding: P(|x̄_n − μ| > r) <= 2 exp(−2 n r² / w²), summed over arms and n; what lies beyond is below 1e-6.
    assert (3 * 2 * np.exp(-2 * n * (agent.radius(n) / 2) ** 2)).sum() == pytest.approx(0.1, abs=1e-6)


@pytest.mark.parametrize("means", [(0.9, 0.1, 0.4), (0.2, 0.9)])
@pytest.mark.parametrize("rows", [1, 6])
def test_without_noise_an_arm_goes_when_twice_the_radius_is_its_gap(means, rows):
    agent = SuccessiveElimination(still(means, rows), seed=0).learn(1200)
    n, best = np.arange(1, 3000), int(np.argmax(means))
    for k in np.delete(np.arange(len(means)), best):
        last = n[2 * radius(n, len(means), 0.05) < means[best] - means[k]][0]
        assert abs(agent.counts[0, k] - last) <= 1 + (rows > 1) * math.ceil(rows / 2)  # a batch is not called back
    assert agent.active[0].tolist() == [k == best for k in range(len(means))]


def test_who_is_dropped_is_never_pulled_again_and_turns_are_even():
    agent, seen = SuccessiveElimination(bernoulli((0.9, 0.1, 0.8), 4), seed=0, independent=True), []
    before = agent.active.copy()
    for _ in range(400):
        arms, _ = watched(agent, 1)
        seen.append(before[np.arange(4), arms[0]].all())
        assert not (agent.active & ~before).any() and agent.active.any(1).all()
        counts = np.where(agent.active, agent.counts, agent.counts.max(1, keepdims=True))
        assert (np.ptp(counts, axis=1) <= 1).all()
        before = agent.active.copy()
    assert all(seen) and not before[:, 1].any()


def exact_drops(means, delta, rounds):
    """How likely arm 0 and arm 1 have been dropped after 1..rounds pulls of each, two Bernoulli arms, exactly."""
    held, out, gone = {(0, 0): 1.0}, [], np.zeros(2)
    for n in range(1, rounds + 1):
        after = {}
        for first in (0, 1):  # of two equal counts either arm comes first, alike
            half = {(s, 0.5 * p) for s, p in held.items()}
            for arm, counts in ((first, [n - 1, n - 1]), (1 - first, [n - 1, n - 1])):
                counts[arm] = n
                if arm != first:
                    counts[first] = n
                moved = {}
                for s, p in half:
                    for pay in (0, 1):
                        t = (s[0] + pay * (arm == 0), s[1] + pay * (arm == 1))
                        moved[t] = moved.get(t, 0.0) + p * (means[arm] if pay else 1 - means[arm])
                if min(counts) > 0:
                    wide = [radius(c, 2, delta) for c in counts]
                    for t in list(moved):
                        x = [t[k] / counts[k] for k in (0, 1)]
                        for k in (0, 1):
                            if x[k] + wide[k] < x[1 - k] - wide[1 - k]:
                                gone[k] += moved.pop(t)
                                break
                half = set(moved.items())
            for s, p in half:
                after[s] = after.get(s, 0.0) + p
        held = after
        out.append(gone.copy())
    return np.array(out)


@pytest.mark.parametrize(("means", "delta"), [((0.9, 0.2), 0.1), ((0.25, 0.85), 0.9)])
def test_arms_are_dropped_as_often_as_in_the_random_walk(means, delta):
    rounds, rows = 60, 3000
    exact = exact_drops(means, delta, rounds)
    agent = SuccessiveElimination(bernoulli(means, rows), seed=0, independent=True, delta=delta)
    for at in (30, 60):
        agent.learn(rows * 2 * (at - agent.counts.sum(1)[0] // 2))
        seen = 1 - agent.active.mean(0)
        error = np.sqrt(exact[at - 1] * (1 - exact[at - 1]) / rows)
        assert (np.abs(seen - exact[at - 1]) <= 3.5 * error + 1e-9).all(), (seen, exact[at - 1])
    best = int(np.argmax(means))
    assert exact[-1, best] < delta and 0.1 < exact[-1, 1 - best] < 1.0


@pytest.mark.parametrize("option", [{"delta": 0.0}, {"delta": 1.0}, {"span": 0.0}])
def test_mistakes_are_named(option):
    with pytest.raises(BadOption, match=next(iter(option))):
        SuccessiveElimination(bernoulli((0.1, 0.2), 2), **option)
