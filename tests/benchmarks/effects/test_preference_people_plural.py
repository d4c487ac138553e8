"""People in groups, what they say, and how groupings are compared."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_people_plural as plural

TINY = plural.PluralPref(width=4, people=6, pairs=10, new=3, few=5, tests=20)


def test_groups_judge_by_their_ideal_points():
    world = plural.Plural(plural.PluralPref(), 0)
    one, two = (world.some(k, 4000, sure=True) for k in (0, 3))
    assert world.group[0] == world.group[3] != world.group[1]
    noisy = world.some(1, 4000)
    gap = -0.5 * ((noisy.obs[:, :, 0] - world._ideal[world.group[1]]) ** 2).sum(-1) @ [1, -1]
    agreed = ((gap > 0) == (noisy.info["label"] > 0.5)).mean()
    assert agreed == pytest.approx((1 / (1 + np.exp(-np.abs(gap)))).mean(), abs=0.03)
    assert len(one) == len(two) == 4000 and set(one.info["annotator"]) == {0}


def test_the_adjusted_rand_index():
    a = np.array([0, 0, 1, 1, 2, 2])
    assert plural.adjusted_rand(a, (a + 1) % 3) == 1
    assert plural.adjusted_rand(a, np.zeros(6, int)) == 0
    assert plural.adjusted_rand(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])) == pytest.approx(-0.5)
    rng = np.random.default_rng(0)
    random = [plural.adjusted_rand(rng.integers(0, 3, 60), rng.integers(0, 3, 60)) for _ in range(200)]
    assert np.mean(random) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("run", [plural.pooled, plural.alone, plural.grouped, plural.latent])
def test_every_side_runs(run):
    assert 0 <= run(0, task=TINY, epochs=1)["unseen"] <= 100


def test_pal_runs():
    found = plural.pal(0, prototypes=2, task=TINY, epochs=1)
    assert found["behind"] == pytest.approx(found["seen"] - found["unseen"])


def test_claims_name_sides_that_there_are():
    (effect,) = plural.effects()
    assert {s for c in effect.claims for s in (c.side, c.against)} <= {a.side for a in effect.arms}
